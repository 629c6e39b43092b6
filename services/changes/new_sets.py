"""A new promotion set as a value, made of the plans of its members."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.grants import Actor, Caller
from services.changes.break_glass import breaking_glass
from services.changes.errors import PlanOutdatedError, SetBlockedError
from services.changes.image_operations import PlannedImages, new_image_operation
from services.changes.new_operations import IdempotencyKey, LastVote, NewOperation
from services.changes.strategy import ChosenStrategy
from services.planning.sets.plan import SetMemberPlan, SetPlan


@dataclass(frozen=True, kw_only=True)
class PlannedMember:
    """A member's plan as a value that may become an operation, its strategy, and its place in the order."""

    planned: PlannedImages
    chosen: ChosenStrategy
    stage: int

    @property
    def shown(self) -> SetMemberPlan:
        """The member as the set's plan has it."""
        name = self.planned.target.application.name
        return SetMemberPlan(application=name, stage=self.stage, plan=self.planned.plan)


@dataclass(frozen=True, kw_only=True)
class NewSet:
    """A promotion set to be started: its plan, and its members as operations with their places in the order.

    `group` is the group that was named, `takes_back` the set that a rollback takes back. `last_vote` is the approval
    that starts it, where it was proposed.
    """

    plan: SetPlan
    members: tuple[tuple[NewOperation, int], ...]
    caller: Caller
    group: str | None = None
    takes_back: str | None = None
    idempotency: IdempotencyKey | None = None
    last_vote: LastVote | None = None


def require_startable(plan: SetPlan, digest: str | None) -> None:
    """Raises `PlanOutdatedError` where `digest` names another plan, `SetBlockedError` where a problem blocks it."""
    if digest is not None and digest != plan.digest:
        raise PlanOutdatedError(
            "The source or the target has changed since the preview. Review the new plan.", plan=plan
        )
    if plan.blocked:
        raise SetBlockedError(plan.why_blocked, plan=plan)


def members_of(
    planned: Sequence[PlannedMember], actor: Actor, *, break_glass: str | None = None
) -> tuple[tuple[NewOperation, int], ...]:
    """The members as operations. None of their clusters begins as they are queued: the set decides when they do."""
    return tuple(
        (replace(new, clusters=tuple(replace(one, undo=None) for one in new.clusters)), each.stage)
        for each in planned
        for new in [
            breaking_glass(
                new_image_operation(each.planned, chosen=each.chosen, actor=actor, idempotency=None), actor, break_glass
            )
        ]
    )
