"""Which findings of a promotion have a remedy that one more request makes, and what it adds to the request."""

from dataclasses import replace

import pytest

from domain.problems import Problem, Remedy, Severity
from services.planning.preflight.remedies import with_remedies
from tests.support.image_plans import PRODUCTION, SKEWED, STAGING, promote, resource

WEB = {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}


def _found(code: str, **members) -> Problem:
    return Problem(
        **{"code": code, "severity": Severity.BLOCKS, "detail": "So it is.", "resource": resource("web"), **members}
    )


def _remedy(problem: Problem) -> Remedy | None:
    plan = promote(STAGING, PRODUCTION)
    [one] = plan.clusters
    [found] = with_remedies(replace(plan, clusters=(replace(one, problems=(problem,)),))).all_problems
    return found.remedy


def test_a_workload_that_is_paused_can_be_left_out():
    assert _remedy(_found("rollout-paused")) == Remedy(
        code="leave-out",
        title="Leave out Deployment web",
        request={"leave_out": [{"workload": WEB, "container": None}]},
    )


def test_of_an_older_image_its_container_alone_is_left_out():
    remedy = _remedy(_found("downgrade", severity=Severity.WARNS, field="proxy"))
    assert remedy is not None
    assert remedy.title == "Leave out Deployment web, container proxy"
    assert remedy.request == {"leave_out": [{"workload": WEB, "container": "proxy"}]}


def test_where_source_clusters_differ_the_first_of_them_can_be_chosen():
    [skew] = with_remedies(promote(SKEWED, PRODUCTION)).problems
    assert skew.remedy is not None
    assert (skew.remedy.title, skew.remedy.request) == (
        "Take the images of staging-1",
        {"source_cluster": "staging-1"},
    )


def test_a_remedy_that_a_finding_brings_stays():
    own = Remedy(code="bring-keys", title="Bring 1 key", request={"bring": []})
    assert _remedy(_found("rollout-paused", remedy=own)) is own


@pytest.mark.parametrize(
    "problem",
    [
        _found("hook-rights"),
        _found("job-immutable", severity=Severity.WARNS),
        _found("owners-disagree", resource=None),
        _found("no-node-fits", severity=Severity.TELLS),
    ],
    ids=["that no request mends", "left out already", "of several workloads", "that asks for nothing"],
)
def test_a_finding_has_no_remedy(problem: Problem):
    assert _remedy(problem) is None


def test_a_plan_that_is_no_promotion_has_no_remedies_of_this_kind():
    plan = replace(promote(SKEWED, PRODUCTION), source_environment=None)
    assert with_remedies(plan) is plan
