"""What is read beside the workloads whose rollouts are watched: pods, revisions, events and nodes. Reads only.

Events and nodes are read only while something waits that they would explain: of the first there are too many, and the
latter belong to the cluster.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway
from services.planning.health.obstacles import needs_events
from services.planning.health.rollout_drivers import CANARY, DRIVERS, ROLLOUT, Drivers
from services.planning.health.values import Children
from services.planning.objects.workloads import is_workload
from services.reading.explanations import EVENTS
from services.reading.informer import Informer
from services.reading.rollout_drivers import served_drivers
from services.reading.running_images import CONTROLLER_REVISIONS, JOBS, PODS, REPLICA_SETS

_DEPLOYMENTS = Kind(group="apps", version="v1", name="Deployment")
_DAEMON_SETS = Kind(group="apps", version="v1", name="DaemonSet")
_CRON_JOB = ("batch", "CronJob")  # judged by itself: a change takes effect at its next run
_BELOW: dict[str, Kind] = {"Deployment": REPLICA_SETS, "DaemonSet": CONTROLLER_REVISIONS, "CronJob": JOBS}


async def driver_kinds(
    gateway: ClusterGateway, resources: Sequence[ResourceId], *, deadline: Deadline
) -> tuple[Kind, ...]:
    """The kinds of Rollouts and Canaries to read beside them; both where the cluster does not say what it serves."""
    try:
        return await served_drivers(gateway, resources, deadline=deadline)
    except ClusterError:
        return DRIVERS


def supporting_kinds(
    resources: Sequence[ResourceId], drivers: Collection[Kind] = ()
) -> Callable[[Informer], set[Kind]]:
    """The other kinds to read now: pods, what tells new pods from old, and events while they would explain anything."""
    kinds = {resource.kind.name for resource in resources}
    always = {_BELOW[kind] for kind in kinds if kind in _BELOW} | set(drivers)
    if any(is_workload(resource.kind) and resource.group_kind != _CRON_JOB for resource in resources):
        always.add(PODS)

    def kinds_to_read(informer: Informer) -> set[Kind]:
        children, now = children_of(informer), datetime.now(UTC)
        live = (informer.find(resource.kind, resource.name) for resource in resources)
        explain = any(needs_events(each, children, now=now) for each in live if each is not None)
        return always | {EVENTS} if explain else always

    return kinds_to_read


def children_of(informer: Informer, *, nodes: tuple[Manifest, ...] = ()) -> Children:
    """What the informer holds beside the workloads."""
    return Children(
        pods=informer.all(PODS),
        replica_sets=informer.all(REPLICA_SETS),
        controller_revisions=informer.all(CONTROLLER_REVISIONS),
        jobs=informer.all(JOBS),
        events=informer.all(EVENTS),
        nodes=nodes,
        drivers=Drivers(
            found=(*informer.all(ROLLOUT), *informer.all(CANARY)),
            primaries=(*informer.all(_DEPLOYMENTS), *informer.all(_DAEMON_SETS)),
        ),
    )
