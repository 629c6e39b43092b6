"""Promotions whose images a stored registry is asked for: a real one that wants a password, and practice clusters."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.image_mappings import ImageMapping
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import CredentialKind, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.promoting import Promoting
from services.limits import Limits
from services.net.addresses import AddressPolicy
from services.planning.images.promotion_plan import PromotionPlan
from services.registry.oci import RegistryClients
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, LIMITS, PromotionStage, plain, staged, workload
from tests.support.registry import PASSWORD, USERNAME, DockerRegistry

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture
async def registry(database: Database, new_docker_registry) -> DockerRegistry:
    """One that asks for a password, stored with it."""
    found: DockerRegistry = await new_docker_registry(password=True)
    async with database.begin() as tx:
        await tx.registries.put(
            found.address, plain_http=True, kind=CredentialKind.BASIC, username=USERNAME, secret=PASSWORD
        )
    return found


@pytest.fixture
async def promoting(stage: PromotionStage) -> AsyncIterator[Promoting]:
    addresses = AddressPolicy(allow_loopback=True, allow_private=True)
    async with RegistryClients(addresses=addresses) as clients:
        yield Promoting(stage.database, stage.pool, stage.operations, Limits(plan=60.0), clients)


async def production(
    stage: PromotionStage,
    registry: DockerRegistry,
    *,
    clusters: tuple[str, ...] = ("prod-eu",),
    pin: Pin = Pin.DIGEST,
    **pod: object,
) -> str:
    """Staging runs `dev/web:2`, and Production pulls what begins with `dev` from `prod`. Returns the new digest."""
    new = await registry.push_image("dev/web", "2", content="new")
    old = await registry.push_image("prod/web", "1", content="old")
    body = workload("web", {"web": f"{registry.address}/prod/web:1@{old}"})
    body["spec"]["template"]["spec"] |= pod
    await stage.environment(
        "Staging", {"staging-1": (workload("web", {"web": f"{registry.address}/dev/web:2@{new}"}),)}
    )
    made = await stage.environment("Production", dict.fromkeys(clusters, (body,)), pin=pin)
    mappings = [ImageMapping(source=f"{registry.address}/dev", target=f"{registry.address}/prod")]
    async with stage.database.begin() as tx:
        await tx.environments.change(made.environment.id, image_mappings=mappings)
    return new


def codes(plan: PromotionPlan) -> list[str]:
    return [each.code for each in plan.all_problems]


def login(registry: DockerRegistry, password: str) -> dict[str, object]:
    auths = {registry.address: {"username": USERNAME, "password": password}}
    encoded = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": encoded},
    }


@shows("image-not-in-registry")
async def test_an_image_that_is_not_in_the_targets_registry_yet_blocks_until_it_is(stage, registry, promoting):
    new = await production(stage, registry)
    blocked = await promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert codes(blocked) == ["image-not-in-registry"]
    assert blocked.blocked
    assert await registry.push_image("prod/web", "2", content="new") == new
    plan = await promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert codes(plan) == []
    started = await promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await stage.end_of(started.id)
    assert stage.images("prod-eu", "web") == {"web": f"{registry.address}/prod/web:2@{new}"}
    assert (await promoting.preview("shop", TO_PRODUCTION, actor=ANN)).nothing_to_do


@shows("image-platform", "pull-secret-refused")
async def test_a_pull_secret_that_the_registry_refuses_and_nodes_of_another_platform_are_found(
    stage, registry, promoting
):
    await production(stage, registry, imagePullSecrets=[{"name": "login"}])
    await registry.push_image("prod/web", "2", content="new")
    cluster = stage.sandbox.cluster("prod-eu")
    secret = login(registry, "expired")
    secret["metadata"] = {"name": "login", "namespace": stage.namespace}
    cluster.create(secret)
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "arm", "labels": ARM}})
    plan = await promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert codes(plan) == ["image-platform", "pull-secret-refused"]
    assert "1 of the 2 nodes that take its pods are linux/arm64" in plan.all_problems[0].detail
    assert "expired" not in repr(plan)
    cluster.delete("nodes", "arm")
    renewed = cluster.get("secrets", "login", stage.namespace)
    cluster.update({**plain(renewed), "data": login(registry, PASSWORD)["data"]})
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


ARM = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}


@shows("pull-secret-missing")
async def test_a_registry_that_wants_a_password_is_told_where_no_pull_secret_is_for_it(stage, registry, promoting):
    await production(stage, registry, imagePullSecrets=[{"name": "login"}])
    await registry.push_image("prod/web", "2", content="new")
    cluster = stage.sandbox.cluster("prod-eu")
    body = stage.object("prod-eu", "Deployment", "web")
    [web] = body["spec"]["template"]["spec"]["containers"]
    moved = [{**web, "image": "registry.example/prod/web:1"}, {"name": "proxy", "image": web["image"]}]
    body["spec"]["template"]["spec"]["containers"] = moved
    cluster.update(body, manager="kubectl")
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    secret = login(registry, PASSWORD)
    elsewhere = base64.b64encode(b'{"auths": {"registry.example": {"auth": "YTpi"}}}').decode()
    secret["metadata"] = {"name": "login", "namespace": stage.namespace}
    cluster.create({**secret, "data": {".dockerconfigjson": elsewhere}})
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == ["pull-secret-missing"]
    cluster.update(secret)
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


async def arriving(stage: PromotionStage, registry: DockerRegistry) -> str:
    """Staging runs `dev/web:2` of the registry; Production runs an image of another one. Returns the new digest."""
    new = await registry.push_image("dev/web", "2", content="new")
    body = workload("web", {"web": "registry.example/web:1"})
    body["spec"]["template"]["spec"] |= {"imagePullSecrets": [{"name": "login"}]}
    source = workload("web", {"web": f"{registry.address}/dev/web:2@{new}"})
    await stage.environment("Staging", {"staging-1": (source,)})
    await stage.environment("Production", {"prod-eu": (body,)})
    elsewhere = base64.b64encode(b'{"auths": {"registry.example": {"auth": "YTpi"}}}').decode()
    metadata = {"name": "login", "namespace": stage.namespace}
    secret = {**login(registry, PASSWORD), "metadata": metadata, "data": {".dockerconfigjson": elsewhere}}
    stage.sandbox.cluster("prod-eu").create(secret)
    return new


def renew(stage: PromotionStage, registry: DockerRegistry, password: str) -> None:
    """Put a login for the registry into the pull secret of Production."""
    cluster = stage.sandbox.cluster("prod-eu")
    found = cluster.get("secrets", "login", stage.namespace)
    cluster.update({**plain(found), "data": login(registry, password)["data"]})


async def test_the_first_promotion_from_a_registry_tries_the_pull_secret_of_the_target(stage, registry, promoting):
    await arriving(stage, registry)
    cluster = stage.sandbox.cluster("prod-eu")
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "arm", "labels": ARM}})
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == ["image-platform", "pull-secret-missing"]
    cluster.delete("nodes", "arm")
    renew(stage, registry, "expired")
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == ["pull-secret-refused"]
    renew(stage, registry, PASSWORD)
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


async def test_the_first_promotion_into_a_mapped_registry_tries_the_pull_secret_of_the_target(
    stage, registry, promoting, database
):
    new = await registry.push_image("prod/web", "2", content="new")
    await arriving(stage, registry)
    stage.set_image("staging-1", "web", "web", f"registry.dev/dev/web:2@{new}")
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    async with database.begin() as tx:
        production = next(each for each in await tx.environments.all() if each.name == "Production")
        mappings = [ImageMapping(source="registry.dev/dev", target=f"{registry.address}/prod")]
        await tx.environments.change(production.id, image_mappings=mappings)
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == ["pull-secret-missing"]
    renew(stage, registry, PASSWORD)
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


async def test_a_pull_secret_for_the_former_registry_alone_is_told_where_the_new_one_cannot_be_asked(
    stage, registry, promoting, database
):
    await arriving(stage, registry)
    async with database.begin() as tx:
        await tx.registries.delete(registry.address)
    [problem] = (await promoting.preview("shop", TO_PRODUCTION, actor=ANN)).all_problems
    assert (problem.code, problem.blocks) == ("pull-secret-missing", False)
    assert f"has none for {registry.address}" in problem.detail
    renew(stage, registry, "never tried")
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


@shows("image-differs-in-registry")
async def test_another_image_under_the_same_tag_is_told_until_the_right_one_is_copied(stage, registry, promoting):
    await production(stage, registry, pin=Pin.TAG)
    await registry.push_image("prod/web", "2", content="another")
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == ["image-differs-in-registry"]
    await registry.push_image("prod/web", "2", content="new")
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


@shows("registry-unread")
async def test_a_registry_that_does_not_answer_is_told(stage, registry, promoting):
    await production(stage, registry)
    await registry.push_image("prod/web", "2", content="new")
    async with stage.database.begin() as tx:
        await tx.registries.put(
            registry.address, plain_http=True, kind=CredentialKind.BASIC, username=USERNAME, secret="expired"
        )
    assert "registry-unread" in codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN))
    async with stage.database.begin() as tx:
        await tx.registries.put(
            registry.address, plain_http=True, kind=CredentialKind.BASIC, username=USERNAME, secret=PASSWORD
        )
    assert codes(await promoting.preview("shop", TO_PRODUCTION, actor=ANN)) == []


async def test_nodes_that_changed_their_platform_meanwhile_end_the_ring_before_it_begins(
    database, database_url, sandbox, registry, monkeypatch
):
    addresses = AddressPolicy(allow_loopback=True, allow_private=True)
    async with (
        RegistryClients(addresses=addresses) as clients,
        staged(database, database_url, sandbox, limits=replace(LIMITS, plan=60.0), registries=clients) as stage,
    ):
        await production(stage, registry, clusters=("prod-eu", "prod-us"))
        await registry.push_image("prod/web", "2", content="new")
        really, there = stage.engine.step, sandbox.cluster("prod-us")
        intel = plain(there.get("nodes", "node-0"))
        info = {**intel["status"]["nodeInfo"], "architecture": "arm64"}

        async def step(name: str, call: Any, *arguments: Any) -> Any:
            if (name, arguments[1:]) == ("act", (1,)):
                there.update_status({**intel, "status": {**intel["status"], "nodeInfo": info}})
            return await really(name, call, *arguments)

        monkeypatch.setattr(stage.engine, "step", step)
        request = replace(TO_PRODUCTION, strategy=Strategy(waves=(("prod-eu",), ("prod-us",))))
        started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        ended = await stage.end_of(started.id)
        there.update_status({**plain(there.get("nodes", "node-0")), "status": intel["status"]})
    assert [(each.outcome, each.code) for each in ended.clusters] == [
        (Outcome.SUCCEEDED, None),
        (Outcome.FAILED, "image-platform"),
    ]
