"""Promotions of objects of a declared kind on practice clusters; the tests play its operator."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.transaction import Database
from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import OnFailure, OperationState, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.definitions import definition
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

GROUP, KIND = "shop.example", "Shopfront"
DECLARATION = Declaration(
    images=(
        DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag"),
        DeclaredImage(path="spec.proxies[*].image", form=ImageForm.REFERENCE),
        DeclaredImage(path="spec.version", form=ImageForm.TAG, name=image("search")),
    ),
    health=DeclaredHealth(ready="Up", failed=("Broken",)),
)
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
BACK = PromotionRequest(
    source_environment="Staging",
    target_environment="Production",
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        for cluster in CLUSTERS:
            sandbox.cluster(cluster).create(definition(KIND, "shopfronts", GROUP, "v1", status_apart=True))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def front(tag: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": KIND,
        "metadata": {"name": "web"},
        "spec": {
            "image": {"repository": image("web"), "tag": tag},
            "proxies": [{"name": "edge", "image": image(f"edge:{tag}")}],
            "version": tag,
            "size": 3,
            **spec,
        },
    }


def report(stage: PromotionStage, cluster: str, **conditions: str) -> None:
    """Write the status of the generation that is there, as the operator would."""
    body = stage.object(cluster, KIND, "web")
    told = [{"type": type_, "status": status} for type_, status in conditions.items()]
    status = {"observedGeneration": body["metadata"]["generation"], "conditions": told}
    stage.sandbox.cluster(cluster).update_status({**body, "status": status}, manager="shop-operator")


async def two_environments(stage: PromotionStage, declaration: Declaration = DECLARATION, **spec: Any) -> None:
    """Staging runs 2, Production 1."""
    async with stage.database.begin() as tx:
        await tx.declared_kinds.put(GROUP, KIND, declaration)
    for environment, cluster, tag in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        await stage.environment(environment, {cluster: (front(tag, **spec),)}, pin=Pin.TAG)
        report(stage, cluster, Up="True")


async def until_written(stage: PromotionStage, tag: str) -> None:
    async def written() -> bool | None:
        return stage.object("prod-eu", KIND, "web")["spec"] == front(tag)["spec"] or None

    await eventually(written)


async def codes(stage: PromotionStage) -> list[str]:
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    return [problem.code for problem in plan.all_problems]


async def test_a_promotion_writes_each_form_and_ends_when_the_condition_is_true(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, "2")
    report(stage, "prod-eu", Up="False")
    assert not stage.engine.running[started.id].done()
    report(stage, "prod-eu", Up="True")
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    [release, *_] = await stage.releases_of("Production")
    assert {each.container: each.image.tag for each in release.images} == {
        "spec.image": "2",
        "spec.proxies[edge].image": "2",
        "spec.version": "2",
    }


async def test_one_whose_condition_says_that_it_failed_gets_its_former_images_back(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", BACK, actor=ANN, idempotency=None)
    await until_written(stage, "2")
    report(stage, "prod-eu", Up="False", Broken="True")
    await until_written(stage, "1")
    report(stage, "prod-eu", Up="True")
    operation = await stage.end_of(started.id)
    assert [each.outcome for each in operation.clusters] == [Outcome.ROLLED_BACK]


async def test_a_release_of_a_declared_kind_can_be_rolled_back(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, "2")
    report(stage, "prod-eu", Up="True")
    await stage.end_of(started.id)
    back = await stage.rolling_back.start(
        "shop", "Production", RollbackRequest(operation=started.id), actor=ANN, idempotency=None
    )
    await until_written(stage, "1")
    report(stage, "prod-eu", Up="True")
    assert (await stage.end_of(back.id)).state is OperationState.SUCCEEDED


async def test_an_operation_ends_by_what_was_declared_when_it_was_planned(stage):
    await two_environments(stage)
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, "2")
    async with stage.database.begin() as tx:
        record = await tx.declared_kinds.find(GROUP, KIND)
        assert record is not None
        await tx.declared_kinds.delete(record.id)
    report(stage, "prod-eu", Up="True")
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


async def test_what_somebody_applies_is_written_in_that_managers_name(stage):
    await two_environments(stage)
    cluster = stage.sandbox.cluster("prod-eu")
    applied = {**front("1"), "metadata": {"name": "web", "namespace": stage.namespace}}
    cluster.apply(applied, manager="argo", server_side=True)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    [on_cluster] = plan.clusters
    assert {each.written_as.manager for each in on_cluster.changes if each.written_as} == {"argo"}
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await until_written(stage, "2")
    report(stage, "prod-eu", Up="True")
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    assert [
        entry["manager"]
        for entry in stage.object("prod-eu", KIND, "web")["metadata"]["managedFields"]
        if entry["operation"] == "Apply"
    ] == ["argo"]


@shows("rollout-paused")
async def test_one_that_is_suspended_blocks_the_plan(stage):
    await two_environments(stage)
    body = stage.object("prod-eu", KIND, "web")
    body["spec"]["suspend"] = True
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    with pytest.raises(PlanBlockedError) as refusal:
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert "rollout-paused" in [problem.code for problem in refusal.value.problems]


@shows("image-not-spelt")
async def test_an_image_that_the_target_cannot_name_is_left_as_it_is(stage):
    await two_environments(stage)
    assert "image-not-spelt" not in await codes(stage)
    body = stage.object("staging-1", KIND, "web")
    body["spec"]["image"]["tag"] = ""
    stage.sandbox.cluster("staging-1").update(body, manager="kubectl")
    assert "image-not-spelt" in await codes(stage)


async def test_without_a_declaration_nothing_of_a_custom_resource_is_promoted(stage):
    await two_environments(stage)
    async with stage.database.begin() as tx:
        record = await tx.declared_kinds.find(GROUP, KIND)
        assert record is not None
        await tx.declared_kinds.delete(record.id)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [change for each in plan.clusters for change in each.changes] == []
