"""Workloads of Argo CD: what owns them is found up to the root, shown, and said in the plan."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.stored.requests import PromotionRequest
from domain.words import ImageDelivery, Outcome
from sandbox.server import Sandbox
from tests.support import argocd
from tests.support.actors import ANN
from tests.support.argocd import SELF_HEALING
from tests.support.argocd_stage import delivered, owned
from tests.support.eventually import eventually
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
FROM_GIT = f"the Git repository {argocd.URL}"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def test_an_application_is_found_with_the_repository_that_it_comes_from(stage):
    await delivered(stage, argocd.application(destination=stage.namespace, syncPolicy=SELF_HEALING))
    one = await owned(stage)
    assert (one.owner, one.above, one.unread) == ("the application shop of Argo CD", (FROM_GIT,), None)
    assert one.possible[0].delivery is ImageDelivery.ARGOCD


async def test_an_application_set_is_found_above_its_application_and_said_in_the_plan(stage):
    template = argocd.application("shop-{{environment}}", destination=stage.namespace, syncPolicy=SELF_HEALING)
    await delivered(stage, argocd.application_set(template))
    one = await owned(stage)
    assert one.above == ("the ApplicationSet shops",)
    (by_argocd,) = [each for each in one.possible if each.delivery is ImageDelivery.ARGOCD]
    assert by_argocd.steps[0].startswith("Let the ApplicationSet shops keep overrides")
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    (problem,) = [each for each in plan.all_problems if each.code == "owned"]
    assert problem.detail.startswith(
        "Deployment web belongs to the application shop-production of Argo CD (from the ApplicationSet shops), whose "
        "next sync brings the image of its source back"
    )


async def test_what_the_credential_may_not_read_is_said(stage):
    await delivered(stage, argocd.application(destination=stage.namespace, syncPolicy=SELF_HEALING))
    denied = {"path": "applications", "status": 403}
    stage.sandbox.faults("prod-eu").set({"failures": [denied]})
    one = await owned(stage)
    assert (one.owner, one.above) == ("the application shop of Argo CD", ())
    assert one.unread == "The cluster's credential may not read Application shop of argoproj.io."


async def test_an_image_that_argo_cd_leaves_to_us_is_promoted_directly_and_stays(stage):
    rule = {"group": "apps", "kind": "Deployment", "managedFieldsManagers": ["stagecoach"]}
    policy = {**SELF_HEALING, "syncOptions": ["RespectIgnoreDifferences=true"]}
    yielding = argocd.application(destination=stage.namespace, syncPolicy=policy, ignoreDifferences=[rule])
    control = await delivered(stage, yielding, delivery=ImageDelivery.DIRECT)
    assert [each.delivery for each in (await owned(stage)).possible] == [ImageDelivery.DIRECT]
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    cluster = stage.sandbox.cluster("prod-eu")
    body = argocd.live(cluster, namespace=control)
    argocd.change(cluster, {**body, "operation": {"initiatedBy": {"username": "ann"}, "sync": {}}})

    async def synced() -> bool | None:
        state = argocd.live(cluster, namespace=control)["status"]["operationState"]
        return (state["phase"] == "Succeeded" and state["operation"]["initiatedBy"] == {"username": "ann"}) or None

    await eventually(synced)
    assert stage.images("prod-eu", "web")["web"].startswith(image("web:2"))
