"""Which containers change, which run the image already, and what prevents a change."""

from dataclasses import replace

import pytest

from domain.images import ContainerRef, Image
from domain.problems import Severity
from domain.words import Action
from services.planning.images.changes import digests_matter, runs_already
from services.planning.objects.owners import Owner
from tests.support.image_plans import (
    ONE,
    PRODUCTION,
    STAGING,
    THREE,
    TWO,
    cluster,
    codes,
    images_after,
    promote,
    ref,
    resource,
    workload,
)


def test_a_target_that_runs_the_digest_without_naming_it_is_left_alone():
    assert promote(STAGING, cluster("prod-eu", *STAGING.workloads)).nothing_to_do


def test_a_tag_that_moved_since_the_target_started_is_promoted():
    stale = cluster("prod-eu", workload("web", {"web": ("shop/web:2", ONE)}))
    assert images_after(promote(STAGING, stale)) == [("web", f"shop/web:2@{TWO}", Action.UPDATE)]


def test_a_tag_that_moved_is_reported_only_where_tags_are_pinned():
    stale = cluster("prod-eu", workload("web", {"web": ("shop/web:2", ONE), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, stale, pin=False)
    assert plan.nothing_to_do
    assert codes(plan) == ["tag-moved"]


def test_what_nothing_replaces_gets_its_image_with_a_warning():
    keeps = "a ReplicationController never replaces its pods"
    (web,) = PRODUCTION.workloads
    plan = promote(STAGING, replace(PRODUCTION, workloads=(replace(web, keeps_pods=keeps),)))
    (problem,) = plan.all_problems
    assert (problem.code, problem.severity) == ("pods-not-replaced", Severity.WARNS)
    assert keeps in problem.detail


@pytest.mark.parametrize(
    ("before", "after", "pin", "expected"),
    [
        (("web:1", None), ("web:1", None), True, True),
        (("web:1", None), (f"web:1@{ONE}", None), True, False),
        (("web:1", ONE), (f"web:1@{ONE}", None), True, True),
        (("web:1", TWO), (f"web:1@{ONE}", None), True, False),
        (("web:0", ONE), (f"web:1@{ONE}", None), True, False),
        ((f"web:1@{ONE}", None), ("web:1", None), True, True),
        ((f"web:1@{ONE}", None), ("web:1", ONE), False, True),
        ((f"web:1@{ONE}", None), ("web:1", TWO), False, False),
        (("web:1", TWO), ("web:1", ONE), False, True),
        (("docker.io/library/web:1", None), ("web:1", None), False, True),
        (("web", None), ("web:latest", None), False, True),
    ],
)
def test_what_counts_as_there_already(before, after, pin, expected):
    assert runs_already(Image.of(before[0], digest=before[1]), Image.of(after[0], digest=after[1]), pin=pin) is expected


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "CronJob", "Deployment"])
def test_every_kind_of_workload_is_promoted(kind):
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO), "init-c": ("i:2", TWO)}, kind=kind))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE), "init-c": ("i:1", ONE)}, kind=kind))
    assert [action for _, _, action in images_after(promote(source, target))] == [Action.UPDATE, Action.UPDATE]


def test_a_job_is_left_as_it_is_with_a_warning():
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO)}, kind="Job"))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE)}, kind="Job"))
    plan = promote(source, target)
    assert images_after(plan) == [("c", f"c:2@{TWO}", Action.BLOCKED)]
    assert codes(plan) == ["job-immutable"]
    assert not plan.blocked
    assert plan.clusters[0].images[0].image.reference == "c:1"


def test_a_job_that_was_requested_by_name_blocks():
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO)}, kind="Job"))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE)}, kind="Job"))
    asked = [ContainerRef(workload=resource("x", "Job"), container="c")]
    assert promote(source, target, selected=asked).blocked


def test_a_paused_target_blocks_where_it_would_change():
    paused = cluster("prod-eu", replace(PRODUCTION.workloads[0], paused=True))
    assert [(p.code, p.severity) for p in promote(STAGING, paused).all_problems] == [
        ("rollout-paused", Severity.BLOCKS)
    ]
    assert not promote(STAGING, paused, selected=[ref("web", "proxy")]).blocked


@pytest.mark.parametrize(
    ("controller", "code", "blocked"), [(False, "owned", False), (True, "owned-by-controller", True)]
)
def test_a_target_that_another_tool_owns_is_reported(controller, code, blocked):
    owner = Owner(tool="kapp", mark="label x", consequence="it is undone", controller=controller)
    plan = promote(STAGING, cluster("prod-eu", replace(PRODUCTION.workloads[0], owner=owner)))
    assert codes(plan) == [code]
    assert plan.blocked is blocked


def test_a_problem_of_a_workload_is_reported_once_for_all_its_containers():
    owner = Owner(tool="kapp", mark="label x", consequence="it is undone")
    both = workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:0", THREE)}, owner=owner)
    assert codes(promote(STAGING, cluster("prod-eu", both))) == ["owned"]


@pytest.mark.parametrize(
    ("target", "selected", "expected"),
    [
        ({"web": "shop/web:1"}, None, False),
        ({"web": f"shop/web:2@{TWO}"}, None, False),
        ({"web": "shop/web:2"}, None, True),
        ({"web": "shop/web:1", "own": "own:1"}, None, True),
        ({"web": "shop/web:1", "own": f"own:1@{ONE}"}, None, False),
        ({"web": "shop/web:1"}, frozenset(), True),
    ],
    ids=[
        "another tag",
        "says its digest",
        "the same tag",
        "one that stays",
        "one that stays and says",
        "not asked for",
    ],
)
def test_digests_matter_for_what_stays(target, selected, expected):
    desired = [image for image in STAGING.images if image.container == "web"]
    facts = cluster("prod-eu", workload("web", target))
    assert digests_matter(desired, facts, selected=selected) is expected
