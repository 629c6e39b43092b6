"""The fields, annotations and labels that a copy leaves out because they belong to the source cluster.

Data only; `normalize` applies the rules. Identity, status and what the server or a controller writes is removed; what a
person or a chart wrote stays. The rules follow the API conventions (kubernetes/community, sig-architecture
api-conventions.md, "Metadata", "Spec and Status") and the docs page "Well-Known Labels, Annotations and Taints". Kinds
are named as kubectl names them: `Service`, `Deployment.apps`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

WORKLOADS = ("Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps", "Job.batch", "CronJob.batch")


class Where(StrEnum):
    """What the `name` of a rule refers to."""

    FIELD = "field"
    ANNOTATION = "annotation"
    LABEL = "label"
    TEMPLATE = "pod template field"  # `metadata…` and `spec…` of a workload's pod template
    TEMPLATE_ANNOTATION = "pod template annotation"
    TEMPLATE_LABEL = "pod template label"


class Unless(StrEnum):
    """When a rule does not apply."""

    HEADLESS = "the value is None: a headless Service"
    SET_BY_A_PERSON = "a person set the port"
    MANUAL_SELECTOR = "spec.manualSelector is true"
    SELECTED = "a selector of the object names the label"


@dataclass(frozen=True, kw_only=True)
class StripRule:
    """`name` is a path (`spec.ports[].nodePort`) or, for annotations and labels, a name that may end in `*`."""

    where: Where
    name: str
    why: str
    kinds: tuple[str, ...] = ()  # empty: every kind
    unless: Unless | None = None

    @property
    def id(self) -> str:
        """The name of the rule in tests, documents and plans."""
        prefix = {Where.ANNOTATION: "annotation ", Where.LABEL: "label "}.get(self.where, "")
        inside = {
            Where.TEMPLATE: "template.",
            Where.TEMPLATE_ANNOTATION: "template annotation ",
            Where.TEMPLATE_LABEL: "template label ",
        }.get(self.where, prefix)
        return f"{'/'.join(self.kinds) or '*'}: {inside}{self.name}"


def _fields(why: str, *names: str, kinds: tuple[str, ...] = (), unless: Unless | None = None) -> tuple[StripRule, ...]:
    return tuple(StripRule(where=Where.FIELD, name=name, why=why, kinds=kinds, unless=unless) for name in names)


def _annotations(why: str, *names: str, kinds: tuple[str, ...] = ()) -> tuple[StripRule, ...]:
    return tuple(StripRule(where=Where.ANNOTATION, name=name, why=why, kinds=kinds) for name in names)


def _labels(why: str, *names: str, kinds: tuple[str, ...] = ()) -> tuple[StripRule, ...]:
    return tuple(StripRule(where=Where.LABEL, name=name, why=why, kinds=kinds) for name in names)


def _template(
    where: Where, why: str, *names: str, kinds: tuple[str, ...] = (), unless: Unless | None = None
) -> tuple[StripRule, ...]:
    return tuple(StripRule(where=where, name=name, why=why, kinds=kinds, unless=unless) for name in names)


_BINDING = "binding state: a stale one makes the claim Lost"
_PLATFORM = "bookkeeping of the source's platform"
_GENERATED = "generated from the source's uid"

STRIP_RULES: tuple[StripRule, ...] = (
    # Every kind: identity and observed state.
    *_fields("identity in the source; a precondition on update", "metadata.uid"),
    *_fields("a precondition against another server's store", "metadata.resourceVersion"),
    *_fields("set by the server", "metadata.generation", "metadata.creationTimestamp", "metadata.selfLink"),
    *_fields("set by the server", "metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds"),
    *_fields("pointless beside a name", "metadata.generateName"),
    *_fields("field ownership of the source; the server rejects an apply that has it", "metadata.managedFields"),
    *_fields("the target has no such owner, so the copy would be collected", "metadata.ownerReferences"),
    *_fields("without the controller that clears it the copy could never be deleted", "metadata.finalizers"),
    *_fields("the copy belongs to the target's namespace", "metadata.namespace"),
    *_fields("observed state", "status"),
    # Annotations.
    *_annotations(
        "a full copy of the source's manifest, Secret values included",
        "kubectl.kubernetes.io/last-applied-configuration",
    ),
    *_annotations(
        "written by the Deployment controller",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
    ),
    *_annotations(
        "written by controllers of former versions",
        "deprecated.daemonset.template.generation",
        "deprecated.deployment.rollback.rollbackTo",
    ),
    *_annotations("belongs to the source's history", "kubernetes.io/change-cause"),
    *_annotations("written by a controller", "endpoints.kubernetes.io/last-change-trigger-time"),
    *_annotations(
        "status of an autoscaler in its v1 view",
        "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics",
    ),
    *_annotations(
        "written by the Job controllers",
        "batch.kubernetes.io/job-tracking",
        "batch.kubernetes.io/cronjob-scheduled-timestamp",
    ),
    *_annotations(_BINDING, "pv.kubernetes.io/*", "volume.kubernetes.io/*"),
    *_annotations(_BINDING, "volume.beta.kubernetes.io/storage-provisioner"),
    *_annotations("bound to the source's uid", "kubernetes.io/service-account.uid"),
    *_annotations(
        "runtime data of the network",
        "cni.projectcalico.org/*",
        "k8s.v1.cni.cncf.io/network-status",
        "k8s.ovn.org/*",
        kinds=("Pod",),
    ),
    *_annotations(
        _PLATFORM,
        "field.cattle.io/*",
        "lifecycle.cattle.io/*",
        "cattle.io/timestamp",
        "openshift.io/sa.scc.*",
        "openshift.io/generated-by",
        "openshift.io/internal-registry-pull-secret-ref",
    ),
    # Labels.
    *_labels(
        "written by a workload controller",
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ),
    *_labels(_GENERATED, "controller-uid", "batch.kubernetes.io/controller-uid"),
    *_labels(_GENERATED, "job-name", "batch.kubernetes.io/job-name", kinds=("Job.batch",)),
    # Pod templates.
    *_template(Where.TEMPLATE, "written by a serialiser", "metadata.creationTimestamp"),
    *_template(Where.TEMPLATE, "pinned to a node of the source", "spec.nodeName"),
    *_template(Where.TEMPLATE, "deprecated alias of serviceAccountName", "spec.serviceAccount"),
    *_template(Where.TEMPLATE, "computed from the priority class", "spec.priority", "spec.preemptionPolicy"),
    *_template(Where.TEMPLATE, "rejected on create", "spec.ephemeralContainers"),
    *_template(
        Where.TEMPLATE_ANNOTATION, "marks a restart; causes a needless rollout", "kubectl.kubernetes.io/restartedAt"
    ),
    *_template(
        Where.TEMPLATE_LABEL,
        "written by a workload controller",
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        unless=Unless.SELECTED,
    ),
    *_template(
        Where.TEMPLATE_LABEL,
        _GENERATED,
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        "job-name",
        "batch.kubernetes.io/job-name",
        kinds=("Job.batch", "CronJob.batch"),  # on other kinds a person wrote it, and the selector may name it
        unless=Unless.MANUAL_SELECTOR,
    ),
    # Kinds of their own.
    *_fields(_GENERATED, "spec.selector", kinds=("Job.batch",), unless=Unless.MANUAL_SELECTOR),
    *_fields(_GENERATED, "spec.jobTemplate.spec.selector", kinds=("CronJob.batch",), unless=Unless.MANUAL_SELECTOR),
    *_fields("written by a serialiser", "spec.jobTemplate.metadata.creationTimestamp", kinds=("CronJob.batch",)),
    *_fields(
        "belongs to a claim of the source",
        "spec.volumeClaimTemplates[].status",
        "spec.volumeClaimTemplates[].metadata.creationTimestamp",
        "spec.volumeClaimTemplates[].spec.volumeName",
        kinds=("StatefulSet.apps",),
    ),
    *_fields(
        "allocated for each cluster",
        "spec.clusterIP",
        "spec.clusterIPs",
        kinds=("Service",),
        unless=Unless.HEADLESS,
    ),
    *_fields("the other cluster may lack the address family", "spec.ipFamilies", kinds=("Service",)),
    *_fields(
        "unique for each cluster",
        "spec.ports[].nodePort",
        "spec.healthCheckNodePort",
        kinds=("Service",),
        unless=Unless.SET_BY_A_PERSON,
    ),
    *_fields("addresses of the source", "spec.loadBalancerIP", "spec.externalIPs", kinds=("Service",)),
    *_fields("binds to a volume of the source", "spec.volumeName", kinds=("PersistentVolumeClaim",)),
    *_fields(
        "a snapshot or volume of the source",
        "spec.dataSource",
        "spec.dataSourceRef",
        kinds=("PersistentVolumeClaim",),
    ),
    *_fields("written by the server", "spec.finalizers", kinds=("Namespace",)),
    *_labels("set by the server", "kubernetes.io/metadata.name", kinds=("Namespace",)),
    *_fields("write-only; would add field ownership for the same data", "stringData", kinds=("Secret",)),
)


# Kept, with a note in the plan: these annotations name something outside the cluster.
EXTERNAL_ANNOTATIONS: Mapping[str, str] = {
    "eks.amazonaws.com/role-arn": "a role of the cloud account",
    "iam.gke.io/gcp-service-account": "a service account of the cloud project",
    "azure.workload.identity/*": "an identity of the cloud tenant",
    "external-dns.alpha.kubernetes.io/*": "names in a DNS zone",
    "cert-manager.io/issuer": "an issuer of certificates",
    "cert-manager.io/cluster-issuer": "an issuer of certificates",
    "service.beta.kubernetes.io/*": "a load balancer",
    "alb.ingress.kubernetes.io/*": "a load balancer",
    "cloud.google.com/*": "a load balancer",
    "metallb.io/*": "a load balancer",
    "metallb.universe.tf/*": "a load balancer",
    "kube-vip.io/*": "a load balancer",
}

# Containers that a service mesh or an agent injects; in a template they are tied to the mesh of the source.
INJECTED_CONTAINERS = frozenset(
    {"istio-proxy", "istio-init", "linkerd-proxy", "linkerd-init", "vault-agent", "vault-agent-init", "daprd"}
)
