"""Promotions planned from facts: what each target cluster gets, what has no counterpart, and what the digest covers."""

import json
from dataclasses import replace

import pytest

from domain.problems import Severity
from domain.stored.plans import StoredImagePlan
from domain.words import Action
from services.planning.health.values import Health, HealthState
from services.planning.images.promotion_plan import stored_plan
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
    resource,
    workload,
)


def test_what_ran_is_promoted_with_its_digest_and_nothing_else_changes():
    plan = promote(STAGING, PRODUCTION)
    assert images_after(plan) == [
        ("web", f"shop/web:2@{TWO}", Action.UPDATE),
        ("proxy", "shop/proxy:1", Action.UNCHANGED),
    ]
    assert codes(plan) == []
    assert not plan.nothing_to_do


def test_where_tags_are_pinned_the_tag_alone_is_written():
    assert images_after(promote(STAGING, PRODUCTION, pin=False))[0] == ("web", "shop/web:2", Action.UPDATE)


def test_promoting_again_has_nothing_to_do():
    promoted = cluster("prod-eu", workload("web", {"web": (f"shop/web:2@{TWO}", TWO), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, promoted)
    assert plan.nothing_to_do
    assert not plan.blocked


def test_only_requested_containers_are_promoted():
    target = cluster("prod-eu", workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:0", THREE)}))
    plan = promote(STAGING, target, selected=[ref("web", "proxy")])
    assert images_after(plan) == [("proxy", f"shop/proxy:1@{ONE}", Action.UPDATE)]


def test_containers_that_only_one_side_has_are_named_on_both_sides():
    target = cluster("prod-eu", workload("web", {"app": ("shop/web:1", ONE), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, target)
    assert [(one.side, one.container, one.suggestion) for one in plan.unmatched] == [
        ("source", "web", "Deployment web, container app"),
        ("target", "app", "Deployment web, container web"),
    ]
    assert codes(plan) == ["container-unmatched"]
    assert not plan.blocked


def test_an_unmatched_container_names_the_clusters_that_lack_it():
    bare = workload("web", {"proxy": ("shop/proxy:1", ONE)})
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", bare), cluster("prod-ap", bare)])
    assert [(one.container, one.clusters) for one in plan.unmatched] == [("web", ("prod-us", "prod-ap"))]


def test_a_requested_container_that_no_target_has_blocks():
    target = cluster("prod-eu", workload("web", {"proxy": ("shop/proxy:1", ONE)}))
    assert promote(STAGING, target, selected=[ref("web", "web")]).blocked


def test_a_requested_container_that_one_target_lacks_does_not_block():
    lacking = cluster("prod-us", workload("web", {"proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, [PRODUCTION, lacking], selected=[ref("web", "web")])
    assert codes(plan) == ["container-unmatched"]
    assert not plan.blocked


def test_a_requested_container_that_the_source_lacks_blocks():
    plan = promote(STAGING, PRODUCTION, selected=[ref("web", "nope")])
    assert "container-not-in-source" in codes(plan)
    assert plan.blocked


def test_nothing_that_matches_blocks():
    plan = promote(STAGING, cluster("prod-eu", workload("other", {"web": ("shop/web:1", ONE)})))
    assert "nothing-matches" in codes(plan)
    assert plan.blocked
    assert not plan.nothing_to_do


@pytest.mark.parametrize("selected", [None, [ref("web", "web")]])
def test_nothing_is_reported_missing_from_a_source_that_cannot_be_read(selected):
    plan = promote(cluster("staging-1", failure=DOWN), PRODUCTION, selected=selected)
    assert plan.blocked
    assert (codes(plan), plan.unmatched) == (["cluster-unreachable"], ())


def test_a_workload_that_a_target_lacks_is_reported():
    plan = promote(STAGING, replace(PRODUCTION, missing=(resource("api"),)))
    assert [(p.code, p.resource) for p in plan.all_problems] == [("workload-missing", resource("api"))]


def test_an_unreachable_target_is_a_problem_and_the_others_are_planned():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    assert [(p.code, p.cluster, p.severity) for p in plan.all_problems] == [
        ("cluster-unreachable", "prod-us", Severity.WARNS)
    ]
    assert images_after(plan)[0][2] is Action.UPDATE
    assert not plan.clusters[1].read
    assert [image.container for image in plan.clusters[1].desired] == ["web", "proxy"]


def test_the_release_has_for_an_unreachable_target_what_is_written_on_the_others():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    assert plan.clusters[1].images[0] == plan.clusters[0].images[0]


def test_with_an_unreachable_target_the_plan_is_not_empty():
    promoted = cluster("prod-eu", *STAGING.workloads)
    assert not promote(STAGING, [promoted, cluster("prod-us", failure=DOWN)]).nothing_to_do


def test_the_digest_is_of_what_is_written():
    plan = promote(STAGING, PRODUCTION)
    assert plan.digest == promote(STAGING, PRODUCTION).digest
    troubled = cluster("staging-1", replace(STAGING.workloads[0], health=Health(state=HealthState.FAILED, message="")))
    assert promote(troubled, PRODUCTION).digest == plan.digest


@pytest.mark.parametrize(
    ("sources", "targets", "pin"),
    [
        (SKEWED[1], PRODUCTION, True),
        (STAGING, PRODUCTION, False),
        (STAGING, cluster("prod-eu", workload("web", {"web": ("shop/web:0", ONE)})), True),
        (STAGING, replace(PRODUCTION, cluster="prod-us"), True),
        (STAGING, cluster("prod-eu", failure=DOWN), True),
    ],
    ids=["another source image", "another pin", "another former image", "another cluster", "the target is down"],
)
def test_the_digest_changes_when_the_plan_would_differ(sources, targets, pin):
    assert promote(sources, targets, pin=pin).digest != promote(STAGING, PRODUCTION).digest


def test_a_release_holds_every_container_of_the_target_as_it_is_afterwards():
    own = workload("own", {"own": ("own:1", ONE)})
    plan = promote(STAGING, cluster("prod-eu", *PRODUCTION.workloads, own))
    assert [(i.container, i.image.reference, i.image.digest) for i in plan.clusters[0].images] == [
        ("web", f"shop/web:2@{TWO}", TWO),
        ("proxy", "shop/proxy:1", ONE),
        ("own", "own:1", ONE),
    ]


def test_a_plan_fits_into_a_row_and_its_changes_come_back():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    stored = stored_plan(plan, namespace="shop")
    kept = StoredImagePlan.from_json(json.loads(json.dumps(stored.to_json())))
    assert kept == stored
    assert kept.clusters["prod-eu"].changes == plan.clusters[0].changes
    assert [image.container for image in kept.clusters["prod-us"].desired] == ["web", "proxy"]
    assert set(kept.leaves.images) == {"prod-eu", "prod-us"}
