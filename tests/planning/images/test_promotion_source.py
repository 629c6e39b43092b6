"""Which images a source gives: with their digests, and only where its clusters agree."""

from dataclasses import replace

import pytest

from domain.images import Image
from domain.words import Action
from services.planning.health.values import HealthState
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import release_source
from tests.support.image_plans import (
    DOWN,
    ONE,
    PRODUCTION,
    SKEWED,
    STAGING,
    THREE,
    TWO,
    cluster,
    codes,
    images_after,
    promote,
    ref,
    released,
    workload,
)


def test_a_source_that_was_itself_promoted_loses_its_digest_where_tags_are_pinned():
    pinned = cluster("staging-1", workload("web", {"web": (f"shop/web:2@{TWO}", TWO)}))
    assert images_after(promote(pinned, PRODUCTION, pin=False))[0] == ("web", "shop/web:2", Action.UPDATE)


def test_the_digest_in_the_source_template_goes_before_what_its_pods_report():
    platform_only = cluster("staging-1", workload("web", {"web": (f"shop/web:2@{TWO}", THREE)}))
    assert images_after(promote(platform_only, PRODUCTION))[0][1] == f"shop/web:2@{TWO}"


def test_source_clusters_that_differ_block_until_one_is_named():
    plan = promote(SKEWED, PRODUCTION)
    assert plan.blocked
    assert [(s.container, [(i.cluster, i.image.digest) for i in s.images]) for s in plan.skew] == [
        ("web", [("staging-1", TWO), ("staging-2", THREE)])
    ]
    named = promote(SKEWED, PRODUCTION, source_cluster="staging-2")
    assert not named.blocked
    assert named.skew == ()
    assert images_after(named)[0][1] == f"shop/web:3@{THREE}"


def test_skew_of_containers_that_are_not_requested_is_no_problem():
    assert not promote(SKEWED, PRODUCTION, selected=[ref("web", "proxy")]).skew


def test_source_clusters_with_one_tag_and_different_digests_are_skewed():
    moved = cluster("staging-2", workload("web", {"web": ("shop/web:2", THREE), "proxy": ("shop/proxy:1", ONE)}))
    assert promote([STAGING, moved], PRODUCTION).skew


def test_a_source_cluster_whose_pods_do_not_run_does_not_disagree_and_another_knows_the_digest():
    silent = cluster("staging-0", workload("web", {"web": "shop/web:2", "proxy": "shop/proxy:1"}))
    plan = promote([silent, STAGING], PRODUCTION)
    assert not plan.skew
    assert images_after(plan)[0][1] == f"shop/web:2@{TWO}"
    assert codes(plan) == []


def test_without_any_digest_the_tag_is_promoted_with_a_warning():
    source = cluster("staging-1", workload("report", {"c": "c:2"}, kind="CronJob"))
    target = cluster("prod-eu", workload("report", {"c": "c:1"}, kind="CronJob"))
    plan = promote(source, target)
    assert images_after(plan) == [("c", "c:2", Action.UPDATE)]
    assert codes(plan) == ["digest-unknown"]
    assert not plan.blocked


def test_nothing_is_said_of_the_digest_of_a_container_that_does_not_change():
    source = cluster("staging-1", workload("report", {"c": "c:2", "d": "d:2"}, kind="CronJob"))
    there = cluster("prod-eu", workload("report", {"c": "c:2", "d": "d:1"}, kind="CronJob"))
    assert [problem.field for problem in promote(source, there).all_problems] == ["d"]


def test_while_a_target_cluster_is_unread_every_unknown_digest_is_said():
    source = cluster("staging-1", workload("report", {"c": "c:2"}, kind="CronJob"))
    there = cluster("prod-eu", workload("report", {"c": "c:2"}, kind="CronJob"))
    plan = promote(source, [there, cluster("prod-us", failure=DOWN)])
    assert "digest-unknown" in codes(plan)


def test_pods_that_run_two_images_under_one_tag_block():
    both = cluster("staging-1", workload("web", {"web": ("shop/web:2", ONE, TWO)}))
    plan = promote(both, PRODUCTION)
    assert codes(plan) == ["digest-ambiguous"]
    assert plan.blocked
    assert not promote(both, PRODUCTION, pin=False).blocked


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (HealthState.PENDING, "source-rolling-out"),
        (HealthState.PROGRESSING, "source-rolling-out"),
        (HealthState.FAILED, "source-failing"),
    ],
)
def test_what_is_not_healthy_at_the_source_blocks_unless_it_is_named(state, code):
    source = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=state))
    plan = promote(source, PRODUCTION)
    assert codes(plan) == [code]
    assert plan.blocked
    named = promote(source, PRODUCTION, selected=[ref("web", "web")])
    assert codes(named) == [code]
    assert not named.blocked


def test_the_health_of_a_source_whose_images_run_already_is_not_said():
    source = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=HealthState.FAILED))
    there = cluster("prod-eu", workload("web", {"web": ("shop/web:2", TWO)}))
    assert codes(promote(source, there)) == []
    assert promote(source, [there, cluster("prod-us", failure=DOWN)]).blocked


def test_an_unreachable_source_cluster_blocks_only_where_no_other_can_be_read():
    down = cluster("staging-2", failure=DOWN)
    assert not promote([STAGING, down], PRODUCTION).blocked
    assert promote([down], PRODUCTION).blocked
    assert promote([STAGING, down], PRODUCTION, source_cluster="staging-2").blocked


def test_a_rollback_plans_the_images_of_a_release_with_their_digests():
    source = release_source(3, released(web=f"shop/web:0@{THREE}", proxy="shop/proxy:1"))
    plan = build_promotion_plan(source, "Production", [PRODUCTION], pin=True, selected=None)
    assert images_after(plan)[0] == ("web", f"shop/web:0@{THREE}", Action.UPDATE)
    assert (plan.source_release, plan.source_environment) == (3, None)


def test_a_rollback_gives_each_cluster_its_own_former_images():
    web = released(web="shop/web:7")[0]
    release = [replace(web, cluster="prod-eu"), replace(web, cluster="prod-us", image=Image.of("shop/web:8"))]
    targets = [PRODUCTION, replace(PRODUCTION, cluster="prod-us"), replace(PRODUCTION, cluster="prod-new")]
    plan = build_promotion_plan(release_source(1, release), "Production", targets, pin=True, selected=None)
    assert [one.changes[0].after.reference for one in plan.clusters] == ["shop/web:7", "shop/web:8", "shop/web:7"]
