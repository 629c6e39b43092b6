"""Promotions and deploys that bring keys restart what reads them and gets no other image, where that is asked."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerImage, Image, Omission
from domain.resources import ResourceId
from domain.secret_text import SecretText
from domain.stored.brought import BroughtKeys
from domain.stored.requests import DeployRequest, PromotionRequest
from domain.words import OperationState, Outcome
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.changes.promotion_sets import PromotionSetRequest
from services.errors import InvalidRequestError
from services.limits import Limits
from services.planning.releases.restarting import ANNOTATION
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

WEB = ResourceId.of("apps/v1", "Deployment", "web")
WORKER = ResourceId.of("apps/v1", "Deployment", "worker")
BETA = BroughtKeys(kind="ConfigMap", name="settings", keys=("beta",))
PROMOTION = PromotionRequest(source_environment="Staging", target_environment="Production", bring=(BETA,))
RESTARTING = replace(PROMOTION, restart=True)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def settings(**data: str):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def reader(name: str, tag: str):
    """It reads all of ConfigMap settings."""
    body = workload(name, {name: image(f"{name}:{tag}")})
    [container] = body["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    return body


async def production(stage: PromotionStage, *clusters: str, web: str = "1", application: str = "shop") -> None:
    """Staging has a key more, and another web than Production, unless that is `web`; the worker is the same."""
    there = (settings(mode="fast", beta="on"), reader("web", "2"), reader("worker", "1"))
    await stage.environment("Staging", {"staging-1": there}, application=application)
    here = (settings(mode="slow"), reader("web", web), reader("worker", "1"))
    await stage.environment("Production", dict.fromkeys(clusters, here), application=application)


async def ended(stage: PromotionStage, request: PromotionRequest):
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


def restarted(stage: PromotionStage, cluster: str, name: str, namespace: str | None = None) -> str | None:
    """When it was restarted."""
    template = stage.object(cluster, "Deployment", name, namespace)["spec"]["template"]
    return (template.get("metadata", {}).get("annotations") or {}).get(ANNOTATION)


async def test_the_remedy_restarts_what_reads_the_keys_and_gets_no_other_image(stage):
    await production(stage, "prod-eu")
    plan = await stage.promoting.preview("shop", PROMOTION, actor=ANN)
    [told] = [each for each in plan.all_problems if each.code == "reads-former-configuration"]
    assert told.resource == WORKER
    assert told.remedy is not None

    assert told.remedy.request == {"restart": True}
    plan = await stage.promoting.preview("shop", RESTARTING, actor=ANN)
    assert plan.all_problems == ()
    assert [each.restarts for each in plan.clusters] == [(WORKER,)]
    operation = await ended(stage, replace(RESTARTING, plan_digest=plan.digest))
    assert operation.state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is not None
    assert restarted(stage, "prod-eu", "web") is None
    assert stage.images("prod-eu", "web") == {"web": image("web:2", pinned=True)}


async def test_without_being_asked_a_promotion_restarts_nothing(stage):
    await production(stage, "prod-eu")
    assert (await ended(stage, PROMOTION)).state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is None


async def test_what_reads_keys_is_restarted_where_no_image_changes(stage):
    await production(stage, "prod-eu", web="2")
    operation = await ended(stage, RESTARTING)
    assert [each.outcome for each in operation.clusters] == [Outcome.SUCCEEDED]
    assert restarted(stage, "prod-eu", "worker") == restarted(stage, "prod-eu", "web") is not None


async def test_where_every_key_is_there_already_nothing_is_restarted(stage):
    await production(stage, "prod-eu")
    await ended(stage, PROMOTION)
    plan = await stage.promoting.preview("shop", RESTARTING, actor=ANN)
    assert plan.nothing_to_do
    assert [each.restarts for each in plan.clusters] == [()]


async def test_a_workload_that_is_left_out_is_not_restarted(stage):
    await production(stage, "prod-eu")
    operation = await ended(stage, replace(RESTARTING, leave_out=(Omission(workload=WORKER),)))
    assert operation.state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is None


async def test_a_paused_workload_is_named_and_holds_nothing_up(stage):
    await production(stage, "prod-eu")
    body = stage.object("prod-eu", "Deployment", "worker")
    body["spec"]["paused"] = True
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    plan = await stage.promoting.preview("shop", RESTARTING, actor=ANN)
    about = {each.code for each in plan.all_problems if each.resource == WORKER}
    assert about == {"rollout-paused", "reads-former-configuration"}
    assert not plan.blocked
    assert (await ended(stage, RESTARTING)).state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is None


async def test_a_cluster_that_was_away_restarts_its_own_when_it_is_back(stage):
    await production(stage, "prod-eu", "prod-us")
    stage.sandbox.cut_off("prod-us")
    operation = await ended(stage, RESTARTING)
    assert [each.outcome for each in operation.clusters] == [Outcome.SUCCEEDED, Outcome.UNREACHABLE]
    stage.sandbox.faults("prod-us").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-us"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(operation.id, actor=ANN)
    assert (await stage.end_of(operation.id)).state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-us", "worker") == restarted(stage, "prod-eu", "worker") is not None
    assert restarted(stage, "prod-us", "web") is None


async def test_a_retry_restarts_what_the_run_before_it_could_not(stage):
    await production(stage, "prod-eu")
    refusal = Failure(status=403, methods=("PATCH",), path=r"deployments/worker(?!.*dryRun)")
    stage.sandbox.faults("prod-eu").failures = [refusal]
    operation = await ended(stage, RESTARTING)
    assert operation.state is OperationState.FAILED
    assert restarted(stage, "prod-eu", "worker") is None
    stage.sandbox.faults("prod-eu").failures = []
    await stage.operations.retry(operation.id, actor=ANN)
    assert (await stage.end_of(operation.id)).state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is not None


async def test_a_deploy_restarts_what_reads_the_values_that_were_typed_in(stage):
    await production(stage, "prod-eu")
    deploying = Deploying(stage.database, stage.pool, stage.operations, Limits(plan=25.0, overview=15.0))
    typed = replace(BETA, typed=("beta",), values={"beta": SecretText("off")})
    request = DeployRequest(
        images=(ContainerImage(workload=WEB, container="web", image=Image.of(image("web:3"))),),
        bring=(typed,),
        restart=True,
    )
    started = await deploying.start("shop", "Production", request, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert restarted(stage, "prod-eu", "worker") is not None
    assert restarted(stage, "prod-eu", "web") is None


async def test_a_set_restarts_in_the_applications_that_it_names(stage):
    for application in ("shop", "blog"):
        await production(stage, "prod-eu", application=application)
    request = PromotionSetRequest(
        source_environment="Staging",
        target_environment="Production",
        applications=("shop", "blog"),
        bring={"shop": (BETA,), "blog": (BETA,)},
        restart=("Blog",),
    )
    plan = await stage.sets.preview(request, actor=ANN)
    assert {each.application: each.plan.clusters[0].restarts for each in plan.members} == {
        "shop": (),
        "blog": (WORKER,),
    }


async def test_a_set_refuses_to_restart_in_an_application_that_is_not_in_it(stage):
    await production(stage, "prod-eu")
    request = PromotionSetRequest(
        source_environment="Staging", target_environment="Production", applications=("shop",), restart=("blog",)
    )
    with pytest.raises(InvalidRequestError) as refused:
        await stage.sets.preview(request, actor=ANN)
    assert refused.value.field == "restart"
