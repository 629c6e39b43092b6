"""The phase of each cluster of an operation while a step runs, and the next phase or the outcome after each result.

Pure: `services.engine.step_run` writes what is decided here.
"""

from dataclasses import dataclass, replace
from typing import Any

from db.operation_clusters import ClusterUpdate
from db.records.operations import OperationClusterRecord, OperationRecord
from domain.stored.ring_runs import RingRuns
from domain.words import ClusterPhase, FailurePolicy, OnFailure, Outcome
from services.execution.progress import ClusterResult
from services.planning.rings.failing import TOLERANT, Standing, Verdict, judge

_NOT_UNDONE = "The new images did not cause this, so nothing was undone: they stay, and their rollout goes on."
CANCELLED = "cancelled"
UNPROVED = "earlier-wave-failed"
WAVE_BLOCKED = "wave-blocked"
_WHY_SKIPPED = {
    CANCELLED: "The operation was cancelled before this cluster's ring began.",
    UNPROVED: "An earlier ring did not succeed.",
    WAVE_BLOCKED: "Another cluster of this ring would fail, so the ring did not begin. Retry when that is mended.",
}
# Of a cluster that waits for the hooks before its images: stored, so that it is told after a crash, too.
BRINGING, BROUGHT = "bringing-keys", "keys-brought"
_KEYS_LEFT = {
    BRINGING: " Keys that it brings may have been written here, and stay.",
    BROUGHT: " The keys that it brings had been written here, and stay.",
}
_KEYS_STAY = "The keys that it brought here stay."
OTHERS_FAILED = "others-failed"


@dataclass(frozen=True, kw_only=True)
class StepState:
    """What the workflow has to know to choose its next step.

    dbos records it as JSON with each step of a running operation: its members keep their names, as the steps do.
    """

    watching: bool
    undoing: bool
    go_on: bool
    proving: bool = False

    def to_json(self) -> dict[str, bool]:
        # `proving` only where the operation has it: operations of the former release know three members.
        proving = {"proving": True} if self.proving else {}
        return {"watching": self.watching, "undoing": self.undoing, "go_on": self.go_on, **proving}


class ClusterPhases:
    """The clusters of an operation, by position, as they are after every update so far.

    Where clusters catch up, these alone: the others have had their images for long, and what becomes of one that comes
    late is its own affair.
    """

    def __init__(self, operation: OperationRecord) -> None:
        self._on_failure = operation.on_failure
        late = tuple(each for each in operation.clusters if each.catch_up)
        self._catching_up = bool(late)
        self.runs = operation.rings
        self._clusters = {each.position: each for each in late or operation.clusters}
        self._begun_on_disk = {
            each.position
            for each in operation.clusters
            if each.phase is ClusterPhase.APPLYING and each.undo is not None
        }

    @property
    def clusters(self) -> tuple[OperationClusterRecord, ...]:
        return tuple(self._clusters.values())

    @property
    def runs(self) -> RingRuns | None:
        """How far the rings have come; None where it has none. Clusters that catch up go back one by one."""
        return self._runs

    @runs.setter
    def runs(self, runs: RingRuns | None) -> None:
        if runs is not None and self._catching_up:
            runs = replace(runs, failure=FailurePolicy.BEST_EFFORT, quorum=None)
        self._runs = runs

    @property
    def go_on_without_some(self) -> bool:
        """Whether clusters of a wave are changed though another one of it may not be."""
        return self._catching_up or (self.runs is not None and self.runs.failure in TOLERANT)

    def undo_on_failure(self) -> None:
        """From now on, clusters that fail or are cancelled return to their previous images: a person requested it."""
        self._on_failure = OnFailure.ROLL_BACK

    def in_phases(self, *phases: ClusterPhase, wave: int | None = None) -> tuple[OperationClusterRecord, ...]:
        """The clusters in one of these phases, of one wave or of all."""
        return tuple(each for each in self.clusters if each.phase in phases and wave in {None, each.wave})

    def take(self, update: ClusterUpdate) -> None:
        """Apply an update that is being written."""
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
        """Whether the rows that were read have the cluster as begun, with what undoing needs."""
        return position in self._begun_on_disk

    def at(self, position: int) -> OperationClusterRecord:
        """The cluster at this position; raises `KeyError`."""
        return self._clusters[position]

    def state(self, wave: int) -> StepState:
        """What is left to do, after a step of this wave."""
        watching = bool(self.in_phases(ClusterPhase.WATCHING, wave=wave))
        verdict = self.verdict(wave)
        return StepState(
            watching=watching,
            undoing=bool(self.in_phases(ClusterPhase.UNDOING)),
            go_on=verdict.go_on,
            proving=not watching and verdict.holds and self.runs is not None and self.runs.has_to_prove(wave),
        )

    def verdict(self, wave: int) -> Verdict:
        """What the failure policy makes of a wave, as far as its clusters have ended."""
        standings = [
            Standing(
                position=each.position,
                wave=each.wave,
                outcome=each.outcome,
                undoing=each.phase is ClusterPhase.UNDOING,
                changed=each.undo is not None,
            )
            for each in self.clusters
        ]
        if self.runs is None:
            return judge(FailurePolicy.BEST_EFFORT if self._catching_up else None, standings, wave=wave)
        return judge(self.runs.failure, standings, wave=wave, quorum=self.runs.quorum)

    def to_take_back(self, wave: int) -> tuple[ClusterUpdate, ...]:
        """The clusters that go back to their former images because others of the operation failed.

        None before every cluster of the wave has ended, or is being undone.
        """
        if self.in_phases(ClusterPhase.WAITING, ClusterPhase.APPLYING, ClusterPhase.WATCHING, wave=wave):
            return ()
        cause = next((each for each in self.clusters if each.phase is ClusterPhase.UNDOING or _failed(each)), None)
        named = f"{cause.cluster_name}: {cause.detail or cause.code}" if cause is not None else "no cluster is good."
        with_others = ClusterResult(
            outcome=None, code=OTHERS_FAILED, detail=f"It went back because the operation failed on {named}"
        )
        back = (self.at(position) for position in self.verdict(wave).undo)
        return tuple(_undoing(each, _reason(each) if _failed(each) else with_others) for each in back)

    def after_proving(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """A cluster that had succeeded, and failed in the soak or a check of its ring."""
        return self._after(cluster, result)

    def after_applying(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """Without outcome: watching, or succeeded where nothing rolls out."""
        if result.outcome is not None:
            return self._after(cluster, result)
        if result.expected:
            return ClusterUpdate(position=cluster.position, phase=ClusterPhase.WATCHING, expected=result.expected)
        return ended(cluster, replace(result, outcome=Outcome.SUCCEEDED))

    def after_watching(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """Without outcome: a cancellation ended the watching."""
        if result.outcome is not None:
            return self._after(cluster, result)
        cancelled = ClusterResult(
            outcome=Outcome.FAILED,
            code=CANCELLED,
            detail="Cancelled while its rollouts were watched. What was changed stays.",
        )
        return self._after(cluster, cancelled)

    def after_undoing(
        self, cluster: OperationClusterRecord, result: ClusterResult, *, brings: bool = False
    ) -> ClusterUpdate:
        """Why it was undone stays the reason; where undoing failed, its own reason comes first.

        `brings`: the operation has brought keys, which are not taken away.
        """
        if result.outcome is not Outcome.ROLLED_BACK:
            why = f"{result.detail or ''} Before that: {cluster.detail}" if cluster.detail else result.detail
            return ended(cluster, replace(result, outcome=result.outcome or Outcome.FAILED, detail=why))
        # The outcome says that the previous images are restored; a code says that they are not healthy either.
        details = [cluster.detail, result.detail if result.code or not cluster.detail else None]
        details += [_KEYS_STAY] if brings else []
        return ended(
            cluster,
            ClusterResult(
                outcome=Outcome.ROLLED_BACK,
                code=cluster.code or result.code,
                detail=" ".join(each for each in details if each) or None,
                resource=cluster.resource or result.resource,
            ),
        )

    def to_recall(self) -> tuple[ClusterUpdate, ...]:
        """After a cancellation that kept a cluster from succeeding: undo the clusters that had succeeded, too.

        Only where the policy is to undo. Otherwise these clusters would stay ahead of the others.
        """
        if self._on_failure is OnFailure.STAY or all(each.outcome and each.outcome.good for each in self.clusters):
            return ()
        return tuple(
            _undoing(each, ClusterResult(outcome=None, code=CANCELLED, detail="The operation was cancelled."))
            for each in self.clusters
            if each.outcome is Outcome.SUCCEEDED and each.undo is not None
        )

    def _after(self, cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
        """The end; or undoing, where it failed, the policy is to undo, and what undoing needs is stored."""
        assert result.outcome is not None
        changed = self._clusters[cluster.position].undo is not None
        if result.outcome is Outcome.UNREACHABLE and self.runs is not None and self.runs.failure is not None:
            return ended(cluster, result)  # what its silence means is the policy's, once the wave has ended
        if not result.outcome.good and self._on_failure is OnFailure.ROLL_BACK and changed:
            if result.undo_helps:
                return _undoing(cluster, result)
            result = replace(result, detail=" ".join(each for each in (result.detail, _NOT_UNDONE) if each))
        return ended(cluster, result)


def _failed(cluster: OperationClusterRecord) -> bool:
    return cluster.outcome is not None and not cluster.outcome.good


def _reason(cluster: OperationClusterRecord) -> ClusterResult:
    """Why it failed, as its record has it."""
    return ClusterResult(outcome=None, code=cluster.code, detail=cluster.detail, resource=cluster.resource)


def ended(cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
    """The end of a cluster with this result, which has an outcome."""
    return ClusterUpdate(
        position=cluster.position,
        phase=ClusterPhase.ENDED,
        outcome=result.outcome,
        code=result.code,
        detail=result.detail,
        resource=result.resource,
        expected=result.expected or None,
    )


def bringing(cluster: OperationClusterRecord) -> ClusterUpdate:
    """The cluster waits on, while its keys are being written."""
    detail = "Its keys are being written. Its images come when the hooks before them have passed."
    return ClusterUpdate(position=cluster.position, phase=ClusterPhase.WAITING, code=BRINGING, detail=detail)


def brought(cluster: OperationClusterRecord) -> ClusterUpdate:
    """The cluster waits on, and has its keys."""
    detail = "Its keys are written. Its images come when the hooks before them have passed."
    return ClusterUpdate(position=cluster.position, phase=ClusterPhase.WAITING, code=BROUGHT, detail=detail)


def skipped(cluster: OperationClusterRecord, *, code: str, why: str | None = None) -> ClusterUpdate:
    """The end of a cluster that waits and got no image; `code` is one of this module, or of what else says `why`.

    Keys that were brought to it before are told.
    """
    detail = (why or _WHY_SKIPPED[code]) + _KEYS_LEFT.get(cluster.code or "", "")
    return ended(cluster, ClusterResult(outcome=Outcome.SKIPPED, code=code, detail=detail))


def ended_event(update: ClusterUpdate) -> dict[str, Any]:
    """The data of `cluster.ended`."""
    assert update.outcome is not None
    return {"outcome": update.outcome.value, **reason_of(update)}


def reason_of(update: ClusterUpdate) -> dict[str, Any]:
    """Why, as the data of an event stores it. The resource is text there, which the former release reads."""
    resource = None if update.resource is None else str(update.resource)
    return {"code": update.code, "detail": update.detail, "resource": resource}


def _undoing(cluster: OperationClusterRecord, result: ClusterResult) -> ClusterUpdate:
    return ClusterUpdate(
        position=cluster.position,
        phase=ClusterPhase.UNDOING,
        code=result.code,
        detail=result.detail,
        resource=result.resource,
    )
