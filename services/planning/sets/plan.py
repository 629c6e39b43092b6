"""The plan of a promotion set: the plans of its members side by side, under one digest. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.words import OperationKind, SetOrder
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.plan import digest_of


@dataclass(frozen=True, kw_only=True)
class SetMemberPlan:
    """The plan of one application, and its place in the order, from 0."""

    application: str
    stage: int
    plan: PromotionPlan

    @property
    def blocked(self) -> bool:
        """Whether it keeps the whole set from starting. A source that runs different images needs a source cluster."""
        return self.plan.blocked or bool(self.plan.skew)


@dataclass(frozen=True, kw_only=True)
class SetPlan:
    """The whole plan. Its members stand in the order in which they are changed.

    `source_environment` is None for a rollback.
    """

    kind: OperationKind
    source_environment: str | None
    target_environment: str
    order: SetOrder
    members: tuple[SetMemberPlan, ...]

    @property
    def blocked(self) -> bool:
        return any(each.blocked for each in self.members)

    @property
    def nothing_to_do(self) -> bool:
        return all(each.plan.nothing_to_do and not each.blocked for each in self.members)

    @cached_property
    def digest(self) -> str:
        """Of the members' digests and the order in which they are changed."""
        return digest_of(
            {
                "kind": self.kind.value,
                "order": self.order.value,
                "members": [[each.application, each.stage, each.plan.digest] for each in self.members],
            }
        )

    @property
    def why_blocked(self) -> str:
        """The first problem that blocks, with the application that has it, and how many applications have one."""
        blocked = [each for each in self.members if each.blocked]
        first = blocked[0]
        more = f" (and {len(blocked) - 1} more applications)" if len(blocked) > 1 else ""
        return f"'{first.application}' cannot be changed: {_first_problem(first.plan)}{more}"


def stages_of(applications: Sequence[str], order: SetOrder) -> Mapping[str, int]:
    """The place of each application in the order: all of them at once, or one after the other as they are listed."""
    one_by_one = order is SetOrder.ONE_BY_ONE
    return {each: position if one_by_one else 0 for position, each in enumerate(applications)}


def _first_problem(plan: PromotionPlan) -> str:
    blocking = next((each.detail for each in plan.all_problems if each.blocks), None)
    if blocking is not None:
        return blocking
    return f"The clusters of '{plan.source_environment}' run different images. Name the cluster to promote from."
