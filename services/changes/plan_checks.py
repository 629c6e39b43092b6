"""What has to hold before a plan is executed: it is the one that was previewed, and no problem of it blocks."""

from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.planning.copying.plan import CopyPlan
from services.planning.drift.accepting import AcceptancePlan
from services.planning.images.promotion_plan import PromotionPlan

Plan = CopyPlan | PromotionPlan | AcceptancePlan


def require_as_previewed(plan: Plan, digest: str | None) -> None:
    """Raises `PlanOutdatedError`, with the new plan, where `digest` names another one. None: no plan was previewed."""
    if digest is not None and digest != plan.digest:
        raise PlanOutdatedError(
            "The source or the target has changed since the preview. Review the new plan.", plan=plan
        )


def require_unblocked(plan: Plan) -> None:
    """Raises `PlanBlockedError`, with all problems, where one of them blocks."""
    blocking = [problem for problem in plan.all_problems if problem.blocks]
    if blocking:
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        raise PlanBlockedError(f"The plan cannot be executed: {blocking[0].detail}{more}", problems=plan.all_problems)
