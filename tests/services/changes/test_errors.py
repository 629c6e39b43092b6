"""The errors that refuse a plan: each is a conflict with a code of its own and carries what is the reason."""

from services.changes.errors import PlanBlockedError, PlanOutdatedError, SkewError
from services.errors import Category
from tests.support.image_plans import DOWN, PRODUCTION, SKEWED, STAGING, cluster, promote

PLAN = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
SKEW = promote(SKEWED, PRODUCTION).skew
REFUSALS = (
    PlanOutdatedError("It changed.", plan=PLAN),
    PlanBlockedError("It is blocked.", problems=PLAN.all_problems),
    SkewError("They differ.", skew=SKEW),
)


def test_a_caller_tells_them_apart_by_their_codes():
    assert [each.code for each in REFUSALS] == ["plan-outdated", "plan-blocked", "source-skew"]
    assert {each.category for each in REFUSALS} == {Category.CONFLICT}


def test_each_carries_what_the_caller_has_to_look_at():
    assert [dict(each.members()) for each in REFUSALS] == [
        {"plan": PLAN},
        {"problems": PLAN.all_problems},
        {"skew": SKEW},
    ]
    assert PLAN.all_problems
    assert SKEW
