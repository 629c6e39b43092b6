"""What configure and import share, tried without a cluster that answers."""

from dataclasses import replace
from typing import cast

import pytest

from domain.overrides import Overrides
from domain.words import OnConflict, OperationKind
from services.changes.copy_operations import CopyOperations, Sides, target_namespace
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.changes.operations import Operations
from services.errors import AlreadyConfiguredError, InvalidRequestError, NotFoundError, OperationUnderwayError
from services.execution.copy_spec import CopySpec
from services.kube.deadline import Deadline
from services.kube.errors import KubeconfigProblem, KubeconfigRefusedError
from services.limits import Limits
from services.planning.copying.plan import CopyChoices
from tests.support.actors import ANN
from tests.support.objects import FINGERPRINTS, config_map
from tests.support.records import FakeClusters, FakeRows, app_environment_record

NAMES = ("prod-eu", "prod-us")
SPEC = CopySpec(
    namespace="shop",
    choices=CopyChoices(overrides=Overrides(), on_conflict=OnConflict.FAIL),
    manifests=(config_map(),),
)
EVERYTHING = CopyChoices(overrides=Overrides(allow=("everything",)), on_conflict=OnConflict.FAIL)
REFUSED = KubeconfigRefusedError((KubeconfigProblem(field="clusters", line=None, reason="exec is not allowed"),))


def copies(clusters: FakeClusters, *app_environments) -> CopyOperations:
    """Starts nothing: what is refused here never reaches the use case that starts operations."""
    return CopyOperations(
        db=FakeRows(*app_environments).database,
        clusters=clusters,
        operations=cast("Operations", None),
        fingerprints=FINGERPRINTS,
        limits=Limits(),
    )


async def start(clusters: FakeClusters, plan_digest: str | None = None, spec: CopySpec = SPEC, **changes):
    sides = Sides(target=app_environment_record(clusters=NAMES, **changes), holdings=ANN.holdings)
    return await copies(clusters).prepare(spec, sides, kind=OperationKind.CONFIGURE, plan_digest=plan_digest, actor=ANN)


async def test_the_sides_are_the_app_environments_of_these_names():
    staging, production = app_environment_record("Staging"), app_environment_record("Production")
    found = copies(FakeClusters(), staging, production)
    assert await found.sides(ANN, "shop", "Production", "Staging") == Sides(
        target=production, source=staging, holdings=ANN.holdings
    )
    assert await found.sides(ANN, "shop", "Production") == Sides(target=production, holdings=ANN.holdings)
    with pytest.raises(NotFoundError):
        await found.sides(ANN, "shop", "Production", "Testing")


async def test_a_cluster_that_cannot_be_read_is_in_the_plan_with_its_reason():
    clusters, sides = FakeClusters({"prod-us": REFUSED}), Sides(target=app_environment_record(clusters=NAMES))
    plan = await copies(clusters).plan(SPEC, sides, deadline=Deadline.after(5))
    assert [(each.cluster, each.reachable) for each in plan.clusters] == [("prod-eu", False), ("prod-us", False)]
    details = {each.cluster: each.detail for each in plan.all_problems}
    assert "No connection." in details["prod-eu"]
    assert "exec is not allowed" in details["prod-us"]


async def test_a_preview_tries_no_writes_on_a_cluster_that_could_not_be_read():
    clusters, sides = FakeClusters(), Sides(target=app_environment_record(clusters=NAMES))
    previewed = await copies(clusters).preview(SPEC, sides)
    assert previewed == await copies(FakeClusters()).plan(SPEC, sides, deadline=Deadline.after(5))
    assert sorted(clusters.asked) == ["prod-eu", "prod-us"]


async def test_while_another_operation_is_under_way_no_cluster_is_read():
    clusters = FakeClusters()
    with pytest.raises(OperationUnderwayError):
        await start(clusters, active_operation="op-1")
    assert clusters.asked == []


async def test_a_plan_that_is_not_the_previewed_one_is_not_started():
    with pytest.raises(PlanOutdatedError):
        await start(FakeClusters(), plan_digest="sha256:0")


async def test_a_blocked_plan_is_not_started():
    with pytest.raises(PlanBlockedError, match="no consent 'everything'") as refused:
        await start(FakeClusters(), spec=replace(SPEC, choices=EVERYTHING))
    assert {each.cluster for each in refused.value.problems if not each.blocks} == set(NAMES)


@pytest.mark.parametrize(
    ("requested", "own", "default", "namespace"),
    [("web", None, "apps", "web"), (None, "shop", "apps", "shop"), (None, None, "apps", "apps")],
    ids=["the requested one", "its own", "the default of its environment"],
)
def test_the_namespace_is(requested, own, default, namespace):
    target = app_environment_record(namespace=own, configured_at=None, default_namespace=default)
    assert target_namespace(target, requested) == namespace


def test_a_namespace_has_to_be_named_where_none_is_known():
    with pytest.raises(InvalidRequestError, match="'Production' has no default namespace"):
        target_namespace(app_environment_record(namespace=None, configured_at=None), None)


def test_what_is_configured_stays_in_its_namespace():
    assert target_namespace(app_environment_record(), "shop") == "shop"
    with pytest.raises(AlreadyConfiguredError) as refused:
        target_namespace(app_environment_record(), "web")
    assert refused.value.members() == {"namespace": "shop"}
