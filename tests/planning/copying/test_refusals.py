import pytest

from services.planning.copying.consents import Consent
from services.planning.copying.refusal_rules import REFUSAL_RULES
from services.planning.copying.refusals import refusal_of
from services.planning.copying.refused_runs import RULES_ON_RUNS, is_run
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
    "autoscaler-of-keda-label": [
        obj(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "by-queue",
            metadata=_labelled("scaledobject.keda.sh/name", "web"),
        )
    ],
    "target-group-binding": [
        obj("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", metadata=_labelled("ingress.k8s.aws/stack", "web")),
        obj("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", metadata=_labelled("service.k8s.aws/stack-name", "web")),
    ],
    "network-endpoint-group": [obj("networking.gke.io/v1beta1", "ServiceNetworkEndpointGroup")],
    "patroni-state": [
        config_map("db-config", metadata={"annotations": {"initialize": "68", "config": "{}", "history": "[]"}}),
        obj("v1", "Endpoints", "db", metadata={"annotations": {"leader": "db-0", "acquireTime": "2026-01-01"}}),
    ],
    "trust-bundle": [config_map("authorities", metadata=_labelled("trust.cert-manager.io/bundle", "public"))],
    "knative-part": [
        obj(
            "serving.knative.dev/v1", "Revision", "web-00001", metadata=_labelled("serving.knative.dev/service", "web")
        ),
        deployment("web-00001-deployment", metadata=_labelled("serving.knative.dev/service", "web")),
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
        obj(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            metadata=_labelled("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"),
        )
    ],
    "endpoint-slice-mirrored": [
        obj(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            metadata=_labelled("endpointslice.kubernetes.io/managed-by", "endpointslicemirroring-controller.k8s.io"),
        )
    ],
    "report": [obj("wgpolicyk8s.io/v1alpha2", "PolicyReport"), obj("aquasecurity.github.io/v1", "VulnerabilityReport")],
    "timoni-record": [secret(type="timoni.sh/instance")],
    "kapp-record": [config_map(metadata=_labelled("kapp.k14s.io/is-app", ""))],
    "inventory": [config_map(metadata=_labelled("cli-utils.sigs.k8s.io/inventory-id"))],
    "apply-set": [secret(metadata=_labelled("applyset.kubernetes.io/id", "applyset-x-v1"))],
    "olm-record": [obj("operators.coreos.com/v1alpha1", "InstallPlan")],
    "olm-copied": [
        obj("operators.coreos.com/v1alpha1", "ClusterServiceVersion", metadata=_labelled("olm.copiedFrom", "operators"))
    ],
    "velero-record": [obj("velero.io/v1", "BackupRepository")],
    "openshift-serving-certificate": [
        secret(metadata=_annotated("service.beta.openshift.io/originating-service-name"), type="kubernetes.io/tls")
    ],
    "secret-of-operator": [secret(metadata={"ownerReferences": [{"kind": "VaultStaticSecret", "name": "x"}]})],
    "secret-of-operator-label": [secret(metadata=_labelled("secrets-store.csi.k8s.io/managed", "true"))],
    "secret-of-operator-annotation": [
        secret(metadata={"annotations": {name: "1"}})
        for name in ("operator.1password.io/item-version", "secrets.doppler.com/version")
    ],
    "made-by-operator": [secret(metadata=_labelled("strimzi.io/kind", "KafkaUser"))],
    "config-syncer-replica": [config_map(metadata=_labelled("kubed.appscode.com/origin.name"))],
    "generated-by-policy": [config_map(metadata=_labelled("generate.kyverno.io/policy-name"))],
    "propagated": [secret(metadata=_labelled("hnc.x-k8s.io/inherited-from", "team"))],
    "mesh-root-certificate": [config_map("istio-ca-root-cert")],
    "mesh-root-certificate-label": [config_map(metadata=_labelled("istio.io/config", "true"))],
    "cert-manager-temporary-key": [secret(metadata=_labelled("cert-manager.io/next-private-key", "true"))],
    "cert-manager-request": [obj("cert-manager.io/v1", "CertificateRequest")],
    "cert-manager-order": [obj("acme.cert-manager.io/v1", "Order"), obj("acme.cert-manager.io/v1", "Challenge")],
    "cert-manager-solver": [
        obj("networking.k8s.io/v1", "Ingress", metadata=_labelled("acme.cert-manager.io/http01-solver", "true")),
        obj("v1", "Pod", metadata=_labelled("acme.cert-manager.io/http01-solver", "true")),
    ],
    "cert-manager-solver-name": [service("cm-acme-http-solver-abcde")],
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
    "left-of-deployment": [obj("apps/v1", "ReplicaSet", metadata=_annotated("deployment.kubernetes.io/revision"))],
    "left-of-cron-job": [
        obj("batch/v1", "Job", metadata=_annotated("batch.kubernetes.io/cronjob-scheduled-timestamp"))
    ],
    "left-of-controller": [
        obj("v1", "Pod", metadata=_labelled(name))
        for name in ("pod-template-hash", "controller-revision-hash", "batch.kubernetes.io/controller-uid")
    ],
    "owned": [obj("v1", "Pod", metadata=_OWNER), obj("apps/v1", "ReplicaSet", metadata=_OWNER)],
    "too-much-data": [config_map(data={"a": "x" * 1_100_000})],
    "too-long": [config_map(data={"a": "\x01" * 600_000})],  # six bytes each as JSON
    "too-big": [obj("shop.example/v1", "Campaign", spec={"text": "x" * 1_600_000})],
}

WITH_CONSENT = {
    "secret-cert-manager": (secret(metadata=_annotated("cert-manager.io/certificate-name")), Consent.CERTIFICATE_KEYS),
    "secret-registry": (secret(type="kubernetes.io/dockerconfigjson"), Consent.REGISTRY_CREDENTIALS),
    "secret-cert-manager-label": (
        secret(metadata=_labelled("controller.cert-manager.io/fao", "true")),
        Consent.CERTIFICATE_KEYS,
    ),
    "secret-account-key": (secret(data={"tls.key": "bWFkZS11cA=="}), Consent.CERTIFICATE_KEYS),
    "finished-job": (_finished("Complete"), Consent.FINISHED_JOBS),
    "finished-pod": (obj("v1", "Pod", spec={}, status={"phase": "Succeeded"}), Consent.FINISHED_JOBS),
    "run": (obj("shop.example/v1", "ImportRun"), Consent.FINISHED_JOBS),
}
_OF_TOOLS = {rule.id: rule for rule in RULES_ON_RUNS if rule.id.startswith("run-")}
_RUNS = [(rule.id, kind) for rule in _OF_TOOLS.values() for kind in rule.kinds]


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


@pytest.mark.parametrize(("rule", "kind"), _RUNS)
def test_a_run_of_a_known_kind_is_created_again_only_with_consent(rule, kind):
    name, _, group = kind.partition(".")
    refusal = _refused(obj(f"{group}/v1", name))
    assert (refusal.rule, refusal.consent) == (rule, Consent.FINISHED_JOBS)


@pytest.mark.parametrize(
    "status",
    [
        {"startTime": "2026-03-01T00:00:00Z", "completionTime": "2026-03-01T00:01:00Z"},
        {"startedAt": "2026-03-01T00:00:00Z", "finishedAt": "2026-03-01T00:01:00Z", "phase": "Failed"},
        {"startTimestamp": "2026-03-01T00:00:00Z", "completionTimestamp": "2026-03-01T00:01:00Z"},
    ],
)
def test_a_custom_resource_that_says_when_it_began_and_ended_is_a_run(status):
    assert _refused(obj("shop.example/v1", "Reindex", status=status)).rule == "run"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Campaign", {"conditions": [{"type": "Ready", "status": "True"}]}),
        ("Schedule", {"lastRunTime": "2026-03-01T00:00:00Z", "lastBackup": "2026-03-01T00:00:00Z"}),
        ("Workspace", {"startedAt": "2026-03-01T00:00:00Z"}),
        ("Runner", {}),
    ],
)
def test_a_custom_resource_that_describes_a_state_is_no_run(kind, status):
    assert refusal_of(obj("shop.example/v1", kind, status=status)) is None


def test_creating_a_job_that_still_runs_in_the_source_is_a_run_too():
    assert is_run(obj("batch/v1", "Job", spec=workload_spec()))
    assert not is_run(obj("batch/v1", "CronJob", spec={}))


@pytest.mark.parametrize(("policy", "once"), [("Never", True), ("OnFailure", True), ("Always", False), (None, False)])
def test_a_bare_pod_that_ends_is_a_run(policy, once):
    pod = obj("v1", "Pod", spec={"restartPolicy": policy} if policy else {}, status={"phase": "Running"})
    assert is_run(pod) is once
    assert refusal_of(pod) is None


@pytest.mark.parametrize(
    "manifest",
    [
        obj("keda.sh/v1alpha1", "ScaledObject", metadata=_labelled("scaledobject.keda.sh/name", "web")),
        obj("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", spec={"serviceRef": {"name": "web"}}),
        config_map(metadata=_annotated("config")),
        obj("serving.knative.dev/v1", "Service"),
    ],
    ids=str,
)
def test_what_a_person_made_for_a_controller_is_copied(manifest):
    assert refusal_of(manifest) is None


def test_endpoint_slices_of_people_are_copied():
    of_staff = _labelled("endpointslice.kubernetes.io/managed-by", "staff")
    assert refusal_of(obj("discovery.k8s.io/v1", "EndpointSlice", metadata=of_staff)) is None


def test_a_job_of_a_cron_job_is_its_controllers_and_asks_for_no_consent():
    owner = {"ownerReferences": [{"kind": "CronJob", "name": "nightly", "controller": True}]}
    ended = {"conditions": [{"type": "Complete", "status": "True"}]}
    assert _refused(obj("batch/v1", "Job", metadata=owner, spec=workload_spec(), status=ended)).consent is None


def test_a_pair_of_certificate_and_key_is_an_ordinary_secret():
    assert refusal_of(secret(type="kubernetes.io/tls", data={"tls.crt": "eA==", "tls.key": "eA=="})) is None


def _refused(manifest):
    refusal = refusal_of(manifest)
    assert refusal is not None
    return refusal


def test_every_rule_has_an_example():
    assert {rule.id for rule in REFUSAL_RULES} == {*NEVER, *WITH_CONSENT, *_OF_TOOLS}


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
