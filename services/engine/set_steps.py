"""The steps of a promotion set: each takes its members through one step of theirs, at once, and judges them together.

As with the steps of one operation, a step may run twice: what it decides is read from the rows of the members, and
written there.
"""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from db.operation_clusters import ClusterUpdate
from db.records.operations import OperationClusterRecord, OperationRecord
from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database
from domain.words import ClusterPhase, FailurePolicy, PauseDecision
from services.concurrency import gather_settled
from services.engine.phases import OTHERS_FAILED, StepState, skipped
from services.engine.set_conclusion import end_set
from services.engine.steps import Steps
from services.errors import NotFoundError
from services.planning.sets.lanes import Lane, SetVerdict, blocked, cause_of, judge_lanes, left_out, unsettled

_STOPPED = "The set ended before its turn came."


class SetSteps:
    """What the workflow of a set calls. `stage` is a place in the order, from 0."""

    def __init__(self, database: Database, steps: Steps) -> None:
        self._database = database
        self._steps = steps

    async def outline(self, set_id: str) -> dict[str, int]:
        """Begin the set: how many rings it has, and how many stages each ring."""
        async with self._database.begin() as tx:
            await tx.promotion_sets.begin(set_id)
        members = (await self._read(set_id)).members
        return {
            "waves": max((each.waves for each in members), default=0),
            "stages": 1 + max((each.set_stage or 0 for each in members), default=0),
        }

    async def admit(self, set_id: str, wave: int) -> dict[str, bool]:
        """Let the ring pass gates and pre-flight in every member, before any of it is changed."""
        await self._each((await self._read(set_id)).active, wave, self._steps.admit)
        found = await self._read(set_id)
        lanes = _lanes(found)
        await self._leave_out(found, blocked(_rings(found)[0], lanes, wave=wave))
        return await self._settle(set_id, wave, _last_stage(found), begun=False)

    async def apply(self, set_id: str, wave: int, stage: int) -> dict[str, bool]:
        """Change the applications of a stage on the clusters of the ring."""
        found = await self._read(set_id)
        await self._leave_out(found, left_out(_lanes(found), wave=wave, stage=stage))
        await self._each(_of_stage(found, stage), wave, self._steps.apply_admitted)
        return await self._settle(set_id, wave, stage)

    async def watch(self, set_id: str, wave: int, stage: int) -> dict[str, bool]:
        """Watch the rollouts of a stage until each is healthy or has failed."""
        await self._each(_of_stage(await self._read(set_id), stage), wave, partial(self._steps.watch, of_set=True))
        return await self._settle(set_id, wave, stage)

    async def prove(self, set_id: str, wave: int) -> dict[str, bool]:
        """The soak and the checks of the ring, of all applications."""
        found = await self._read(set_id)
        await self._each(found.active, wave, partial(self._steps.prove, of_set=True))
        return await self._settle(set_id, wave, _last_stage(found))

    async def undo(self, set_id: str, wave: int, stage: int) -> dict[str, bool]:
        """Restore the previous images on every lane that is undoing, in whichever ring and application."""
        await self._each((await self._read(set_id)).active, wave, partial(self._steps.undo, of_set=True))
        return self._state(await self._read(set_id), wave, stage)

    async def conclude(self, set_id: str) -> None:
        """End the members, each with its release where it has succeeded, and then the set."""
        found = await self._read(set_id)
        if not any(each.cancel_requested_at for each in found.active):
            await self._leave_out(found, [each for each in _lanes(found) if each.waiting and not each.ended])
        for member in found.active:
            await self._steps.conclude(member.id)
        await end_set(self._database, set_id)

    async def _each(
        self,
        members: Iterable[OperationRecord],
        wave: int,
        step: Callable[[str, int], Coroutine[Any, Any, object]],
    ) -> None:
        await gather_settled([step(each.id, wave) for each in members])

    async def _settle(self, set_id: str, wave: int, stage: int, *, begun: bool = True) -> dict[str, bool]:
        """Let lanes go back because of others. Before a ring has begun there is a verdict only where it is blocked."""
        found = await self._read(set_id)
        lanes = _lanes(found)
        cancelled = _cancelled(found)
        if begun or cancelled or any(each.bad for each in lanes if each.wave == wave):
            verdict = _verdict(found, wave, stage)
            early = unsettled(lanes, wave=wave, stage=stage, cancelled=cancelled)
            if verdict.back and not early and not await self._stays(found):
                known = found
                await self._record(found, verdict.back, lambda lane: _undoing(known, lane, cause_of(lane, lanes)))
                found = await self._read(set_id)
            return self._state(found, wave, stage)
        return StepState(watching=False, undoing=False, go_on=True).to_json()

    @staticmethod
    def _state(found: PromotionSetRecord, wave: int, stage: int) -> dict[str, bool]:
        lanes = _lanes(found)
        verdict = _verdict(found, wave, stage)
        watching = any(each.phase is ClusterPhase.WATCHING and each.wave == wave for each in lanes)
        to_prove = any(each.rings is not None and each.rings.has_to_prove(wave) for each in found.active)
        return StepState(
            watching=watching,
            undoing=any(each.undoing for each in lanes),
            go_on=verdict.go_on,
            proving=not watching and verdict.holds and to_prove and stage == _last_stage(found),
        ).to_json()

    async def _stays(self, found: PromotionSetRecord) -> bool:
        """Whether the set was cancelled while a stop paused it: then nothing is undone."""
        if not _cancelled(found):
            return False
        async with self._database.read() as tx:
            states = [await tx.operation_interruptions.pause_state(each.id) for each in found.active]
        return any(each is not None and each.paused and each.decision is PauseDecision.CANCEL for each in states)

    async def _leave_out(self, found: PromotionSetRecord, lanes: Sequence[Lane]) -> None:
        known = _lanes(found)
        await self._record(found, lanes, lambda lane: _skipped(lane, cause_of(lane, known), found))

    async def _record(
        self, found: PromotionSetRecord, lanes: Sequence[Lane], update: Callable[[Lane], ClusterUpdate]
    ) -> None:
        for member in found.active:
            updates = [update(each) for each in lanes if each.member == member.id]
            if updates:
                await self._steps.record(member.id, updates)

    async def _read(self, set_id: str) -> PromotionSetRecord:
        async with self._database.read() as tx:
            found = await tx.promotion_sets.get(set_id)
        if found is None:
            raise NotFoundError("promotion set", set_id)
        return found


def _lanes(found: PromotionSetRecord) -> tuple[Lane, ...]:
    return tuple(
        Lane(
            member=member.id,
            application=member.application,
            stage=member.set_stage or 0,
            cluster=each.cluster_name,
            position=each.position,
            wave=each.wave,
            phase=each.phase,
            outcome=each.outcome,
            why=None if each.code == OTHERS_FAILED else each.detail or each.code,
            changed=each.undo is not None,
            ended=member.state.ended,
        )
        for member in found.members
        for each in member.clusters
    )


def _rings(found: PromotionSetRecord) -> tuple[FailurePolicy | None, int | None]:
    """The failure policy and the quorum, which all members have alike."""
    runs = next((each.rings for each in found.members if each.rings is not None), None)
    return (runs.failure, runs.quorum) if runs is not None else (None, None)


def _verdict(found: PromotionSetRecord, wave: int, stage: int) -> SetVerdict:
    failure, quorum = _rings(found)
    return judge_lanes(failure, _lanes(found), wave=wave, stage=stage, quorum=quorum, cancelled=_cancelled(found))


def _cancelled(found: PromotionSetRecord) -> bool:
    return any(each.cancel_requested_at is not None for each in found.active)


def _of_stage(found: PromotionSetRecord, stage: int) -> list[OperationRecord]:
    return [each for each in found.active if each.set_stage == stage]


def _last_stage(found: PromotionSetRecord) -> int:
    return max((each.set_stage or 0 for each in found.members), default=0)


def _cluster(found: PromotionSetRecord, lane: Lane) -> OperationClusterRecord:
    member = next(each for each in found.members if each.id == lane.member)
    return next(each for each in member.clusters if each.position == lane.position)


def _undoing(found: PromotionSetRecord, lane: Lane, cause: Lane | None) -> ClusterUpdate:
    """A lane that failed goes back for its own reason, the others because of one that failed."""
    if lane.bad:
        own = _cluster(found, lane)
        return ClusterUpdate(
            position=lane.position,
            phase=ClusterPhase.UNDOING,
            code=own.code,
            detail=own.detail,
            resource=own.resource,
        )
    why = f"because the set failed: {cause.label}" if cause is not None else "because the set was cancelled."
    return ClusterUpdate(
        position=lane.position, phase=ClusterPhase.UNDOING, code=OTHERS_FAILED, detail=f"It went back {why}"
    )


def _skipped(lane: Lane, cause: Lane | None, found: PromotionSetRecord) -> ClusterUpdate:
    why = f"It did not begin, because the set failed: {cause.label}" if cause is not None else _STOPPED
    return skipped(_cluster(found, lane), code=OTHERS_FAILED, why=why)
