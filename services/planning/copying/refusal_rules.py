"""The objects that a copy refuses, or copies only with a person's consent: the table of rules and their conditions.

Data; `refusals` applies it, and the first rule that matches decides. A request lifts a rule with a `consent` by naming
it in `overrides.allow`; no request lifts the other rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from domain.resources import Manifest
from services.planning.objects.identity import kind_name
from services.planning.objects.owners import controller_of, matches


class Consent(StrEnum):
    """The consents that a request may give, by name."""

    REGISTRY_CREDENTIALS = "registry-credentials"
    CERTIFICATE_KEYS = "certificate-keys"  # key pairs that cert-manager keeps
    FINISHED_JOBS = "finished-jobs"  # they run again
    SYSTEM_NAMESPACES = "system-namespaces"
    MISSING_REFERENCES = "missing-references"
    NODE_PORTS = "node-ports"


@dataclass(frozen=True, kw_only=True)
class RefusalRule:
    """All conditions that are set have to hold; of several names, types, labels or annotations, one is enough."""

    id: str
    reason: str
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    secret_types: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # name → value, `*` for any
    annotations: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()  # kinds of owner references
    when: Callable[[Manifest], bool] | None = None
    consent: Consent | None = None

    def holds(self, manifest: Manifest) -> bool:
        """Whether the rule applies to this object."""
        return (
            (not self.kinds or kind_name(manifest.kind) in self.kinds)
            and (not self.names or any(matches(pattern, manifest.name) for pattern in self.names))
            and (
                not self.secret_types or any(matches(t, str(manifest.body.get("type", ""))) for t in self.secret_types)
            )
            and (not self.labels or any(_labelled(manifest, name, value) for name, value in self.labels.items()))
            and (not self.annotations or any(matches(p, a) for p in self.annotations for a in manifest.annotations))
            and (not self.owners or any(kind in self.owners for kind in _owner_kinds(manifest)))
            and (self.when is None or self.when(manifest))
        )


def _owner_kinds(manifest: Manifest) -> list[Any]:
    return [o.get("kind") for o in manifest.metadata.get("ownerReferences") or () if isinstance(o, dict)]


def _labelled(manifest: Manifest, name: str, value: str) -> bool:
    return any(matches(name, label) and value in {"*", given} for label, given in manifest.labels.items())


def _finished(manifest: Manifest) -> bool:
    conditions = manifest.status.get("conditions") or ()
    ended = {c.get("type") for c in conditions if isinstance(c, dict) and c.get("status") == "True"}
    return bool(manifest.status.get("completionTime")) or bool(ended & {"Complete", "Failed"})


def _has_controller(manifest: Manifest) -> bool:
    return controller_of(manifest) is not None


def _is_terminating(manifest: Manifest) -> bool:
    return bool(manifest.metadata.get("deletionTimestamp"))


def _is_too_big(manifest: Manifest) -> bool:
    # etcd accepts requests of up to 1.5 MiB (--max-request-bytes); an apply adds managedFields to the object.
    return len(orjson.dumps(manifest.body)) > MOST_BYTES


def _holds_too_much(manifest: Manifest) -> bool:
    texts, encoded = (manifest.body.get("data") or {}), (manifest.body.get("binaryData") or {})
    if manifest.kind.name == "Secret":
        texts, encoded = {}, texts
    size = sum(len(str(key)) + len(str(value).encode()) for key, value in texts.items())
    size += sum(len(str(key)) + len(str(value)) * 3 // 4 for key, value in encoded.items())  # base64
    return size > MOST_DATA_BYTES


MOST_BYTES = 1_450_000
MOST_DATA_BYTES = 1024 * 1024  # MaxSecretSize in core/v1 types.go

_RBAC = "rbac.authorization.k8s.io"

REFUSAL_RULES: tuple[RefusalRule, ...] = (
    RefusalRule(id="being-deleted", reason="It is being deleted in the source.", when=_is_terminating),
    RefusalRule(
        id="namespace",
        kinds=("Namespace",),
        reason="A copy creates the target namespace itself, with the labels that decide what may run in it.",
    ),
    RefusalRule(
        id="runtime-data",
        kinds=(
            "Event",
            "Event.events.k8s.io",
            "Lease.coordination.k8s.io",
            "ControllerRevision.apps",
            "VolumeAttachment.storage.k8s.io",
            "CSINode.storage.k8s.io",
            "CSIStorageCapacity.storage.k8s.io",
            "Node",
            "ComponentStatus",
            "PodMetrics.metrics.k8s.io",
            "NodeMetrics.metrics.k8s.io",
            "ResourceSlice.resource.k8s.io",
            "Binding",
            "PodTemplate",
        ),
        reason="It is runtime data of the source cluster.",
    ),
    RefusalRule(
        id="leader-election",
        annotations=("control-plane.alpha.kubernetes.io/leader",),
        reason="It is a record of leader election.",
    ),
    RefusalRule(
        id="cluster-root-ca",
        kinds=("ConfigMap",),
        names=("kube-root-ca.crt", "openshift-service-ca.crt"),
        reason="Every cluster publishes its own certificate authority under this name.",
    ),
    RefusalRule(
        id="secret-service-account-token",
        kinds=("Secret",),
        secret_types=("kubernetes.io/service-account-token",),
        reason="A service account's token is bound to the source's signing key.",
    ),
    RefusalRule(
        id="secret-bootstrap-token",
        kinds=("Secret",),
        secret_types=("bootstrap.kubernetes.io/token",),
        reason="A bootstrap token lets nodes join the source cluster.",
    ),
    RefusalRule(
        id="helm-release-record",
        kinds=("Secret",),
        secret_types=("helm.sh/release.v1",),
        reason="Helm in the target would find a release that it did not install.",
    ),
    RefusalRule(
        id="helm-release-record-config-map",
        kinds=("ConfigMap",),
        labels={"owner": "helm", "OWNER": "TILLER"},
        reason="Helm in the target would find a release that it did not install.",
    ),
    RefusalRule(
        id="secret-openshift-registry",
        kinds=("Secret",),
        secret_types=("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"),
        annotations=("kubernetes.io/service-account.name", "openshift.io/internal-registry-auth-token.*"),
        reason="OpenShift creates this registry login in each cluster.",
    ),
    RefusalRule(
        id="secret-external-secrets",
        kinds=("Secret",),
        labels={"reconcile.external-secrets.io/managed": "true"},
        reason="External Secrets creates it: copy the ExternalSecret instead.",
    ),
    RefusalRule(
        id="secret-external-secrets-owner",
        kinds=("Secret",),
        owners=("ExternalSecret",),
        reason="External Secrets creates it: copy the ExternalSecret instead.",
    ),
    RefusalRule(
        id="secret-sealed-secrets",
        kinds=("Secret",),
        owners=("SealedSecret",),
        reason="Sealed Secrets creates it, and only the source can decrypt the SealedSecret: seal it for the target.",
    ),
    RefusalRule(
        id="secret-sealing-key",
        kinds=("Secret",),
        labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "*"},
        reason="It is a sealing key of the source cluster.",
    ),
    RefusalRule(
        id="secret-argo-credentials",
        kinds=("Secret",),
        labels={"argocd.argoproj.io/secret-type": "*"},
        reason="It is a credential of Argo CD.",
    ),
    RefusalRule(
        id="secret-machine-data",
        kinds=("Secret",),
        secret_types=("cluster.x-k8s.io/secret", "rke.cattle.io/machine-plan", "fleet.cattle.io/*"),
        reason="It is data of the source's machines.",
    ),
    RefusalRule(
        id="secret-mesh-key-type",
        kinds=("Secret",),
        secret_types=("istio.io/key-and-cert",),
        reason="It is a key of the source's mesh.",
    ),
    RefusalRule(
        id="secret-mesh-key",
        kinds=("Secret",),
        names=("cacerts", "linkerd-identity-*"),
        reason="It is a key of the source's mesh.",
    ),
    RefusalRule(
        id="secret-replicated",
        kinds=("Secret", "ConfigMap"),
        annotations=(
            "replicator.v1.mittwald.de/replicated-from-version",
            "reflector.v1.k8s.emberstack.com/reflects",
        ),
        reason="It is a replica: copy the original instead.",
    ),
    RefusalRule(
        id="autoscaler-of-keda",
        kinds=("HorizontalPodAutoscaler.autoscaling",),
        names=("keda-hpa-*",),
        reason="KEDA creates it: copy the ScaledObject instead.",
    ),
    RefusalRule(
        id="secret-cert-manager",
        kinds=("Secret",),
        annotations=("cert-manager.io/certificate-name", "cert-manager.io/issuer-name"),
        reason="cert-manager creates it: copy the Certificate instead. A private key in two clusters needs consent.",
        consent=Consent.CERTIFICATE_KEYS,
    ),
    RefusalRule(
        id="secret-registry",
        kinds=("Secret",),
        secret_types=("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"),
        reason="It is a login to an image registry, which needs consent to be copied.",
        consent=Consent.REGISTRY_CREDENTIALS,
    ),
    RefusalRule(
        id="mirror-pod",
        kinds=("Pod",),
        annotations=("kubernetes.io/config.mirror",),
        reason="It is the mirror of a static pod.",
    ),
    RefusalRule(
        id="endpoints",
        kinds=("Endpoints",),
        labels={"endpoints.kubernetes.io/managed-by": "*"},
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="endpoint-slice",
        kinds=("EndpointSlice.discovery.k8s.io",),
        labels={"endpointslice.kubernetes.io/managed-by": "*"},
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="endpoints-of-pods",
        kinds=("Endpoints",),
        annotations=("endpoints.kubernetes.io/last-change-trigger-time",),
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="kubernetes-service",
        kinds=("Service", "Endpoints", "EndpointSlice.discovery.k8s.io"),
        names=("kubernetes",),
        when=lambda manifest: manifest.namespace in {None, "default"},
        reason="The API server creates it.",
    ),
    RefusalRule(
        id="persistent-volume",
        kinds=("PersistentVolume",),
        reason="Two clusters would use the same disk.",
    ),
    RefusalRule(
        id="custom-resource-definition",
        kinds=("CustomResourceDefinition.apiextensions.k8s.io",),
        reason="Definitions belong to the cluster's administrators; the target must serve the kind already.",
    ),
    RefusalRule(
        id="cluster-machinery",
        kinds=(
            "MutatingWebhookConfiguration.admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
            "APIService.apiregistration.k8s.io",
            "FlowSchema.flowcontrol.apiserver.k8s.io",
            "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io",
        ),
        reason="It affects the whole cluster, and without its backend it would block requests to the target.",
    ),
    RefusalRule(
        id="cluster-policy",
        kinds=(
            "StorageClass.storage.k8s.io",
            "PriorityClass.scheduling.k8s.io",
            "IngressClass.networking.k8s.io",
            "RuntimeClass.node.k8s.io",
        ),
        reason="Classes belong to the target cluster; overrides map their names.",
    ),
    RefusalRule(
        id="cluster-wide-rights",
        kinds=(f"ClusterRole.{_RBAC}", f"ClusterRoleBinding.{_RBAC}"),
        reason="It grants rights in the whole cluster.",
    ),
    RefusalRule(
        id="finished-job",
        kinds=("Job.batch",),
        when=_finished,
        reason="It has finished; a copy of it runs again.",
        consent=Consent.FINISHED_JOBS,
    ),
    RefusalRule(
        id="owned",
        when=_has_controller,
        reason="A controller creates it: copy its owner instead.",
    ),
    RefusalRule(
        id="too-much-data",
        kinds=("ConfigMap", "Secret"),
        when=_holds_too_much,
        reason="It holds more than 1 MiB of data.",
    ),
    RefusalRule(id="too-big", when=_is_too_big, reason="It is larger than an API server accepts."),
)
