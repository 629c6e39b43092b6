"""The namespaces that belong to a cluster or to its platform, and not to an application: one table. Pure.

What is in them has rights in the whole cluster, or holds the keys to it. The Kubernetes documentation reserves the
prefix `kube-` (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces); the
others are the names under which their makers install them by default.
"""

from dataclasses import dataclass
from functools import lru_cache

from services.planning.tools.table import matches


@dataclass(frozen=True, kw_only=True)
class SystemNamespaces:
    """Names, which may end in `*`, of whom they are, and where that can be read."""

    names: tuple[str, ...]
    owner: str
    source: str


SYSTEM_NAMESPACES: tuple[SystemNamespaces, ...] = (
    SystemNamespaces(
        names=("kube-*",),
        owner="Kubernetes",
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces",
    ),
    SystemNamespaces(
        names=("openshift", "openshift-*"),
        owner="OpenShift",
        source="https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/building_applications/projects",
    ),
    SystemNamespaces(
        names=("cattle-*", "fleet-*", "local-path-storage"),
        owner="Rancher",
        source="https://ranchermanager.docs.rancher.com/reference-guides/rancher-security/psa-restricted-exemptions",
    ),
    SystemNamespaces(
        names=("gke-*", "gmp-system", "gmp-public", "config-management-*", "asm-system"),
        owner="Google Kubernetes Engine",
        source="https://cloud.google.com/kubernetes-engine/docs/concepts/policy-controller-exempt-namespaces",
    ),
    SystemNamespaces(
        names=("aks-command", "azure-arc", "azure-extensions-usage-system", "app-routing-system"),
        owner="Azure Kubernetes Service",
        source="https://learn.microsoft.com/azure/aks/faq",
    ),
    SystemNamespaces(
        names=("amazon-*", "aws-observability"),
        owner="Amazon EKS",
        source="https://docs.aws.amazon.com/eks/latest/userguide/fargate-logging.html",
    ),
    SystemNamespaces(
        names=("argocd", "argo-rollouts", "openshift-gitops"),
        owner="Argo",
        source="https://argo-cd.readthedocs.io/en/stable/getting_started/",
    ),
    SystemNamespaces(
        names=("flux-system",),
        owner="Flux",
        source="https://fluxcd.io/flux/installation/configuration/bootstrap-customization/",
    ),
    SystemNamespaces(names=("kargo",), owner="Kargo", source="https://docs.kargo.io/quickstart/"),
    SystemNamespaces(
        names=("crossplane-system",),
        owner="Crossplane",
        source="https://docs.crossplane.io/latest/get-started/install/",
    ),
    SystemNamespaces(
        names=("vault", "vault-secrets-operator-system"),
        owner="HashiCorp Vault",
        source="https://developer.hashicorp.com/vault/docs/platform/k8s/helm",
    ),
    SystemNamespaces(
        names=("external-secrets",),
        owner="External Secrets",
        source="https://external-secrets.io/latest/introduction/getting-started/",
    ),
    SystemNamespaces(
        names=("cert-manager",), owner="cert-manager", source="https://cert-manager.io/docs/installation/kubectl/"
    ),
    SystemNamespaces(names=("istio-system",), owner="Istio", source="https://istio.io/latest/docs/setup/install/helm/"),
    SystemNamespaces(
        names=("linkerd", "linkerd-*"), owner="Linkerd", source="https://linkerd.io/2/tasks/install-helm/"
    ),
    SystemNamespaces(
        names=("gatekeeper-system",),
        owner="Gatekeeper",
        source="https://open-policy-agent.github.io/gatekeeper/website/docs/install/",
    ),
    SystemNamespaces(names=("kyverno",), owner="Kyverno", source="https://kyverno.io/docs/installation/"),
    SystemNamespaces(
        names=("calico-*", "tigera-*"),
        owner="Calico",
        source="https://docs.tigera.io/calico/latest/reference/installation/api",
    ),
    SystemNamespaces(names=("cilium-*",), owner="Cilium", source="https://docs.cilium.io/en/stable/installation/"),
    SystemNamespaces(names=("metallb-system",), owner="MetalLB", source="https://metallb.io/installation/"),
    SystemNamespaces(
        names=("longhorn-system",), owner="Longhorn", source="https://longhorn.io/docs/latest/deploy/install/"
    ),
    SystemNamespaces(
        names=("rook-ceph",), owner="Rook", source="https://rook.io/docs/rook/latest/Getting-Started/quickstart/"
    ),
    SystemNamespaces(names=("velero",), owner="Velero", source="https://velero.io/docs/main/basic-install/"),
    # deploy/rbac.yaml makes this namespace on every cluster, for the account whose rights Stagecoach uses there.
    SystemNamespaces(names=("stagecoach",), owner="Stagecoach", source="deploy/rbac.yaml"),
)


@lru_cache(maxsize=1024)
def system_owner(namespace: str) -> str | None:
    """Whose namespace this is, where it belongs to a cluster or its platform; None for an application's."""
    for row in SYSTEM_NAMESPACES:
        if any(matches(pattern, namespace) for pattern in row.names):
            return row.owner
    return None


def is_system_namespace(namespace: str) -> bool:
    """Whether a namespace belongs to the cluster or its platform instead of an application."""
    return system_owner(namespace) is not None
