"""Which operations clusters missed because they did not answer, and which of them they are to catch up with. Pure.

docs/decisions/a-cluster-catches-up-by-a-retry.md gives the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.images import ContainerKey
from domain.past_operations import PastCluster, PastOperation
from domain.words import FailurePolicy, OperationKind, OperationState, Outcome

CAUGHT_UP_FOR = timedelta(days=7)  # after the operation's end: nobody expects a change of last month
_HARM = frozenset({Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.SKIPPED})


class CatchUpHindrance(StrEnum):
    """Why a cluster does not catch up by itself, or not yet."""

    SWITCHED_OFF = "switched-off"  # by the environment's setting
    FAILED_ELSEWHERE = "failed-elsewhere"  # nobody knows that the change is good
    VALUES_ERASED = "values-erased"  # a person has to send them again
    TOO_LONG_AGO = "too-long-ago"
    WITHOUT_RIGHT = "without-right"  # whoever started the operation may not do so any more
    GATE_CLOSED = "gate-closed"
    UNDER_WAY = "operation-under-way"
    NEWER_IMAGE = "newer-image"  # which is deployed next


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An operation, and the clusters that miss it and nothing older. `hindrance` None: nothing of the past is in the
    way of their catching up.
    """

    operation: PastOperation
    clusters: tuple[PastCluster, ...]
    hindrance: CatchUpHindrance | None = None


@dataclass
class _Walk:
    """The way back through the history of one cluster: what it missed so far, the newest first."""

    missed: list[PastOperation] = field(default_factory=list)
    covered: set[ContainerKey] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    ended: bool = False


def missed(history: Sequence[PastOperation], *, now: datetime) -> tuple[Missed, ...]:
    """What the clusters of an app environment miss, the oldest operation first. `history` is the newest first.

    Each cluster has to catch up with the oldest operation that it missed and no later one has overtaken: so one that
    did not answer during a rollback catches up with the rollback, and not with what was rolled back.
    """
    walks: dict[str, _Walk] = {}
    changed: set[str | None] = set()  # the clusters that what came later has changed
    for operation in history:
        if operation.kind is OperationKind.RESTART:
            continue  # it brings nothing
        if not operation.state.ended:
            return ()  # what will be missed is known at its end
        if _came_to_nothing(operation):
            continue
        superseded = any(each.cluster_id in changed for each in operation.clusters)
        for cluster in operation.clusters:
            if cluster.cluster_id is not None and (cluster.cluster_id in walks or not superseded):
                _step(walks.setdefault(cluster.cluster_id, _Walk()), operation, cluster)
        changed |= {each.cluster_id for each in operation.clusters if each.outcome is Outcome.SUCCEEDED} - {None}
    return tuple(
        Missed(operation=operation, clusters=clusters, hindrance=_hindrance(operation, now))
        for operation in reversed(history)
        if (clusters := _catching_up_with(operation, walks))
    )


def _step(walk: _Walk, operation: PastOperation, cluster: PastCluster) -> None:
    """One operation further back."""
    if walk.ended:
        return
    walk.ended = cluster.outcome is not Outcome.UNREACHABLE or operation.state is OperationState.CANCELLED
    if walk.ended:
        return
    if _harmed(operation):
        # People have to look at it. Where a later one was missed as well, the cluster catches up with that.
        walk.missed += [] if walk.missed else [operation]
        walk.ended = True
        return
    overtaken = operation.id in walk.taken_back or (
        cluster.containers is not None and bool(walk.missed) and cluster.containers <= walk.covered
    )
    if not overtaken:
        walk.missed.append(operation)
    walk.covered |= cluster.containers or frozenset()
    walk.taken_back |= {operation.takes_back} if operation.takes_back is not None else frozenset()


def _catching_up_with(operation: PastOperation, walks: dict[str, _Walk]) -> tuple[PastCluster, ...]:
    return tuple(
        each
        for each in operation.clusters
        if each.cluster_id in walks and walks[each.cluster_id].missed[-1:] == [operation]
    )


def _came_to_nothing(operation: PastOperation) -> bool:
    """Whether no cluster has what it was to bring: the clusters are to have what came before it.

    Not of a rollback: what it was to take back is wanted by nobody.
    """
    outcomes = {each.outcome for each in operation.clusters}
    return (
        operation.kind is not OperationKind.ROLLBACK
        and bool(outcomes & _HARM)
        and not any(each is not None and each.good for each in outcomes)
    )


def _harmed(operation: PastOperation) -> bool:
    """Whether it failed on other clusters, so that it may be the change that is at fault.

    Not where its failure policy goes on without them, and not of a rollback: its images ran before.
    """
    if operation.kind is OperationKind.ROLLBACK or operation.failure is FailurePolicy.BEST_EFFORT:
        return False
    met = operation.state is OperationState.SUCCEEDED  # as many are good as its quorum asks for
    return not met and any(each.outcome in _HARM for each in operation.clusters)


def _hindrance(operation: PastOperation, now: datetime) -> CatchUpHindrance | None:
    if _harmed(operation):
        return CatchUpHindrance.FAILED_ELSEWHERE
    if operation.secret_names:
        return CatchUpHindrance.VALUES_ERASED
    if operation.ended_at is None or now - operation.ended_at > CAUGHT_UP_FOR:
        return CatchUpHindrance.TOO_LONG_AGO
    return None
