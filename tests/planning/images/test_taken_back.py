"""The one step back: exactly what an operation changed, where it changed it."""

import pytest

from domain.images import Image
from domain.stored.rollouts import UndoImages
from domain.words import Action
from services.planning.images.promotion_plan import build_promotion_plan, stored_plan
from services.planning.images.taken_back import changed_since, operation_source, replaced_by
from tests.support.image_plans import (
    DOWN,
    ONE,
    PRODUCTION,
    STAGING,
    TWO,
    cluster,
    codes,
    images_after,
    promote,
    ref,
    workload,
)

PROMOTED = stored_plan(promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)]), namespace="shop")


def after(tag: str, digest: str = TWO, name: str = "prod-eu"):
    return cluster(name, workload("web", {"web": (f"shop/web:{tag}", digest), "proxy": ("shop/proxy:9", ONE)}))


def back(*targets, undo=None, selected=None):
    source = operation_source("op", replaced_by(PROMOTED, undo or {}))
    return build_promotion_plan(source, "Production", targets, pin=True, selected=selected)


def test_only_what_the_operation_changed_goes_back_with_its_digest():
    plan = back(after("2"))
    assert images_after(plan) == [("web", f"shop/web:1@{ONE}", Action.UPDATE)]
    assert codes(plan) == []
    assert plan.unmatched == ()
    assert plan.source_operation == "op"


def test_a_cluster_that_the_operation_did_not_reach_is_left_alone():
    plan = back(after("2"), after("2", name="prod-us"))
    assert plan.clusters[1].changes == ()


def test_a_cluster_that_was_planned_late_goes_back_to_what_was_stored_before_it_was_changed():
    changes = [change for change in PROMOTED.clusters["prod-eu"].changes if change.action is Action.UPDATE]
    plan = back(after("2", name="prod-us"), undo={"prod-us": UndoImages.of(changes)})
    assert images_after(plan) == [("web", "shop/web:1", Action.UPDATE)]


def test_where_the_operation_was_undone_already_there_is_nothing_to_do():
    assert back(after("1", ONE)).nothing_to_do


def test_containers_can_be_chosen_among_those_that_it_changed():
    assert back(after("2"), selected=[ref("web", "web")]).clusters[0].changes
    assert codes(back(after("2"), selected=[ref("web", "proxy")])) == ["container-not-in-source"]


@pytest.mark.parametrize(("tag", "said"), [("1", []), ("2", []), ("hotfix", ["changed-since-operation"])])
def test_what_somebody_changed_since_is_said(tag, said):
    found = [*changed_since(replaced_by(PROMOTED, {}), [after(tag)])]
    assert [problem.code for problem in found] == said
    assert all("shop/web:hotfix" in problem.detail for problem in found)


def test_an_upgrade_taken_back_is_a_downgrade():
    [change] = back(after("2")).clusters[0].changes
    assert (change.direction, change.differs) == ("downgrade", True)
    assert Image.of("shop/web:1").direction_to(Image.of("shop/web:2")) == "upgrade"
