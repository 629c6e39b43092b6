"""Which workloads are restarted, and which read a ConfigMap or Secret. Pure.

A restart is what `kubectl rollout restart` does: the pod template gets an annotation with the time, and the
controller replaces its pods as its strategy says (kubectl `pkg/polymorphichelpers/objectrestarter.go`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.objects.references import references_of

RESTARTABLE = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})
ANNOTATION = "kubectl.kubernetes.io/restartedAt"


@dataclass(frozen=True, kw_only=True)
class ClusterRestarts:
    """What is restarted on one cluster; `read` is False where it did not answer."""

    read: bool = True
    workloads: tuple[ResourceId, ...] = ()
    problems: tuple[Problem, ...] = ()


def consumers_of(objects: Collection[ResourceId], workloads: Iterable[Manifest]) -> tuple[ResourceId, ...]:
    """The workloads whose pods read one of these ConfigMaps and Secrets: as variables, in a volume, or to pull with."""
    read = {(each.group_kind, each.name) for each in objects}
    return tuple(
        workload.id
        for workload in workloads
        if any((each.group_kind, each.name) in read for each in references_of(workload))
    )


def plan_restarts(facts: ClusterFacts, asked: Sequence[ResourceId] | None) -> ClusterRestarts:
    """The restarts of one cluster; `asked` None means all workloads that can be restarted."""
    if facts.failure is not None:
        problem = Problem(
            code=facts.failure.code,
            severity=Severity.WARNS,
            detail=f"{facts.failure.detail} Its workloads are restarted when it answers.",
            cluster=facts.cluster,
        )
        return ClusterRestarts(read=False, problems=(problem,))
    known = {_key(each.resource): each for each in facts.workloads}
    wanted = [each.resource for each in facts.workloads] if asked is None else list(asked)
    workloads, problems = list[ResourceId](), list[Problem]()
    for resource in wanted:
        found = list(_obstacles(facts.cluster, resource, known.get(_key(resource)), named=asked is not None))
        problems += found
        if not any(each.code != "pods-not-replaced" for each in found) and resource.group_kind in RESTARTABLE:
            workloads.append(known[_key(resource)].resource)
    return ClusterRestarts(workloads=tuple(workloads), problems=tuple(problems))


def _obstacles(cluster: str, resource: ResourceId, workload: WorkloadFacts | None, *, named: bool) -> Iterator[Problem]:
    """Why a workload is not restarted; a Job among all of them is left out without a word."""

    def problem(code: str, detail: str, severity: Severity = Severity.BLOCKS) -> Problem:
        return Problem(code=code, severity=severity, detail=detail, cluster=cluster, resource=resource)

    if workload is None:
        detail = f"{resource.label} belongs to the app environment, but is not on this cluster."
        yield problem("workload-missing", detail, Severity.WARNS)
    elif resource.group_kind not in RESTARTABLE:
        if named:
            yield problem("not-restartable", f"{resource.label} cannot be restarted: no controller replaces its pods.")
    elif workload.paused:
        yield problem(
            "rollout-paused",
            f"{resource.label} is paused, so its pods would not be replaced. Resume it or leave it out.",
            Severity.BLOCKS if named else Severity.WARNS,
        )
    elif workload.keeps_pods:
        yield problem(
            "pods-not-replaced",
            f"{resource.label} keeps its pods: {workload.keeps_pods}. Delete them to replace them.",
            Severity.WARNS,
        )


def _key(resource: ResourceId) -> tuple[tuple[str, str], str]:
    return resource.group_kind, resource.name
