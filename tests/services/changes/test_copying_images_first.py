"""Promotions into an environment that pulls from a registry of its own, to which images are copied first.

Two real registries, and practice clusters.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from db.transaction import Database
from domain.image_mappings import ImageMapping
from domain.stored.requests import DeployRequest, PromotionRequest
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from domain.words import CredentialKind, EventType, Outcome
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.changes.paused import PausedOperations
from services.changes.promotion_sets import PromotionSetRequest
from services.changes.set_starting import SetStarter
from services.limits import Limits
from services.net.addresses import AddressPolicy
from services.reading.permissions import Permissions
from services.registry.oci import RegistryClients
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, staged, workload
from tests.support.registry import DockerRegistry

BOTH = PromotionSetRequest(source_environment="Staging", target_environment="Production", applications=("api", "shop"))
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
PATIENT = Limits(plan=120.0)


@dataclass(frozen=True)
class Registries:
    """The registry that Staging pulls from, and that of Production."""

    dev: DockerRegistry
    prod: DockerRegistry


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def registries(database: Database, new_docker_registry) -> Registries:
    found = Registries(dev=await new_docker_registry(), prod=await new_docker_registry())
    async with database.begin() as tx:
        for each in (found.dev, found.prod):
            await tx.registries.put(
                each.address, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None
            )
    return found


@pytest.fixture
async def clients() -> AsyncIterator[RegistryClients]:
    async with RegistryClients(addresses=AddressPolicy(allow_loopback=True, allow_private=True)) as clients:
        yield clients


@pytest.fixture
async def stage(
    database: Database, database_url: str, sandbox: Sandbox, clients: RegistryClients
) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox, limits=PATIENT, registries=clients) as stage:
        yield stage


async def copied_there(stage: PromotionStage, registries: Registries, *, copy_first: bool = True) -> str:
    """Staging runs `web:2` of its registry, Production `web:1` of its own. Returns the digest of `web:2`."""
    new = await registries.dev.push_image("shop/web", "2", platforms=2, content="new")
    old = await registries.prod.push_image("shop/web", "1", content="old")
    await stage.environment(
        "Staging", {"staging-1": (workload("web", {"web": f"{registries.dev.address}/shop/web:2@{new}"}),)}
    )
    body = workload("web", {"web": f"{registries.prod.address}/shop/web:1@{old}"})
    made = await stage.environment("Production", {"prod-eu": (body,), "prod-us": (body,)})
    mapping = ImageMapping(source=registries.dev.address, target=registries.prod.address, copy_first=copy_first)
    async with stage.database.begin() as tx:
        await tx.environments.change(made.environment.id, image_mappings=[mapping])
    return new


async def other_application(stage: PromotionStage, registries: Registries) -> None:
    """As `copied_there`, of another application, whose workload is `api`."""
    new = await registries.dev.push_image("shop/api", "2", content="new api")
    old = await registries.prod.push_image("shop/api", "1", content="old api")
    at_staging = workload("api", {"api": f"{registries.dev.address}/shop/api:2@{new}"})
    await stage.environment("Staging", {"staging-1": (at_staging,)}, application="api")
    at_production = workload("api", {"api": f"{registries.prod.address}/shop/api:1@{old}"})
    await stage.environment("Production", {"prod-eu": (at_production,), "prod-us": (at_production,)}, application="api")


@shows("image-copied-first")
async def test_an_image_is_copied_to_the_targets_registry_before_its_clusters_get_it(stage, registries):
    new = await copied_there(stage, registries)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [(each.code, each.blocks) for each in plan.all_problems] == [("image-copied-first", False)]
    [copy] = plan.copies
    assert (copy.source, copy.target, copy.digest, copy.blobs) == (
        f"{registries.dev.address}/shop/web:2",
        f"{registries.prod.address}/shop/web:2",
        new,
        4,
    )
    assert await registries.prod.manifest_of("shop/web", new) is None, "a preview writes nothing"
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await stage.end_of(started.id)
    assert await registries.prod.manifest_of("shop/web", "2") == await registries.dev.manifest_of("shop/web", new)
    for cluster in ("prod-eu", "prod-us"):
        assert stage.images(cluster, "web") == {"web": f"{registries.prod.address}/shop/web:2@{new}"}
    timeline = await stage.events_of(started.id)
    events = [each.type for each in timeline]
    assert events.count(EventType.IMAGE_COPY_ENDED) == 1
    first = next(each for each in timeline if each.type is EventType.IMAGE_COPY_PROGRESSED)
    assert (first.data["blobs"], first.data["bytes_done"]) == (4, 0), "it is told at once how much it will be"
    assert events.index(EventType.IMAGE_COPY_ENDED) < events.index(EventType.CLUSTER_STARTED)
    assert (await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)).nothing_to_do


async def test_a_later_ring_needs_nothing_of_the_registry_that_was_copied_from(stage, registries):
    new = await copied_there(stage, registries)
    rings = (Ring(selector=ByNames(names=("prod-eu",)), pauses=True), Ring(selector=Remaining()))
    request = replace(TO_PRODUCTION, strategy=Strategy(rings=rings))
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    async for batch in stage.operations.follow(started.id):
        if any(each.type is EventType.OPERATION_PAUSED for each in batch):
            break
    await registries.dev.delete_manifest("shop/web", new)
    await PausedOperations(stage.database, Permissions(stage.database)).proceed(started.id, actor=ANN)
    ended = await stage.end_of(started.id)
    assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED] * 2
    assert [each.type for each in await stage.events_of(started.id)].count(EventType.IMAGE_COPY_STARTED) == 1


async def test_a_copy_that_fails_ends_the_operation_before_a_cluster_is_touched(stage, registries):
    new = await copied_there(stage, registries)
    prepared = await stage.promoting.prepare("shop", TO_PRODUCTION, actor=ANN)
    await registries.dev.delete_manifest("shop/web", new)
    started = await stage.operations.start(prepared.new)
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.code) for each in ended.clusters] == [(Outcome.FAILED, "image-not-copied")] * 2
    assert "Push it again" in str(ended.clusters[0].detail)
    assert stage.writes("prod-eu") == stage.writes("prod-us") == []


@shows("image-not-copyable")
async def test_an_image_that_is_in_neither_registry_blocks(stage, registries):
    new = await copied_there(stage, registries)
    await registries.dev.delete_manifest("shop/web", new)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert plan.blocked
    assert [each.code for each in plan.all_problems] == ["image-not-copyable"]
    assert "not there either" in plan.all_problems[0].detail
    assert plan.copies == ()


async def test_without_the_setting_an_image_that_is_missing_blocks_as_before(stage, registries):
    await copied_there(stage, registries, copy_first=False)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [(each.code, each.blocks) for each in plan.all_problems] == [("image-not-in-registry", True)]


async def test_it_is_told_until_it_is_registered_that_nothing_is_copied_to_a_registry(stage, registries, database):
    await copied_there(stage, registries)
    prod = registries.prod.address
    async with database.begin() as tx:
        await tx.registries.delete(prod)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert ([(each.code, each.blocks) for each in plan.all_problems], plan.copies) == ([("registry-unread", False)], ())
    assert f"{prod} could not be asked" in plan.all_problems[0].detail
    assert "Register it under Registries" in plan.all_problems[0].detail
    async with database.begin() as tx:
        await tx.registries.put(prod, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [each.code for each in plan.all_problems] == ["image-copied-first"]


async def test_a_deployment_of_a_tag_copies_what_the_tag_is_at_its_origin(stage, registries, clients):
    new = await copied_there(stage, registries)
    deploying = Deploying(stage.database, stage.pool, stage.operations, PATIENT, clients)
    request = DeployRequest(image=f"{registries.prod.address}/shop/web:2", images=())
    started = await deploying.start("shop", "Production", request, actor=ANN, idempotency=None)
    await stage.end_of(started.id)
    assert await registries.prod.manifest_of("shop/web", "2") == await registries.dev.manifest_of("shop/web", new)
    assert stage.images("prod-us", "web") == {"web": f"{registries.prod.address}/shop/web:2"}


async def test_a_set_of_which_one_image_does_not_come_changes_no_application(stage, registries):
    new = await copied_there(stage, registries)
    await other_application(stage, registries)
    prepared = await stage.sets.prepare(BOTH, actor=ANN)
    await registries.dev.delete_manifest("shop/web", new)
    started = await SetStarter(stage.database, stage.operations).start(prepared)
    ended = await stage.end_of_set(started.id)
    why = {each.application: [one.code for one in each.clusters] for each in ended.record.members}
    assert why == {"api": ["others-failed"] * 2, "shop": ["image-not-copied"] * 2}
    assert stage.writes("prod-eu") == stage.writes("prod-us") == []
    assert [each.ended for copies in ended.copies.values() for each in copies if each.digest == new] == [False]


async def test_a_set_shows_what_its_applications_copy_and_how_far_that_has_come(stage, registries):
    new = await copied_there(stage, registries)
    await other_application(stage, registries)
    prepared = await stage.sets.prepare(BOTH, actor=ANN)
    started = await SetStarter(stage.database, stage.operations).start(prepared)
    ended = await stage.end_of_set(started.id)
    copies = {each.application: ended.copies[each.id] for each in ended.record.members}
    [web], [api] = copies["shop"], copies["api"]
    assert (web.source, web.target, web.digest, web.ended) == (
        f"{registries.dev.address}/shop/web:2",
        f"{registries.prod.address}/shop/web:2",
        new,
        True,
    )
    assert web.bytes == web.bytes_done
    assert web.bytes
    assert (api.target, api.ended) == (f"{registries.prod.address}/shop/api:2", True)
