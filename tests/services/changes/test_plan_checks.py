"""What has to hold before a plan is executed."""

import pytest

from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.changes.plan_checks import require_as_previewed, require_unblocked
from tests.support.image_plans import DOWN, PRODUCTION, STAGING, cluster, promote


def test_the_plan_that_was_previewed_may_be_executed():
    plan = promote(STAGING, PRODUCTION)
    require_as_previewed(plan, plan.digest)


def test_a_plan_may_be_executed_without_a_preview():
    require_as_previewed(promote(STAGING, PRODUCTION), None)


def test_another_plan_than_the_previewed_one_is_refused_with_the_plan_as_it_is_now():
    previewed, now = promote(STAGING, PRODUCTION), promote(STAGING, [PRODUCTION, cluster("prod-us")])
    with pytest.raises(PlanOutdatedError) as refused:
        require_as_previewed(now, previewed.digest)
    assert refused.value.members() == {"plan": now}


def test_warnings_do_not_prevent_the_execution():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    assert [(each.code, each.blocks) for each in plan.all_problems] == [("cluster-unreachable", False)]
    require_unblocked(plan)


def test_a_plan_that_is_blocked_is_refused_with_the_first_reason_and_all_problems():
    plan = promote(cluster("staging-1", failure=DOWN), [PRODUCTION, cluster("prod-us", failure=DOWN)])
    blocking = [each for each in plan.all_problems if each.blocks]
    with pytest.raises(PlanBlockedError) as refused:
        require_unblocked(plan)
    assert refused.value.detail.startswith(f"The plan cannot be executed: {blocking[0].detail}")
    assert refused.value.problems == plan.all_problems
