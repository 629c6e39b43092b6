"""The dry run of a plan's images: which clusters are asked, and what becomes of their refusals."""

from domain.words import Action
from services.changes.image_dry_run import dry_run_refusals
from services.kube.deadline import Deadline
from services.kube.errors import AdmissionDeniedError
from tests.support.fake_cluster import WEB, FakeCluster, deployment
from tests.support.image_plans import cluster, promote, workload
from tests.support.records import FakeClusters, app_environment_record

NAMES = ("prod-eu", "prod-us")
STAGING = cluster("staging-1", workload("web", {"web": "shop/web:2"}))
DENIED = AdmissionDeniedError("The policy 'signed' refuses the image.", cluster="prod-eu")


def plan_for(**images: str):
    """A plan that brings `shop/web:2` to clusters that run these images."""
    targets = [cluster(name.replace("_", "-"), workload("web", {"web": image})) for name, image in images.items()]
    return promote(STAGING, targets, pin=False)


async def refusals(clusters: FakeClusters, plan):
    target = app_environment_record(clusters=NAMES)
    return await dry_run_refusals(clusters, target, plan, deadline=Deadline.after(5))


async def test_what_a_cluster_refuses_is_named_with_workload_and_reason():
    eu, us = FakeCluster(deployment()), FakeCluster(deployment())
    eu.refuse("dry-run", "web", DENIED)
    found = await refusals(
        FakeClusters({"prod-eu": eu, "prod-us": us}), plan_for(prod_eu="shop/web:1", prod_us="shop/web:1")
    )
    assert found == {"prod-eu": ((WEB, DENIED.code, DENIED.detail),), "prod-us": ()}


async def test_nothing_is_written():
    eu = FakeCluster(deployment())
    await refusals(FakeClusters({"prod-eu": eu}), plan_for(prod_eu="shop/web:1"))
    assert ("dry-run", "web") in eu.calls
    assert "patch" not in {verb for verb, _ in eu.calls}
    assert eu.images() == {"web": "shop/web:1"}


async def test_a_cluster_on_which_nothing_changes_is_not_asked():
    plan = plan_for(prod_eu="shop/web:1", prod_us="shop/web:2")
    assert [each.changes[0].action for each in plan.clusters] == [Action.UPDATE, Action.UNCHANGED]
    clusters = FakeClusters({"prod-eu": FakeCluster(deployment())})
    assert await refusals(clusters, plan) == {"prod-eu": ()}
    assert clusters.asked == ["prod-eu"]


async def test_a_cluster_that_does_not_answer_is_left_out():
    clusters = FakeClusters({"prod-eu": FakeCluster(deployment())})
    assert await refusals(clusters, plan_for(prod_eu="shop/web:1", prod_us="shop/web:1")) == {"prod-eu": ()}
