"""Which namespaces belong to a cluster or its platform."""

from services.planning.dangers.system_namespaces import SYSTEM_NAMESPACES, is_system_namespace, system_owner


def test_namespaces_of_clusters_and_platforms_are_known():
    for name in (
        "kube-system",
        "kube-flannel",
        "openshift-monitoring",
        "cattle-system",
        "istio-system",
        "gke-managed-cim",
        "calico-system",
        "argocd",
        "flux-system",
        "vault",
        "cert-manager",
        "stagecoach",
    ):
        assert is_system_namespace(name), name
    assert system_owner("argocd") == "Argo"


def test_a_namespace_of_an_application_is_not_the_clusters():
    for name in ("kubernetes-shop", "shop", "argocd-shop", "default", "vault-shop"):
        assert not is_system_namespace(name), name


def test_every_row_says_where_it_is_written():
    assert all(row.source.startswith("https://") or row.source == "deploy/rbac.yaml" for row in SYSTEM_NAMESPACES)
