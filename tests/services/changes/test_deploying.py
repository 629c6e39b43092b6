"""Deployments of named images on practice clusters: to the containers that are named, or to all that run an image."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.stored.requests import DeployRequest
from domain.stored.strategies import Strategy
from domain.words import DeployMode, OperationKind, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.deploying import Deploying, NoClusterAnswersError
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.changes.new_operations import IdempotencyKey
from services.errors import InvalidRequestError, NotConfiguredError
from services.limits import Limits
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

WEB, API = (ResourceId.of("apps/v1", "Deployment", name) for name in ("web", "api"))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    """Production runs web and api, with a proxy beside each, on two clusters."""
    async with staged(database, database_url, sandbox) as stage:
        workloads = tuple(
            workload(name, {name: image(f"{name}:1"), "proxy": image("proxy:1")}) for name in ("web", "api")
        )
        await stage.environment("Production", {"prod-eu": workloads, "prod-us": workloads}, pin=Pin.TAG)
        yield stage


@pytest.fixture
def deploying(stage: PromotionStage) -> Deploying:
    return Deploying(stage.database, stage.pool, stage.operations, Limits(plan=25.0, overview=15.0))


def named(workload: ResourceId, container: str, reference: str) -> ContainerImage:
    return ContainerImage(workload=workload, container=container, image=Image.of(reference))


TO_WEB_2 = DeployRequest(images=(named(WEB, "web", image("web:2")),))


async def deploy(stage: PromotionStage, deploying: Deploying, request: DeployRequest, *, key: str | None = None):
    idempotency = IdempotencyKey(key=key, fingerprint="same") if key else None
    started = await deploying.start("shop", "Production", request, actor=ANN, idempotency=idempotency)
    return await stage.end_of(started.id)


async def test_a_named_image_is_deployed_to_its_container_on_every_cluster(stage, deploying):
    ended = await deploy(stage, deploying, TO_WEB_2)
    assert (ended.kind, ended.state) == (OperationKind.DEPLOY, OperationState.SUCCEEDED)
    for cluster in ("prod-eu", "prod-us"):
        assert stage.images(cluster, "web") == {"web": image("web:2"), "proxy": image("proxy:1")}
        assert stage.images(cluster, "api") == {"api": image("api:1"), "proxy": image("proxy:1")}


async def test_a_deploy_is_recorded_as_a_release(stage, deploying):
    ended = await deploy(stage, deploying, TO_WEB_2)
    [release] = await stage.releases_of("Production")
    assert (release.kind, release.operation_id) == (OperationKind.DEPLOY, ended.id)
    assert {each.container: each.image.tag for each in release.images if each.workload == WEB} == {
        "web": "2",
        "proxy": "1",
    }


async def test_one_image_is_deployed_to_every_container_that_runs_its_repository(stage, deploying):
    ended = await deploy(stage, deploying, DeployRequest(image=image("proxy:2")))
    assert ended.state is OperationState.SUCCEEDED
    for name in ("web", "api"):
        assert stage.images("prod-eu", name) == {name: image(f"{name}:1"), "proxy": image("proxy:2")}


async def test_an_image_that_runs_already_changes_nothing(stage, deploying):
    ended = await deploy(stage, deploying, DeployRequest(image=image("proxy:1")))
    assert {each.outcome for each in ended.clusters} == {Outcome.UNCHANGED}
    assert stage.writes("prod-eu") == []


async def test_an_image_whose_repository_does_not_run_is_refused(deploying):
    with pytest.raises(InvalidRequestError) as refused:
        await deploying.preview("shop", "Production", DeployRequest(image=image("worker:2")), actor=ANN)
    assert refused.value.field == "image"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (DeployRequest(), "images"),
        (replace(TO_WEB_2, image=image("web:2")), "images"),
        (DeployRequest(image="registry.example/shop/web:not a tag"), "image"),
        (DeployRequest(images=(*TO_WEB_2.images, named(API, "api", "shop/api:not a tag"))), "images[1].image"),
        (DeployRequest(images=(*TO_WEB_2.images, named(WEB, "web", image("web:3")))), "images[1]"),
    ],
    ids=["no image", "both forms", "not a reference", "one is not a reference", "a container twice"],
)
async def test_a_request_that_does_not_name_each_container_once_with_an_image_is_refused(deploying, request_, field):
    with pytest.raises(InvalidRequestError) as refused:
        await deploying.preview("shop", "Production", request_, actor=ANN)
    assert refused.value.field == field


async def test_a_container_that_no_cluster_has_blocks_the_deploy(stage, deploying):
    request = DeployRequest(images=(*TO_WEB_2.images, named(WEB, "worker", image("worker:2"))))
    with pytest.raises(PlanBlockedError):
        await deploy(stage, deploying, request)
    assert stage.images("prod-eu", "web")["web"] == image("web:1")


async def test_a_preview_changes_nothing(stage, deploying):
    plan = await deploying.preview("shop", "Production", TO_WEB_2, actor=ANN)
    assert [(each.cluster, [change.after.reference for change in each.changes]) for each in plan.clusters] == [
        ("prod-eu", [image("web:2")]),
        ("prod-us", [image("web:2")]),
    ]
    assert stage.writes("prod-eu") == []


async def test_a_previewed_plan_that_is_outdated_is_refused(stage, deploying):
    plan = await deploying.preview("shop", "Production", TO_WEB_2, actor=ANN)
    stage.set_image("prod-eu", "web", "web", image("web:hotfix"))
    with pytest.raises(PlanOutdatedError):
        await deploy(stage, deploying, replace(TO_WEB_2, plan_digest=plan.digest))


async def test_waves_that_name_an_unknown_cluster_are_refused(stage, deploying):
    waves = Strategy(waves=(("prod-eu",), ("nowhere",)))
    with pytest.raises(InvalidRequestError) as refused:
        await deploy(stage, deploying, replace(TO_WEB_2, strategy=waves))
    assert refused.value.field == "strategy.waves"


async def test_a_repeated_request_returns_the_operation_of_the_first(stage, deploying):
    first = await deploy(stage, deploying, TO_WEB_2, key="k")
    again = await deploy(stage, deploying, TO_WEB_2, key="k")
    assert again.id == first.id


async def test_an_unconfigured_app_environment_cannot_be_deployed_to(stage, deploying):
    await stage.environment("Staging", {"staging-1": ()}, configured=False)
    with pytest.raises(NotConfiguredError):
        await deploying.preview("shop", "Staging", TO_WEB_2, actor=ANN)


async def test_an_environment_on_auto_can_be_deployed_to(stage, deploying):
    auto = {"staging-1": (workload("web", {"web": image("web:1")}),)}
    await stage.environment("Staging", auto, deploy_mode=DeployMode.AUTO)
    started = await deploying.start("shop", "Staging", TO_WEB_2, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_pushes_are_not_deployed_where_no_cluster_answers(stage, deploying):
    async with stage.database.read() as tx:
        target = await tx.app_environments.find("shop", "Production")
    for cluster in ("prod-eu", "prod-us"):
        stage.sandbox.cut_off(cluster)
    with pytest.raises(NoClusterAnswersError, match="prod-eu, prod-us"):
        await deploying.prepare_pushes(target, TO_WEB_2.images, image_pushes=(), actor=ANN)
