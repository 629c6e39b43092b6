"""The end of an operation, in one transaction: outcomes, state, what is configured, the release, secrets erased."""

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.records.operations import OperationClusterRecord, OperationRecord
from db.transaction import Database, Transaction
from domain.stored.plans import LeftBehind
from domain.stored.requests import CopyRequest
from domain.stored.spec import OperationSpec
from domain.words import ClusterPhase, EventType, OperationState, Outcome
from services.engine import notifications
from services.engine.audit_entries import add_ended
from services.engine.phases import CANCELLED, UNPROVED, ended, ended_event, skipped
from services.engine.what_ran import Held, Seen, images_as_ended
from services.execution.progress import ClusterResult
from services.planning.conclusion import conclude as conclusion_of
from services.planning.images.releases import release_of, with_digests
from services.planning.rings.failing import met
from services.reading.running_index import index_of, kept_of, merged_over


async def conclude(database: Database, operation_id: str, seen: Seen | None = None, held: Held | None = None) -> None:
    """End the operation; a second call changes nothing. `seen` is what runs, by cluster, as far as it was read.

    `held` is the configuration that its release holds.
    """
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
        runs = operation.rings
        enough = runs is not None and met(runs.failure, tuple(outcomes.values()), quorum=runs.quorum)
        conclusion = conclusion_of(outcomes, cancelled, enough=enough)
        # First, because it locks the row: of two processes that conclude (one was taken for dead), one continues.
        if not await tx.operation_lifecycle.end(operation_id, state=conclusion.state, message=conclusion.message):
            return
        if left:
            await tx.operation_lifecycle.update_clusters(operation_id, left)
        good = [name for name, each in outcomes.items() if each.good]
        await _configure(tx, operation, spec.plan.leaves, good=good)
        # What came after it on the other clusters is what they run: it has left nothing there by now.
        superseded = await tx.operations.superseded_by(operation_id) is not None
        if not superseded:
            await _index(tx, operation, spec.plan.leaves, good=good, seen=seen or {})
        await tx.image_pushes.notify()  # the app environment is free for what was pushed meanwhile
        # A release is a state of all clusters: after a partial success, the retry that succeeds records it.
        succeeded = conclusion.state is OperationState.SUCCEEDED and not superseded
        records = succeeded and not _brings_level(spec)
        release = await _release(tx, operation, spec.plan.leaves, good=good, seen=seen or {}) if records else None
        if succeeded:
            await tx.written.settle(operation.app_environment_id, good)
        if release is not None and held is not None:
            await held.configurations.record(tx, operation.app_environment_id, release, held.by_cluster)
        names = {each.position: each.cluster_name for each in operation.clusters}
        skips = [
            NewEvent(type=EventType.CLUSTER_ENDED, cluster=names[each.position], data=ended_event(each))
            for each in left
        ]
        end = {"state": conclusion.state.value, "message": conclusion.message, "release": release}
        await tx.events.append(operation_id, [*skips, NewEvent(type=EventType.OPERATION_ENDED, data=end)])
        await add_ended(
            tx, operation, state=conclusion.state, message=conclusion.message, outcomes=outcomes, release=release
        )
        details = {each.cluster_name: each.detail for each in operation.clusters}
        details |= {names[each.position]: each.detail for each in left}
        told = notifications.ended(
            operation,
            spec.plan,
            state=conclusion.state,
            message=conclusion.message,
            outcomes=outcomes,
            details=details,
        )
        await tx.outbox.add(told)


def _brings_level(spec: OperationSpec) -> bool:
    """Whether it brings a cluster to the release that the others have, and so makes none."""
    return isinstance(spec.request, CopyRequest) and spec.request.level is not None


def _left(cluster: OperationClusterRecord, cancelled: bool) -> ClusterUpdate:  # noqa: FBT001 - as services.planning.conclusion has it
    """The end of a cluster without outcome: skipped where it waits, else failed, for its steps broke off."""
    if cluster.phase is ClusterPhase.WAITING:
        return skipped(cluster, code=CANCELLED if cancelled else UNPROVED)
    detail = "The operation broke off while it changed this cluster. Check what runs there before you retry it."
    return ended(cluster, ClusterResult(outcome=Outcome.FAILED, code="broken-off", detail=detail))


def _outcomes(operation: OperationRecord, left: list[ClusterUpdate]) -> dict[str, Outcome]:
    late = {each.position: each.outcome for each in left}
    found = {each.cluster_name: each.outcome or late.get(each.position) for each in operation.clusters}
    return {name: outcome for name, outcome in found.items() if outcome is not None}


async def _configure(tx: Transaction, operation: OperationRecord, leaves: LeftBehind, *, good: list[str]) -> None:
    """Configure the app environment, where at least one cluster is good."""
    if leaves.resources is not None and good:
        await tx.app_environments.configure(
            operation.app_environment_id, namespace=leaves.namespace, resources=leaves.resources
        )


async def _index(
    tx: Transaction, operation: OperationRecord, leaves: LeftBehind, *, good: list[str], seen: Seen
) -> None:
    """Index what runs there from now on, so that image pushes find it, and what pods keep on the first cluster."""
    written = [name for name in good if leaves.images.get(name)]
    if written:
        where = operation.app_environment_id
        former = await tx.running_images.of(where)
        kept = kept_of([seen[written[0]]] if written[0] in seen else [])
        rows = index_of(where, [image for name in written for image in leaves.images[name]], kept=kept)
        await tx.running_images.put(where, merged_over(former, rows, read=kept))


async def _release(
    tx: Transaction, operation: OperationRecord, leaves: LeftBehind, *, good: list[str], seen: Seen
) -> int | None:
    """Record what all clusters run; returns the number of the release, None for an operation without images.

    Clusters that the operation left out have what the last release gave them, as far as the plan says so.
    """
    taking_part = {each.cluster_name: each for each in operation.clusters}
    having = [*good, *(name for name in leaves.images if name not in taking_part)]
    images = release_of(
        {
            name: with_digests(
                images_as_ended(taking_part[name], leaves) if name in taking_part else leaves.images[name],
                seen[name].images if name in seen else (),
            )
            for name in having
            if leaves.images.get(name)
        }
    )
    if not images:
        return None
    release = await tx.releases.add(
        operation.app_environment_id,
        operation_id=operation.id,
        kind=operation.kind,
        actor=operation.actor,
        images=images,
        clusters=having,
    )
    return release.number
