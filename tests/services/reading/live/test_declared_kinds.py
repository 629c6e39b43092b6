"""Objects of a declared kind are shown as workloads from the moment that it is declared, and no longer."""

from collections.abc import AsyncIterator

import pytest

from api.schemas.overview import cell_json
from db.transaction import Database
from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from sandbox.server import Sandbox
from sandbox.store import Object
from services.limits import Limits
from services.planning.health.values import HealthState
from services.planning.images.running import ClusterFacts
from services.reading.live.live import Live
from services.reading.live.opening import open_live
from tests.support.definitions import definition
from tests.support.eventually import eventually
from tests.support.live import plain
from tests.support.objects import PRINTS
from tests.support.promotion_stage import PromotionStage, image, staged

GROUP, KIND = "shop.example", "Shopfront"
RUNTIME = DeclaredImage(path="spec.runtime.ref", form=ImageForm.REFERENCE)
DECLARATION = Declaration(images=(RUNTIME,), health=DeclaredHealth(ready="Up"))


def front(tag: str = "1", status: str = "True") -> Object:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": KIND,
        "metadata": {"name": "web"},
        "spec": {"runtime": {"ref": image(f"web:{tag}")}},
        "status": {"conditions": [{"type": "Up", "status": status}]},
    }


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with Sandbox(("prod-eu",), speed=20) as sandbox, staged(database, database_url, sandbox) as stage:
        sandbox.cluster("prod-eu").create(definition(KIND, "shopfronts", GROUP, "v1"))
        yield stage


@pytest.fixture
async def live(stage: PromotionStage, database_url: str) -> AsyncIterator[Live]:
    await stage.environment("Production", {"prod-eu": (front(),)})
    limits = Limits(stale=0.2)
    async with open_live(stage.database, database_url, stage.pool, limits, encode=cell_json, prints=PRINTS) as live:
        yield live


async def declare(stage: PromotionStage) -> None:
    async with stage.database.begin() as tx:
        await tx.declared_kinds.put(GROUP, KIND, DECLARATION)


async def until_shown(live: Live, *expected: tuple[str, str, HealthState]) -> ClusterFacts:
    """The facts, once the workloads' containers are these, each with its image and the workload's health."""

    async def shown() -> ClusterFacts | None:
        facts = live.picture.facts((await live.places.current()).all[0].target)
        found = tuple(
            (container.name, container.image.reference, workload.health.state)
            for each in facts
            for workload in each.workloads
            for container in workload.containers
        )
        return facts[0] if facts and found == expected and _is_complete(facts[0]) else None

    return await eventually(shown)


def _is_complete(facts: ClusterFacts) -> bool:
    return bool(facts.workloads or facts.custom)


async def test_an_object_becomes_a_workload_when_its_kind_is_declared_and_is_none_afterwards(stage, live):
    facts = await until_shown(live)
    assert [each.resource.name for each in facts.custom] == ["web"]
    await declare(stage)
    facts = await until_shown(live, ("spec.runtime.ref", image("web:1"), HealthState.READY))
    assert facts.custom == ()
    async with stage.database.begin() as tx:
        record = await tx.declared_kinds.find(GROUP, KIND)
        assert record is not None
        await tx.declared_kinds.delete(record.id)
    facts = await until_shown(live)
    assert [each.resource.name for each in facts.custom] == ["web"]


async def test_what_becomes_of_an_object_of_a_declared_kind_is_shown(stage, live):
    await declare(stage)
    await until_shown(live, ("spec.runtime.ref", image("web:1"), HealthState.READY))
    found = plain(stage.object("prod-eu", KIND, "web"))
    changed = front("2", "False")
    stage.sandbox.cluster("prod-eu").update(
        {**found, "spec": changed["spec"], "status": changed["status"]}, manager="kubectl"
    )
    await until_shown(live, ("spec.runtime.ref", image("web:2"), HealthState.PROGRESSING))
