"""What the engine calls for a configure or an import: act, watch.

The first time it is handed the work that the use case has planned; after a crash, and for a retry, it reads and plans
again, and does what is left. Nothing is undone: objects of a copy that failed half-way stay, and a retry goes on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from db.records import ClusterRecord
from domain.words import Outcome
from services.execution.copy_spec import CopyOrder, CopySourceOrder, ValuesMissingError
from services.execution.copying import copy_to_cluster
from services.execution.progress import ClusterResult, ExpectedRollout, Progress
from services.execution.watching import watch_rollouts
from services.execution.worker import Assignment
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.copying.facts import CopyFacts, SourceFacts
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import CopyWork, NoWork, StoredResource, caught_up, resumed
from services.planning.health.values import HealthPolicy
from services.planning.objects.redact import Fingerprints
from services.reading.copy_facts import SourcePlace, TargetPlace, read_conversions, read_source, read_target
from services.reading.credentials import credential_of

Cancelled = Callable[[], Awaitable[bool]]
HandedWork = Mapping[str, CopyWork | NoWork]  # by cluster name


class CopyWorker:
    """`services.execution.worker.Worker` for configure and import."""

    remembers = False

    def __init__(self, *, clusters: Clusters, fingerprints: Fingerprints, policy: HealthPolicy | None = None) -> None:
        self._clusters = clusters
        self._fingerprints = fingerprints
        self._policy = policy or HealthPolicy()

    async def act(
        self,
        assignment: Assignment,
        handed: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        work = _handed(handed, assignment.cluster.name)
        if work is None:
            try:
                work = await self._rebuilt(assignment, gateway, deadline)
            except ValuesMissingError as missing:
                return _failed("values-erased", f"The value of {missing} was erased. Send it again with a retry.")
        if isinstance(work, NoWork):
            return ClusterResult(
                outcome=Outcome.UNREACHABLE if work.unreachable else Outcome.FAILED,
                code=work.code,
                detail=work.detail,
                resource=str(work.resource) if work.resource else None,
            )
        return await copy_to_cluster(work, gateway, log, deadline=deadline, cancelled=cancelled)

    async def watch(
        self,
        assignment: Assignment,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        namespace = assignment.order.plan["namespace"]
        return await watch_rollouts(
            expected, gateway, namespace, log, policy=self._policy, deadline=deadline, cancelled=cancelled
        )

    async def undo(
        self,
        assignment: Assignment,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> ClusterResult:
        """The engine asks only those who remembered something to undo, and a copy remembers nothing."""
        del gateway, log, deadline
        return _failed("nothing-to-undo", f"Nothing was remembered of {assignment.cluster.name}.")

    async def _rebuilt(self, assignment: Assignment, gateway: ClusterGateway, deadline: Deadline) -> CopyWork | NoWork:
        """Plan again for this one cluster, and take what is left of the stored plan."""
        order = CopyOrder.from_json(assignment.order.request, assignment.secrets or {})
        target = TargetPlace(
            cluster=assignment.cluster.name,
            cluster_id=assignment.cluster.id,
            namespace=order.namespace,
            gateway=gateway,
        )
        if order.source is None:
            source = SourceFacts(manifests=order.manifests)
            facts = await read_target(target, source.manifests, order.choices.overrides, deadline=deadline)
        else:
            cluster = _source_cluster(assignment, order.source.cluster)
            if cluster is None:
                detail = f"Cluster {order.source.cluster} does not belong to {order.source.environment} any more."
                return NoWork(code="source-changed", detail=detail)
            try:
                place = await self._source_place(order.source, cluster)
                source = await read_source(place, order.source.resources, deadline=deadline)
                facts = await read_target(target, source.manifests, order.choices.overrides, deadline=deadline)
                conversions = await read_conversions(place, source.manifests, (facts,), deadline=deadline)
            except ClusterError as error:  # the source's: whatever the target answers is in its facts
                return NoWork(code="source-unreadable", detail=f"The source cannot be read. {error.detail}")
            source = replace(source, conversions=conversions)
        copy_facts = CopyFacts(source=source, namespace=order.namespace, targets=(facts,))
        fresh = plan_copy(copy_facts, order.choices, self._fingerprints)
        planned = assignment.order.plan["clusters"]
        stored = planned.get(assignment.cluster.name)
        if stored is None:  # it did not answer when the plan was made
            others = tuple(each for other in planned.values() if other is not None for each in _stored(other))
            return caught_up(others, fresh, on_conflict=order.choices.on_conflict)
        return resumed(_stored(stored), fresh.clusters[0], on_conflict=order.choices.on_conflict)

    async def _source_place(self, source: CopySourceOrder, cluster: ClusterRecord) -> SourcePlace:
        gateway = await self._clusters.gateway(credential_of(cluster))
        return SourcePlace(
            environment=source.environment, cluster_id=cluster.id, namespace=source.namespace, gateway=gateway
        )


def _handed(handed: object | None, cluster: str) -> CopyWork | NoWork | None:
    """What the use case built for this cluster in this very process, if anything."""
    return handed.get(cluster) if isinstance(handed, Mapping) else None


def _stored(cluster: Mapping[str, Any]) -> tuple[StoredResource, ...]:
    return tuple(StoredResource.from_json(each) for each in cluster["resources"])


def _source_cluster(assignment: Assignment, name: str) -> ClusterRecord | None:
    clusters = assignment.source.environment.clusters if assignment.source is not None else ()
    return next((cluster for cluster in clusters if cluster.name == name), None)


def _failed(code: str, detail: str) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail)
