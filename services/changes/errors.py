"""Why a plan is not executed: errors that carry the plan, or what of it is the reason, and say whose plan it is."""

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from domain.problems import Problem
from services.errors import Category, NotFoundError, StagecoachError
from services.planning.copying.plan import CopyPlan
from services.planning.drift.accepting import AcceptancePlan
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.promotion_source import Skew
from services.planning.levels.plan import LevelPlan
from services.planning.sets.plan import SetPlan

Found = TypeVar("Found")


class PlanOutdatedError(StagecoachError):
    """Source or target changed since the caller's preview, so the plan differs; `plan` is the plan as it is now."""

    code = "plan-outdated"
    title = "The plan is outdated"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, plan: CopyPlan | PromotionPlan | AcceptancePlan | SetPlan | LevelPlan) -> None:
        super().__init__(detail)
        self.plan = plan

    def members(self) -> Mapping[str, object]:
        return {"plan": self.plan}


class PlanBlockedError(StagecoachError):
    """Problems of the plan prevent its execution; `problems` are all of them over all clusters, warnings included."""

    code = "plan-blocked"
    title = "The plan has problems"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, problems: tuple[Problem, ...]) -> None:
        super().__init__(detail)
        self.problems = problems

    def members(self) -> Mapping[str, object]:
        return {"problems": self.problems}


class SetBlockedError(StagecoachError):
    """Problems of one member or more prevent the execution of a promotion set; `plan` has them, by application."""

    code = "plan-blocked"
    title = "The plan has problems"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, plan: SetPlan) -> None:
        super().__init__(detail)
        self.plan = plan

    def members(self) -> Mapping[str, object]:
        return {"plan": self.plan}


class LevelBlockedError(StagecoachError):
    """Problems of one application or more keep a cluster from being brought level; `plan` has them, by application."""

    code = "plan-blocked"
    title = "The plan has problems"
    category = Category.CONFLICT

    def __init__(self, plan: LevelPlan) -> None:
        first, *others = plan.hindered
        more = f" (and {len(others)} more applications)" if others else ""
        super().__init__(
            f"Nothing was started, because '{first.application}' cannot be brought level on '{plan.cluster}': "
            f"{first.why_not}{more} Settle that, or name the applications to begin with."
        )
        self.plan = plan

    def members(self) -> Mapping[str, object]:
        return {"plan": self.plan}


class SkewError(StagecoachError):
    """The source's clusters run different images (`skew`): the caller has to name the source cluster."""

    code = "source-skew"
    title = "The source clusters run different images"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, skew: tuple[Skew, ...]) -> None:
        super().__init__(detail)
        self.skew = skew

    def members(self) -> Mapping[str, object]:
        return {"skew": self.skew}


def problem_of(error: StagecoachError) -> tuple[str, str]:
    """Code and text of what prevents an operation; of a plan's problems, the first that blocks."""
    blocking = [each for each in error.problems if each.blocks] if isinstance(error, PlanBlockedError) else []
    if not blocking:
        return error.code, error.detail
    where = f"{blocking[0].cluster}: " if blocking[0].cluster else ""
    return blocking[0].code, f"{where}{blocking[0].detail}"


async def about(application: str, call: Coroutine[Any, Any, Found]) -> Found:
    """The result of a call for one application of a set; its error says for which one, unless it does already."""
    try:
        return await call
    except NotFoundError:
        raise
    except StagecoachError as error:
        if f"'{application}'" not in error.detail:
            error.detail = f"'{application}': {error.detail}"
        raise
