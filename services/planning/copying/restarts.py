"""Which workloads of the app environment read what a copy changes, and go on with what they have read. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.configuration import CONFIGURATION
from domain.problems import Problem, Remedy, Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource
from services.planning.releases.restarting import RESTARTABLE, consumers_of

_KINDS = frozenset((each.group, each.name) for each in CONFIGURATION)


def changed_configuration(resources: Iterable[ResourceId]) -> tuple[ResourceId, ...]:
    """The ConfigMaps and Secrets among them."""
    return tuple(each for each in resources if each.group_kind in _KINDS)


def written_configuration(cluster: ClusterCopyPlan) -> tuple[ResourceId, ...]:
    """The ConfigMaps and Secrets that the plan writes on one cluster."""
    return changed_configuration(each.resource for each in cluster.resources if each.writes)


def stale_workloads(cluster: ClusterCopyPlan, workloads: Sequence[Manifest]) -> tuple[ResourceId, ...]:
    """Those whose pods read what the plan writes and are not replaced by it. `workloads` are as they are there."""
    rolled = {each.resource for each in cluster.resources if _rolls_out(each)}
    stale = consumers_of(written_configuration(cluster), workloads)
    return tuple(each for each in stale if each.group_kind in RESTARTABLE and each not in rolled)


def with_restarts(cluster: ClusterCopyPlan, stale: tuple[ResourceId, ...], *, restart: bool) -> ClusterCopyPlan:
    """The plan with these restarted; or it tells that they are not, and how they would be."""
    if restart:
        return replace(cluster, restarts=stale)
    told = tuple(_not_restarted(cluster.cluster, each) for each in stale)
    return replace(cluster, problems=(*cluster.problems, *told))


def _rolls_out(planned: PlannedResource) -> bool:
    return planned.action is Action.CREATE or (
        planned.action is Action.UPDATE and any(each.path.startswith("spec.template") for each in planned.changes)
    )


def _not_restarted(cluster: str, workload: ResourceId) -> Problem:
    return Problem(
        code="reads-former-configuration",
        severity=Severity.TELLS,
        detail=f"{workload.label} reads what is changed and is not rolled out: its pods go on with what they have read "
        "until they are restarted.",
        cluster=cluster,
        resource=workload,
        remedy=Remedy(code="restart", title="Restart them", request={"restart": True}),
    )
