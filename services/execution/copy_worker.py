"""What the engine calls for a configure or an import: act, watch.

The first time it is handed the work that the use case has planned; after a crash, and for a retry, it reads and plans
again, and does what is left. Nothing is undone: objects of a copy that failed half-way stay, and a retry goes on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from db.records import ClusterRecord
from domain.words import Outcome
from services.execution.copy_spec import CopySourceSpec, CopySpec, ValuesMissingError
from services.execution.copying import copy_to_cluster
from services.execution.progress import Cancelled, ClusterResult, ExpectedRollout, Progress
from services.execution.watching import watch_rollouts
from services.execution.worker import ClusterTask
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.copying.facts import CopyFacts, SourceFacts
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import CopyWork, NoWork, StoredResource, caught_up, resumed
from services.planning.health.values import HealthPolicy
from services.planning.objects.redact import Fingerprints
from services.reading.copy_facts import SourceNamespace, TargetNamespace, read_conversions, read_source, read_target
from services.reading.credentials import credential_of

PreparedWork = Mapping[str, CopyWork | NoWork]  # by cluster name


class CopyWorker:
    """`services.execution.worker.Worker` for configure and import."""

    remembers = False

    def __init__(self, *, clusters: Clusters, fingerprints: Fingerprints, policy: HealthPolicy | None = None) -> None:
        self._clusters = clusters
        self._fingerprints = fingerprints
        self._policy = policy or HealthPolicy()

    async def apply(
        self,
        task: ClusterTask,
        prepared: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        work = _prepared(prepared, task.cluster.name)
        if work is None:
            try:
                work = await self._rebuilt(task, gateway, deadline)
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
        task: ClusterTask,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        namespace = task.spec.plan["namespace"]
        return await watch_rollouts(
            expected, gateway, namespace, log, policy=self._policy, deadline=deadline, cancelled=cancelled
        )

    async def undo(
        self,
        task: ClusterTask,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> ClusterResult:
        """The engine asks only those who remembered something to undo, and a copy remembers nothing."""
        del gateway, log, deadline
        return _failed("nothing-to-undo", f"Nothing was remembered of {task.cluster.name}.")

    async def _rebuilt(self, task: ClusterTask, gateway: ClusterGateway, deadline: Deadline) -> CopyWork | NoWork:
        """Plan again for this one cluster, and take what is left of the stored plan."""
        spec = CopySpec.from_json(task.spec.request, task.secrets or {})
        target = TargetNamespace(
            cluster=task.cluster.name,
            cluster_id=task.cluster.id,
            namespace=spec.namespace,
            gateway=gateway,
        )
        if spec.source is None:
            source = SourceFacts(manifests=spec.manifests)
            facts = await read_target(target, source.manifests, spec.choices.overrides, deadline=deadline)
        else:
            cluster = _source_cluster(task, spec.source.cluster)
            if cluster is None:
                detail = f"Cluster {spec.source.cluster} does not belong to {spec.source.environment} any more."
                return NoWork(code="source-changed", detail=detail)
            try:
                place = await self._source_place(spec.source, cluster)
                source = await read_source(place, spec.source.resources, deadline=deadline)
                facts = await read_target(target, source.manifests, spec.choices.overrides, deadline=deadline)
                conversions = await read_conversions(place, source.manifests, (facts,), deadline=deadline)
            except ClusterError as error:  # the source's: whatever the target answers is in its facts
                return NoWork(code="source-unreadable", detail=f"The source cannot be read. {error.detail}")
            source = replace(source, conversions=conversions)
        copy_facts = CopyFacts(source=source, namespace=spec.namespace, targets=(facts,))
        fresh = plan_copy(copy_facts, spec.choices, self._fingerprints)
        planned = task.spec.plan["clusters"]
        stored = planned.get(task.cluster.name)
        if stored is None:  # it did not answer when the plan was made
            others = tuple(each for other in planned.values() if other is not None for each in _stored(other))
            return caught_up(others, fresh, on_conflict=spec.choices.on_conflict)
        return resumed(_stored(stored), fresh.clusters[0], on_conflict=spec.choices.on_conflict)

    async def _source_place(self, source: CopySourceSpec, cluster: ClusterRecord) -> SourceNamespace:
        gateway = await self._clusters.gateway(credential_of(cluster))
        return SourceNamespace(
            environment=source.environment, cluster_id=cluster.id, namespace=source.namespace, gateway=gateway
        )


def _prepared(prepared: object | None, cluster: str) -> CopyWork | NoWork | None:
    """What the use case built for this cluster in this very process, if anything."""
    return prepared.get(cluster) if isinstance(prepared, Mapping) else None


def _stored(cluster: Mapping[str, Any]) -> tuple[StoredResource, ...]:
    return tuple(StoredResource.from_json(each) for each in cluster["resources"])


def _source_cluster(task: ClusterTask, name: str) -> ClusterRecord | None:
    clusters = task.source.environment.clusters if task.source is not None else ()
    return next((cluster for cluster in clusters if cluster.name == name), None)


def _failed(code: str, detail: str) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail)
