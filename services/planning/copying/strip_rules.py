"""The fields, annotations and labels that a copy leaves out because they belong to the source cluster.

Data only; `normalize` applies the rules. Identity, status and what the server or a controller writes is removed; what a
person or a chart wrote stays. Fields stand here; annotations and labels are those that the table of what tools write
leaves out (`planning.tools`). The rules follow the API conventions (kubernetes/community, sig-architecture
api-conventions.md, "Metadata", "Spec and Status") and the docs page "Well-Known Labels, Annotations and Taints". Kinds
are named as kubectl names them: `Service`, `Deployment.apps`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from services.planning.tools.rows import Place, Treatment, Unless
from services.planning.tools.table import TABLE

WORKLOADS = ("Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps", "Job.batch", "CronJob.batch")


class Where(StrEnum):
    """What the `name` of a rule refers to."""

    FIELD = "field"
    ANNOTATION = "annotation"
    LABEL = "label"
    TEMPLATE = "pod template field"  # `metadata…` and `spec…` of a workload's pod template
    TEMPLATE_ANNOTATION = "pod template annotation"
    TEMPLATE_LABEL = "pod template label"


@dataclass(frozen=True, kw_only=True)
class StripRule:
    """`name` is a path (`spec.ports[].nodePort`) or, for annotations and labels, a name that may end in `*`."""

    where: Where
    name: str
    why: str
    kinds: tuple[str, ...] = ()  # empty: every kind
    unless: Unless | None = None
    asked_for: bool = False  # a person may ask for it in a manifest of their own

    @cached_property
    def id(self) -> str:
        """The name of the rule in tests, documents and plans."""
        prefix = {Where.ANNOTATION: "annotation ", Where.LABEL: "label "}.get(self.where, "")
        inside = {
            Where.TEMPLATE: "template.",
            Where.TEMPLATE_ANNOTATION: "template annotation ",
            Where.TEMPLATE_LABEL: "template label ",
        }.get(self.where, prefix)
        return f"{'/'.join(self.kinds) or '*'}: {inside}{self.name}"


def _fields(
    why: str, *names: str, kinds: tuple[str, ...] = (), unless: Unless | None = None, asked_for: bool = False
) -> tuple[StripRule, ...]:
    return tuple(
        StripRule(where=Where.FIELD, name=name, why=why, kinds=kinds, unless=unless, asked_for=asked_for)
        for name in names
    )


def _template(why: str, *names: str, asked_for: bool = False) -> tuple[StripRule, ...]:
    return tuple(StripRule(where=Where.TEMPLATE, name=name, why=why, asked_for=asked_for) for name in names)


_GENERATED = "generated from the source's uid"

_FIELD_RULES: tuple[StripRule, ...] = (
    # Every kind: identity and observed state.
    *_fields("identity in the source; a precondition on update", "metadata.uid"),
    *_fields("a precondition against another server's store", "metadata.resourceVersion"),
    *_fields("set by the server", "metadata.generation", "metadata.creationTimestamp", "metadata.selfLink"),
    *_fields("set by the server", "metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds"),
    *_fields("pointless beside a name", "metadata.generateName"),
    *_fields("field ownership of the source; the server rejects an apply that has it", "metadata.managedFields"),
    *_fields("the target has no such owner, so the copy would be collected", "metadata.ownerReferences"),
    *_fields(
        "without the controller that clears it the copy could never be deleted", "metadata.finalizers", asked_for=True
    ),
    *_fields("the copy belongs to the target's namespace", "metadata.namespace"),
    *_fields("observed state", "status"),
    # Pod templates.
    *_template("written by a serialiser", "metadata.creationTimestamp"),
    *_template("pinned to a node of the source", "spec.nodeName", asked_for=True),
    *_template("deprecated alias of serviceAccountName", "spec.serviceAccount"),
    *_template("computed from the priority class", "spec.priority", "spec.preemptionPolicy"),
    *_template("rejected on create", "spec.ephemeralContainers"),
    # Kinds of their own.
    *_fields(_GENERATED, "spec.selector", kinds=("Job.batch",), unless=Unless.MANUAL_SELECTOR),
    *_fields(_GENERATED, "spec.jobTemplate.spec.selector", kinds=("CronJob.batch",), unless=Unless.MANUAL_SELECTOR),
    *_fields("written by a serialiser", "spec.jobTemplate.metadata.creationTimestamp", kinds=("CronJob.batch",)),
    *_fields(
        "belongs to a claim of the source",
        "spec.volumeClaimTemplates[].status",
        "spec.volumeClaimTemplates[].metadata.creationTimestamp",
        kinds=("StatefulSet.apps",),
    ),
    *_fields(
        "belongs to a claim of the source",
        "spec.volumeClaimTemplates[].spec.volumeName",
        kinds=("StatefulSet.apps",),
        asked_for=True,
    ),
    *_fields(
        "allocated for each cluster",
        "spec.clusterIP",
        "spec.clusterIPs",
        kinds=("Service",),
        unless=Unless.HEADLESS,
        asked_for=True,
    ),
    *_fields("the other cluster may lack the address family", "spec.ipFamilies", kinds=("Service",), asked_for=True),
    *_fields(
        "unique for each cluster",
        "spec.ports[].nodePort",
        "spec.healthCheckNodePort",
        kinds=("Service",),
        unless=Unless.SET_BY_A_PERSON,
    ),
    *_fields("addresses of the source", "spec.loadBalancerIP", "spec.externalIPs", kinds=("Service",), asked_for=True),
    *_fields("binds to a volume of the source", "spec.volumeName", kinds=("PersistentVolumeClaim",), asked_for=True),
    *_fields(
        "a snapshot or volume of the source",
        "spec.dataSource",
        "spec.dataSourceRef",
        kinds=("PersistentVolumeClaim",),
        asked_for=True,
    ),
    *_fields("written by the server", "spec.finalizers", kinds=("Namespace",)),
    *_fields(
        "written by a controller: which image of the source it saw last",
        "spec.triggers[].imageChangeParams.lastTriggeredImage",
        kinds=("DeploymentConfig.apps.openshift.io",),
    ),
    *_fields(
        "written by a controller: which image of the source it saw last",
        "spec.triggers[].imageChange.lastTriggeredImageID",
        kinds=("BuildConfig.build.openshift.io",),
    ),
    *_fields("write-only; would add field ownership for the same data", "stringData", kinds=("Secret",)),
)

_WHERE = {
    Place.ANNOTATION: Where.ANNOTATION,
    Place.LABEL: Where.LABEL,
    Place.TEMPLATE_ANNOTATION: Where.TEMPLATE_ANNOTATION,
    Place.TEMPLATE_LABEL: Where.TEMPLATE_LABEL,
}

# Marks of owners are left out by `owners.foreign_marks`, which also asks whether they prove anything.
_NAME_RULES = tuple(
    StripRule(where=_WHERE[row.place], name=row.name, why=row.why, kinds=row.kinds, unless=row.unless)
    for row in TABLE
    if row.treatment is Treatment.DROP and row.proof is None and row.place in _WHERE
)

STRIP_RULES: tuple[StripRule, ...] = (*_FIELD_RULES, *_NAME_RULES)
