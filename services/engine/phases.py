"""Where an operation stands on each of its clusters while a step works on it, and what each result makes of that.

Pure: decides the next phase or the outcome; `services.engine.steps` writes it down.
"""

from dataclasses import dataclass, replace
from typing import Any

from db.operation_clusters import ClusterUpdate
from db.records import OperationClusterRecord, OperationRecord
from domain.words import ClusterPhase, OnFailure, Outcome
from services.execution.progress import ClusterResult
from services.planning.waves import proves_itself

CANCELLED = "cancelled"
UNPROVED = "earlier-wave-failed"


@dataclass(frozen=True, kw_only=True)
class StepState:
    """What the workflow has to know to choose its next step.

    dbos records it as JSON with each step of a running operation: its members keep their names, as the steps do.
    """

    watching: bool
    undoing: bool
    go_on: bool

    def to_json(self) -> dict[str, bool]:
        return {"watching": self.watching, "undoing": self.undoing, "go_on": self.go_on}


class ClusterPhases:
    """The clusters of an operation, by position, as they are after every update so far."""

    def __init__(self, operation: OperationRecord) -> None:
        self._on_failure = operation.on_failure
        self._clusters = {each.position: each for each in operation.clusters}
        self._begun_on_disk = {
            each.position
            for each in operation.clusters
            if each.phase is ClusterPhase.APPLYING and each.undo is not None
        }

    @property
    def clusters(self) -> tuple[OperationClusterRecord, ...]:
        return tuple(self._clusters.values())

    def in_phases(self, *phases: ClusterPhase, wave: int | None = None) -> tuple[OperationClusterRecord, ...]:
        """The clusters in one of these phases, of one wave or of all."""
        return tuple(each for each in self.clusters if each.phase in phases and wave in {None, each.wave})

    def take(self, update: ClusterUpdate) -> None:
        """Follow what is being written."""
        now = self._clusters[update.position]
        self._clusters[update.position] = replace(
            now,
            phase=update.phase,
            outcome=update.outcome,
            code=update.code,
            detail=update.detail,
            resource=update.resource,
            undo=now.undo if now.undo is not None else update.undo,
            expected=update.expected if update.expected is not None else now.expected,
        )

    def begun_on_disk(self, position: int) -> bool:
        """Whether the rows said already, when they were read, that the cluster has begun, and what undoing needs."""
        return position in self._begun_on_disk

    def at(self, position: int) -> OperationClusterRecord:
        return self._clusters[position]

    def state(self, wave: int) -> StepState:
        outcomes = [each.outcome for each in self.clusters if each.wave == wave and each.outcome is not None]
        return StepState(
            watching=bool(self.in_phases(ClusterPhase.WATCHING, wave=wave)),
            undoing=bool(self.in_phases(ClusterPhase.UNDOING)),
            go_on=proves_itself(outcomes),
        )

    def after_applying(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """Watch what was changed; where there is nothing to watch, it has succeeded."""
        if result.outcome is not None:
            return self._after(cluster, result)
        if result.expected:
            return ClusterUpdate(position=cluster.position, phase=ClusterPhase.WATCHING, expected=result.expected)
        return ended(cluster, replace(result, outcome=Outcome.SUCCEEDED))

    def after_watching(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """Without an outcome the watching was cut short by a cancellation."""
        if result.outcome is not None:
            return self._after(cluster, result)
        stopped = ClusterResult(
            outcome=Outcome.FAILED,
            code=CANCELLED,
            detail="Cancelled while its rollouts were followed. What was changed stays.",
        )
        return self._after(cluster, stopped)

    def after_undoing(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """Why it was undone stays the reason, unless the undoing went wrong as well."""
        if result.outcome is not Outcome.ROLLED_BACK:
            why = f"{result.detail or ''} Before that: {cluster.detail}" if cluster.detail else result.detail
            return ended(cluster, replace(result, outcome=result.outcome or Outcome.FAILED, detail=why))
        # That it is back says the outcome; a code says that what is back does not do well either.
        told = [cluster.detail, result.detail if result.code or not cluster.detail else None]
        return ended(
            cluster,
            ClusterResult(
                outcome=Outcome.ROLLED_BACK,
                code=cluster.code or result.code,
                detail=" ".join(each for each in told if each) or None,
                resource=cluster.resource or result.resource,
            ),
        )

    def to_recall(self) -> tuple[ClusterUpdate, ...]:
        """After a cancellation that stopped something: what else was changed goes back too, if that is the policy.

        Clusters that had succeeded already are not left ahead of the others.
        """
        if self._on_failure is OnFailure.STAY or all(each.outcome and each.outcome.good for each in self.clusters):
            return ()
        return tuple(
            _undoing(each, ClusterResult(outcome=None, code=CANCELLED, detail="The operation was cancelled."))
            for each in self.clusters
            if each.outcome is Outcome.SUCCEEDED and each.undo is not None
        )

    def _after(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """It has ended; unless it failed and its former state, which is known, is to come back."""
        assert result.outcome is not None
        changed = self._clusters[cluster.position].undo is not None
        if not result.outcome.good and self._on_failure is OnFailure.ROLL_BACK and changed:
            return _undoing(cluster, result)
        return ended(cluster, result)


def ended(cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
    return ClusterUpdate(
        position=cluster.position,
        phase=ClusterPhase.ENDED,
        outcome=result.outcome,
        code=result.code,
        detail=result.detail,
        resource=result.resource,
    )


def skipped(cluster: OperationClusterRecord, *, code: str) -> ClusterUpdate:
    """It was not touched."""
    why = (
        "The operation was cancelled before it came here." if code == CANCELLED else "An earlier wave did not succeed."
    )
    return ended(cluster, ClusterResult(outcome=Outcome.SKIPPED, code=code, detail=why))


def ended_event(update: ClusterUpdate) -> dict[str, Any]:
    """The data of `cluster.ended`."""
    assert update.outcome is not None
    return {"outcome": update.outcome.value, "code": update.code, "detail": update.detail, "resource": update.resource}


def _undoing(cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
    return ClusterUpdate(
        position=cluster.position,
        phase=ClusterPhase.UNDOING,
        code=result.code,
        detail=result.detail,
        resource=result.resource,
    )
