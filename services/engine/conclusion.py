"""The end of an operation, in one transaction: outcomes, state, what is configured now, the release, secrets erased."""

from collections.abc import Mapping
from typing import Any

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.records import OperationClusterRecord, OperationRecord, OperationSpec, ResourceRecord
from db.transaction import Database, Transaction
from domain.images import ContainerImage
from domain.words import ClusterPhase, EventType, OperationState, Outcome
from services.engine.phases import CANCELLED, UNPROVED, ended, ended_event, skipped
from services.engine.what_ran import Seen
from services.execution.progress import ClusterResult
from services.planning.conclusion import conclude as conclusion_of
from services.planning.images.releases import with_digests
from services.reading.running_index import index_of, merged_over


async def conclude(database: Database, operation_id: str, seen: Seen | None = None) -> None:
    """End the operation; a second call finds it ended and changes nothing. `seen` is what runs, where it was read."""
    async with database.begin() as tx:
        operation = await tx.operations.get(operation_id)
        spec = await tx.operations.spec(operation_id)
        assert operation is not None
        assert spec is not None
        if operation.state.ended:
            return
        cancelled = operation.cancel_requested_at is not None
        left = [_left(each, cancelled) for each in operation.clusters if each.phase is not ClusterPhase.ENDED]
        outcomes = _outcomes(operation, left)
        conclusion = conclusion_of(outcomes, cancelled)
        # First of all, for it locks the row: of two processes that conclude (one was taken for dead), one goes on.
        if not await tx.operations.end(operation_id, state=conclusion.state, message=conclusion.message):
            return
        if left:
            await tx.operations.update_clusters(operation_id, left)
        good = [name for name, each in outcomes.items() if each.good]
        await _configure(tx, operation, spec, good=good)
        await _index(tx, operation, spec, good=good)
        await tx.image_pushes.notify()  # the app environment is free for what was pushed meanwhile
        # What reached some clusters only is no state to go back to: the retry that brings the rest makes the release.
        succeeded = conclusion.state is OperationState.SUCCEEDED
        release = await _release(tx, operation, spec, good=good, seen=seen or {}) if succeeded else None
        names = {each.position: each.cluster_name for each in operation.clusters}
        skips = [
            NewEvent(type=EventType.CLUSTER_ENDED, cluster=names[each.position], data=ended_event(each))
            for each in left
        ]
        end = {"state": conclusion.state.value, "message": conclusion.message, "release": release}
        await tx.events.append(operation_id, [*skips, NewEvent(type=EventType.OPERATION_ENDED, data=end)])


def images_of_release(images: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The images by cluster as a release keeps them: once where all clusters have the same, else naming the cluster."""
    kept: list[dict[str, Any]] = []
    lists = list(images.values())
    for cluster, entries in images.items():
        for entry in entries:
            if all(entry in each for each in lists):
                if entry not in kept:
                    kept.append(entry)
            else:
                kept.append({**entry, "cluster": cluster})
    return kept


def _left(cluster: OperationClusterRecord, cancelled: bool) -> ClusterUpdate:  # noqa: FBT001 - as the verdict's
    """What becomes of a cluster that has no outcome: it was not touched, unless its steps broke off."""
    if cluster.phase is ClusterPhase.WAITING:
        return skipped(cluster, code=CANCELLED if cancelled else UNPROVED)
    detail = "The operation broke off while it was at work here. Look at what is there before you retry it."
    return ended(cluster, ClusterResult(outcome=Outcome.FAILED, code="broken-off", detail=detail))


def _outcomes(operation: OperationRecord, left: list[ClusterUpdate]) -> dict[str, Outcome]:
    late = {each.position: each.outcome for each in left}
    found = {each.cluster_name: each.outcome or late.get(each.position) for each in operation.clusters}
    return {name: outcome for name, outcome in found.items() if outcome is not None}


async def _configure(tx: Transaction, operation: OperationRecord, spec: OperationSpec, *, good: list[str]) -> None:
    """The app environment is configured from now on, where at least one cluster is good."""
    configured = spec.plan.get("configured")
    if configured and good:
        await tx.app_environments.configure(
            operation.app_environment_id,
            namespace=configured["namespace"],
            resources=[ResourceRecord(**each) for each in configured["resources"]],
        )


async def _index(tx: Transaction, operation: OperationRecord, spec: OperationSpec, *, good: list[str]) -> None:
    """What is known to run there from now on, so that pushed images find it."""
    planned = spec.plan.get("release") or {}
    images = [ContainerImage.from_json(each) for name in good for each in planned.get(name) or ()]
    if images:
        where = operation.app_environment_id
        former = await tx.running_images.of(where)
        await tx.running_images.put(where, merged_over(former, index_of(where, images)))


async def _release(
    tx: Transaction, operation: OperationRecord, spec: OperationSpec, *, good: list[str], seen: Seen
) -> int | None:
    """Record what all clusters run now; gives the number of the release, None for an operation without images."""
    planned = spec.plan.get("release") or {}
    by_cluster = {name: with_digests(planned[name], seen.get(name, ())) for name in good if planned.get(name)}
    images = images_of_release(by_cluster)
    if not images:
        return None
    release = await tx.releases.add(
        operation.app_environment_id,
        operation_id=operation.id,
        kind=operation.kind,
        actor=operation.actor,
        images=images,
        clusters=good,
    )
    return release.number
