import pytest

from services.planning.copying.refusal_rules import REFUSAL_RULES, Consent
from services.planning.copying.refusals import is_system_namespace, refusal_of
from tests.support.objects import config_map, deployment, obj, secret, service, workload_spec

_OWNER = {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "controller": True}]}


def _labelled(name, value="x"):
    return {"labels": {name: value}}


def _annotated(name):
    return {"annotations": {name: "x"}}


def _finished(condition):
    return obj("batch/v1", "Job", spec=workload_spec(), status={"conditions": [{"type": condition, "status": "True"}]})


NEVER = {
    "being-deleted": [deployment(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})],
    "namespace": [obj("v1", "Namespace")],
    "runtime-data": [
        obj("v1", "Event"),
        obj("coordination.k8s.io/v1", "Lease"),
        obj("apps/v1", "ControllerRevision"),
        obj("v1", "Node"),
        obj("storage.k8s.io/v1", "VolumeAttachment"),
    ],
    "leader-election": [config_map(metadata=_annotated("control-plane.alpha.kubernetes.io/leader"))],
    "cluster-root-ca": [config_map("kube-root-ca.crt"), config_map("openshift-service-ca.crt")],
    "secret-service-account-token": [secret(type="kubernetes.io/service-account-token")],
    "secret-bootstrap-token": [secret(type="bootstrap.kubernetes.io/token")],
    "helm-release-record": [secret(type="helm.sh/release.v1")],
    "helm-release-record-config-map": [
        config_map(metadata=_labelled("owner", "helm")),
        config_map(metadata=_labelled("OWNER", "TILLER")),
    ],
    "secret-openshift-registry": [
        secret(type="kubernetes.io/dockercfg", metadata=_annotated("kubernetes.io/service-account.name")),
        secret(
            type="kubernetes.io/dockerconfigjson",
            metadata=_annotated("openshift.io/internal-registry-auth-token.service-account"),
        ),
    ],
    "secret-external-secrets": [secret(metadata=_labelled("reconcile.external-secrets.io/managed", "true"))],
    "secret-external-secrets-owner": [secret(metadata={"ownerReferences": [{"kind": "ExternalSecret", "name": "x"}]})],
    "secret-sealed-secrets": [secret(metadata={"ownerReferences": [{"kind": "SealedSecret", "name": "x"}]})],
    "secret-sealing-key": [secret(metadata=_labelled("sealedsecrets.bitnami.com/sealed-secrets-key", "active"))],
    "secret-argo-credentials": [secret(metadata=_labelled("argocd.argoproj.io/secret-type", "cluster"))],
    "secret-machine-data": [
        secret(type="cluster.x-k8s.io/secret"),
        secret(type="rke.cattle.io/machine-plan"),
        secret(type="fleet.cattle.io/bundle-values"),
    ],
    "secret-mesh-key-type": [secret(type="istio.io/key-and-cert")],
    "secret-mesh-key": [secret("cacerts"), secret("linkerd-identity-issuer")],
    "secret-replicated": [
        secret(metadata=_annotated("replicator.v1.mittwald.de/replicated-from-version")),
        config_map(metadata=_annotated("reflector.v1.k8s.emberstack.com/reflects")),
    ],
    "autoscaler-of-keda": [obj("autoscaling/v2", "HorizontalPodAutoscaler", "keda-hpa-web")],
    "mirror-pod": [obj("v1", "Pod", metadata=_annotated("kubernetes.io/config.mirror"))],
    "endpoints": [obj("v1", "Endpoints", metadata=_labelled("endpoints.kubernetes.io/managed-by"))],
    "endpoint-slice": [
        obj("discovery.k8s.io/v1", "EndpointSlice", metadata=_labelled("endpointslice.kubernetes.io/managed-by"))
    ],
    "endpoints-of-pods": [
        obj("v1", "Endpoints", metadata=_annotated("endpoints.kubernetes.io/last-change-trigger-time"))
    ],
    "kubernetes-service": [service("kubernetes", metadata={"namespace": "default"})],
    "persistent-volume": [obj("v1", "PersistentVolume")],
    "custom-resource-definition": [obj("apiextensions.k8s.io/v1", "CustomResourceDefinition")],
    "cluster-machinery": [
        obj("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        obj("apiregistration.k8s.io/v1", "APIService"),
    ],
    "cluster-policy": [obj("storage.k8s.io/v1", "StorageClass"), obj("scheduling.k8s.io/v1", "PriorityClass")],
    "cluster-wide-rights": [
        obj("rbac.authorization.k8s.io/v1", "ClusterRole"),
        obj("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ],
    "owned": [obj("v1", "Pod", metadata=_OWNER), obj("apps/v1", "ReplicaSet", metadata=_OWNER)],
    "too-much-data": [config_map(data={"a": "x" * 1_100_000})],
    "too-big": [obj("shop.example/v1", "Campaign", spec={"text": "x" * 1_468_006})],
}

WITH_CONSENT = {
    "secret-cert-manager": (secret(metadata=_annotated("cert-manager.io/certificate-name")), Consent.CERTIFICATE_KEYS),
    "secret-registry": (secret(type="kubernetes.io/dockerconfigjson"), Consent.REGISTRY_CREDENTIALS),
    "finished-job": (_finished("Complete"), Consent.FINISHED_JOBS),
}


@pytest.mark.parametrize(("rule", "example"), [(rule, example) for rule, found in NEVER.items() for example in found])
def test_what_is_never_copied_is_refused_by_its_rule_whatever_is_allowed(rule, example):
    refusal = refusal_of(example, consents=frozenset(Consent))
    assert refusal is not None
    assert refusal.rule == rule


@pytest.mark.parametrize("rule", WITH_CONSENT)
def test_what_needs_consent_is_refused_without_and_copied_with_it(rule):
    example, consent = WITH_CONSENT[rule]
    refusal = _refused(example)
    assert (refusal.rule, refusal.consent) == (rule, consent)
    assert refusal_of(example, consents=frozenset({consent})) is None


def _refused(manifest):
    refusal = refusal_of(manifest)
    assert refusal is not None
    return refusal


def test_every_rule_has_an_example():
    assert {rule.id for rule in REFUSAL_RULES} == {*NEVER, *WITH_CONSENT}


@pytest.mark.parametrize("kind", ["Opaque", "kubernetes.io/tls", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth"])
def test_ordinary_secrets_are_copied(kind):
    assert refusal_of(secret(type=kind)) is None


def test_a_failed_job_counts_as_finished():
    assert _refused(_finished("Failed")).rule == "finished-job"


def test_a_running_job_is_copied():
    assert refusal_of(obj("batch/v1", "Job", spec=workload_spec(), status={"active": 1})) is None


def test_endpoints_that_a_person_wrote_are_copied():
    assert refusal_of(obj("v1", "Endpoints", "database", subsets=[])) is None


def test_a_service_called_kubernetes_in_another_namespace_is_copied():
    assert refusal_of(service("kubernetes", metadata={"namespace": "shop"})) is None


def test_an_owner_that_is_no_controller_does_not_forbid_the_copy():
    assert refusal_of(config_map(metadata={"ownerReferences": [{"kind": "Campaign", "name": "x"}]})) is None


def test_a_refusal_of_an_owned_object_names_the_owner():
    assert "ReplicaSet web-1" in _refused(obj("v1", "Pod", metadata=_OWNER)).reason


def test_binary_data_is_counted_in_bytes_not_in_base64():
    assert refusal_of(config_map(data={}, binaryData={"a": "A" * 1_300_000})) is None


@pytest.mark.parametrize(
    "name", ["kube-system", "openshift-monitoring", "cattle-system", "istio-system", "gke-managed-cim", "calico-system"]
)
def test_namespaces_of_the_cluster_are_known(name):
    assert is_system_namespace(name)


def test_a_namespace_of_an_application_is_not_the_clusters():
    assert not is_system_namespace("kubernetes-shop")
