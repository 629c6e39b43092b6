"""Objects that belong to the source cluster itself: a copy refuses them, or asks for consent. Data, pure."""

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.refusal_rule import RefusalRule
from services.planning.copying.sizes import (
    MOST_DATA_BYTES,
    MOST_REQUEST_BYTES,
    MOST_STORED_BYTES,
    data_bytes,
    request_bytes,
    stored_bytes,
)
from services.planning.objects.owners import controller_of

_RBAC = "rbac.authorization.k8s.io"
_KUBERNETES = "Kubernetes"
_TYPES_DOC = "https://kubernetes.io/docs/concepts/configuration/secret/#secret-types"
_WELL_KNOWN = "https://kubernetes.io/docs/reference/labels-annotations-taints/"
_SLICES = "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management"
_API = "https://kubernetes.io/docs/reference/kubernetes-api/"


def _has_controller(manifest: Manifest) -> bool:
    return controller_of(manifest) is not None


def _is_terminating(manifest: Manifest) -> bool:
    return bool(manifest.metadata.get("deletionTimestamp"))


def _holds_too_much(manifest: Manifest) -> bool:
    return data_bytes(manifest) > MOST_DATA_BYTES


def _is_too_long(manifest: Manifest) -> bool:
    return request_bytes(manifest) > MOST_REQUEST_BYTES


def _is_too_big(manifest: Manifest) -> bool:
    return stored_bytes(manifest) > MOST_STORED_BYTES


RULES_ON_RUNTIME_DATA: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="being-deleted",
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",
        reason="It is being deleted in the source.",
        when=_is_terminating,
        condition="it has a deletionTimestamp",
    ),
    RefusalRule(
        id="namespace",
        tool=_KUBERNETES,
        source=_API,
        kinds=("Namespace",),
        reason="A copy creates the target namespace itself, with the labels that decide what may run in it.",
    ),
    RefusalRule(
        id="runtime-data",
        tool=_KUBERNETES,
        source=_API,
        kinds=(
            "Event",
            "Event.events.k8s.io",
            "Lease.coordination.k8s.io",
            "LeaseCandidate.coordination.k8s.io",
            "ControllerRevision.apps",
            "VolumeAttachment.storage.k8s.io",
            "CSINode.storage.k8s.io",
            "CSIStorageCapacity.storage.k8s.io",
            "VolumeSnapshotContent.snapshot.storage.k8s.io",
            "CertificateSigningRequest.certificates.k8s.io",
            "PodCertificateRequest.certificates.k8s.io",
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
        id="report",
        tool="Kyverno, Trivy, Cilium, Calico, vertical autoscaler",
        source="https://openreports.io/",
        kinds=(
            "PolicyReport.wgpolicyk8s.io",
            "Report.openreports.io",
            "EphemeralReport.reports.kyverno.io",
            "UpdateRequest.kyverno.io",
            "*.aquasecurity.github.io",
            "CiliumEndpoint.cilium.io",
            "CiliumEndpointSlice.cilium.io",
            "WorkloadEndpoint.crd.projectcalico.org",
            "VerticalPodAutoscalerCheckpoint.autoscaling.k8s.io",
            "SecretProviderClassPodStatus.secrets-store.csi.x-k8s.io",
        ),
        reason="A controller writes it about what runs in the source.",
    ),
    RefusalRule(
        id="leader-election",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        annotations=("control-plane.alpha.kubernetes.io/leader",),
        reason="It is a record of leader election.",
    ),
    RefusalRule(
        id="cluster-root-ca",
        tool="Kubernetes, OpenShift",
        source="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
        kinds=("ConfigMap",),
        names=("kube-root-ca.crt", "openshift-service-ca.crt"),
        reason="Every cluster publishes its own certificate authority under this name.",
    ),
    RefusalRule(
        id="secret-service-account-token",
        tool=_KUBERNETES,
        source=_TYPES_DOC,
        kinds=("Secret",),
        secret_types=("kubernetes.io/service-account-token",),
        reason="A service account's token is bound to the source's signing key.",
    ),
    RefusalRule(
        id="secret-bootstrap-token",
        tool=_KUBERNETES,
        source=_TYPES_DOC,
        kinds=("Secret",),
        secret_types=("bootstrap.kubernetes.io/token",),
        reason="A bootstrap token lets nodes join the source cluster.",
    ),
)

RULES_ON_REGISTRY_LOGINS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="secret-registry",
        tool=_KUBERNETES,
        source=_TYPES_DOC,
        kinds=("Secret",),
        secret_types=("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"),
        reason="It is a login to an image registry, which needs consent to be copied.",
        consent=Consent.REGISTRY_CREDENTIALS,
    ),
)

RULES_ON_CLUSTER_OBJECTS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="mirror-pod",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        kinds=("Pod",),
        annotations=("kubernetes.io/config.mirror",),
        reason="It is the mirror of a static pod.",
    ),
    RefusalRule(
        id="endpoints",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        kinds=("Endpoints",),
        labels={"endpoints.kubernetes.io/managed-by": "*"},
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="endpoint-slice",
        tool=_KUBERNETES,
        source=_SLICES,
        kinds=("EndpointSlice.discovery.k8s.io",),
        # The controllers' own names; anybody else puts a name of their own there, as the documentation asks.
        labels={
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="endpoint-slice-mirrored",
        tool=_KUBERNETES,
        source=_SLICES,
        kinds=("EndpointSlice.discovery.k8s.io",),
        labels={"endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io"},
        reason="A controller mirrors it from Endpoints of the same name: copy these instead.",
    ),
    RefusalRule(
        id="endpoints-of-pods",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        kinds=("Endpoints",),
        annotations=("endpoints.kubernetes.io/last-change-trigger-time",),
        reason="A controller fills it with the source's pod addresses.",
    ),
    RefusalRule(
        id="kubernetes-service",
        tool=_KUBERNETES,
        source=_API,
        kinds=("Service", "Endpoints", "EndpointSlice.discovery.k8s.io"),
        names=("kubernetes",),
        when=lambda manifest: manifest.namespace in {None, "default"},
        condition="in namespace default",
        reason="The API server creates it.",
    ),
    RefusalRule(
        id="persistent-volume",
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
        kinds=("PersistentVolume",),
        reason="Two clusters would use the same disk.",
    ),
    RefusalRule(
        id="custom-resource-definition",
        tool=_KUBERNETES,
        source=_API,
        kinds=("CustomResourceDefinition.apiextensions.k8s.io",),
        reason="Definitions belong to the cluster's administrators; the target must serve the kind already.",
    ),
    RefusalRule(
        id="cluster-machinery",
        tool=_KUBERNETES,
        source=_API,
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
        tool=_KUBERNETES,
        source=_API,
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
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
        kinds=(f"ClusterRole.{_RBAC}", f"ClusterRoleBinding.{_RBAC}"),
        reason="It grants rights in the whole cluster.",
    ),
    RefusalRule(
        id="owned",
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/",
        when=_has_controller,
        condition="an owner reference with controller: true",
        reason="A controller creates it: copy its owner instead.",
    ),
    # What controllers made, and whose owner reference a restored backup has lost.
    RefusalRule(
        id="left-of-deployment",
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rollover-aka-multiple-updates-in-flight",
        kinds=("ReplicaSet.apps",),
        annotations=("deployment.kubernetes.io/revision",),
        reason="A Deployment created it: copy that instead.",
    ),
    RefusalRule(
        id="left-of-cron-job",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        kinds=("Job.batch",),
        annotations=("batch.kubernetes.io/cronjob-scheduled-timestamp",),
        reason="A CronJob created it: copy that instead.",
    ),
    RefusalRule(
        id="left-of-controller",
        tool=_KUBERNETES,
        source=_WELL_KNOWN,
        kinds=("Pod",),
        labels={
            "pod-template-hash": "*",
            "controller-revision-hash": "*",
            "batch.kubernetes.io/controller-uid": "*",
            "controller-uid": "*",
        },
        reason="A controller created it: copy its workload instead.",
    ),
)

RULES_ON_SIZE: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="too-much-data",
        tool=_KUBERNETES,
        source="https://kubernetes.io/docs/concepts/configuration/configmap/#motivation",
        kinds=("ConfigMap", "Secret"),
        when=_holds_too_much,
        condition=f"more than {MOST_DATA_BYTES:,} bytes in the values of its data",
        reason=f"An API server accepts at most {MOST_DATA_BYTES:,} bytes of data.",
        measure=data_bytes,
    ),
    RefusalRule(
        id="too-long",
        tool=_KUBERNETES,
        source="https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/server/config.go",
        when=_is_too_long,
        condition=f"more than {MOST_REQUEST_BYTES:,} bytes as JSON, without what the source's server keeps beside it",
        reason=f"An API server accepts requests of at most {MOST_REQUEST_BYTES:,} bytes.",
        measure=request_bytes,
    ),
    RefusalRule(
        id="too-big",
        tool=_KUBERNETES,
        source="https://etcd.io/docs/v3.5/dev-guide/limit/",
        when=_is_too_big,
        condition="more than 1.5 MiB as it is stored: custom resources as JSON, built-in kinds as protobuf",
        reason="An API server stores at most 1.5 MiB of an object.",
        measure=stored_bytes,
    ),
)
