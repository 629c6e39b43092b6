"""The checks before images are changed, and the operation that is made of a plan."""

import pytest

from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import OnFailure, OperationKind
from services.changes.errors import PlanBlockedError, PlanOutdatedError, SkewError
from services.changes.image_operations import PlannedImages, new_image_operation, require_idle
from services.changes.new_operations import NewOperationCluster
from services.changes.strategy import ChosenStrategy
from services.errors import NotConfiguredError, OperationUnderwayError
from services.reading.app_environments import require_configured
from tests.support.actors import ANN
from tests.support.image_plans import DOWN, SKEWED, cluster, promote, workload
from tests.support.records import app_environment_record, cluster_record

STAGING = cluster("staging-1", workload("web", {"web": "shop/web:2"}))
EU = cluster("prod-eu", workload("web", {"web": "shop/web:1"}))
UP_TO_DATE = cluster("prod-us", workload("web", {"web": "shop/web:2"}))
AWAY = cluster("prod-us", failure=DOWN)


def made(plan, *, plan_digest=None, on_failure=OnFailure.STAY, **changes):
    names = tuple(each.cluster for each in plan.clusters)
    planned = PlannedImages(
        kind=OperationKind.PROMOTION,
        target=app_environment_record(clusters=names),
        source=app_environment_record("Staging", clusters=("staging-1",)),
        plan=plan,
        plan_digest=plan_digest,
        request=PromotionRequest(source_environment="Staging", target_environment="Production"),
        **changes,
    )
    waves = tuple(NewOperationCluster(cluster=cluster_record(name), wave=wave) for wave, name in enumerate(names))
    chosen = ChosenStrategy(strategy=Strategy(on_failure=on_failure), clusters=waves, runs=None)
    return new_image_operation(planned, chosen=chosen, actor=ANN, idempotency=None)


def test_an_app_environment_that_is_not_configured_is_refused_by_its_names():
    with pytest.raises(NotConfiguredError, match="'shop' is not configured in 'Production'"):
        require_configured(app_environment_record(configured_at=None))
    require_configured(app_environment_record())


def test_an_operation_under_way_is_named():
    with pytest.raises(OperationUnderwayError) as refused:
        require_idle(app_environment_record(active_operation="op-1"))
    assert refused.value.members() == {"operation": "op-1"}
    require_idle(app_environment_record())


def test_the_operation_stores_the_plan_and_what_the_strategy_says():
    plan = promote(STAGING, EU, pin=False)
    new = made(plan, on_failure=OnFailure.ROLL_BACK, image_pushes=(4, 5), all_image_pushes=True)
    assert (new.plan_digest, new.on_failure) == (plan.digest, OnFailure.ROLL_BACK)
    assert (new.image_pushes, new.all_image_pushes) == ((4, 5), True)
    assert new.spec.plan.leaves.namespace == "shop"


def test_each_cluster_that_changes_gets_the_way_back_and_keeps_its_wave():
    new = made(promote(STAGING, [EU, UP_TO_DATE], pin=False))
    assert [each.wave for each in new.clusters] == [0, 1]
    changing, unchanged = (each.undo for each in new.clusters)
    assert changing is not None
    assert [(each.container, each.before.reference) for each in changing.changes] == [("web", "shop/web:1")]
    assert unchanged is None


def test_a_cluster_that_could_not_be_read_has_no_way_back():
    new = made(promote(STAGING, [EU, AWAY], pin=False))
    assert [each.undo is None for each in new.clusters] == [False, True]


def test_an_outdated_plan_is_refused_before_its_problems_are_named():
    with pytest.raises(PlanOutdatedError):
        made(promote(SKEWED, EU, pin=False), plan_digest="sha256:0")


def test_a_source_whose_clusters_differ_is_refused_with_what_differs():
    with pytest.raises(SkewError) as refused:
        made(promote(SKEWED, EU, pin=False))
    assert [each.container for each in refused.value.skew] == ["web"]


def test_a_blocked_plan_makes_no_operation():
    with pytest.raises(PlanBlockedError):
        made(promote(cluster("staging-1", failure=DOWN), EU, pin=False))
