"""Operations that the former release queued or began are executed by this one, from the rows alone."""

import base64
from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.secret_text import SecretText
from domain.words import EventType, OperationState, Outcome
from sandbox.server import Sandbox
from tests.support.actors import ANN
from tests.support.former_rows import insert_former_row
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def promotions(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def web(tag: str):
    return workload("web", {"web": _written(f"web:{tag}"), "proxy": image("proxy:1")})


def db(tag: str):
    images = {"init-schema": _written(f"schema:{tag}"), "db": _written(f"db:{tag}")}
    return workload("db", images, kind="StatefulSet")


def _written(name: str) -> str:
    """As the promotion found the first tag, and as it writes others."""
    return image(name, pinned=not name.endswith(":1"))


def outcomes(ended) -> dict[str, Outcome | None]:
    return {each.cluster_name: each.outcome for each in ended.clusters}


async def resume(stage: PromotionStage, operation_id: str, *, waves: int = 1):
    """As the engine does with what a process left that died."""
    await stage.engine.start(operation_id, attempt=1, waves=waves)
    return await stage.end_of(operation_id)


async def test_a_promotion_goes_on_where_its_process_died(promotions):
    promotions.namespace = "promoted"
    production = {"prod-eu": (web("2"), db("2")), "prod-us": (web("1"), db("1"))}
    target = await promotions.environment("Production", production)
    phases = {"prod-eu": "watching", "prod-us": "waiting"}
    operation_id = await insert_former_row(promotions.database, "promotion", target, state="running", phases=phases)
    ended = await resume(promotions, operation_id)
    assert (ended.state, outcomes(ended)) == (
        OperationState.SUCCEEDED,
        {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.SUCCEEDED},
    )
    assert promotions.writes("prod-eu") == []  # it was changed before its process died
    assert promotions.images("prod-us", "web")["web"] == image("web:2", pinned=True)
    assert promotions.images("prod-us", "db", "StatefulSet")["init-schema"] == image("schema:2", pinned=True)
    (release,) = await promotions.releases_of("Production")
    assert {each.container for each in release.images if each.image.tag == "2"} == {"web", "init-schema", "db"}


async def test_what_a_promotion_changed_is_undone_from_what_was_stored_before(promotions):
    promotions.namespace = "undone"
    target = await promotions.environment("Production", {"prod-eu": (web("1"),), "prod-us": (web("1"),)})
    promotions.set_image("prod-eu", "web", "web", image("web:broken", pinned=True))
    phases = {"prod-eu": "undoing", "prod-us": "waiting"}
    operation_id = await insert_former_row(
        promotions.database, "undone-promotion", target, state="running", phases=phases
    )
    ended = await resume(promotions, operation_id, waves=2)
    assert outcomes(ended) == {"prod-eu": Outcome.ROLLED_BACK, "prod-us": Outcome.SKIPPED}
    assert promotions.images("prod-eu", "web")["web"] == image("web:1")


async def test_a_retry_of_an_import_reaches_the_cluster_that_was_down(stage):
    await stage.adopted()
    async with stage.database.begin() as tx:
        source = await tx.app_environments.find("shop", "Development")
        production = await tx.app_environments.find("shop", "Production")
        target = await tx.app_environments.change(production.application.id, production.environment.id)
    operation_id = await insert_former_row(stage.database, "import", target, source=source)
    # The same value as then: the stored plan holds the fingerprint of a Secret with it.
    typed = {"shop-database": {"password": SecretText("typed-canary")}}
    await stage.operations.retry(operation_id, actor=ANN, secrets=typed)
    ended = await stage.end_of(operation_id)
    assert outcomes(ended) == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.SUCCEEDED}
    data = stage.object("prod-us", "secrets", "shop-database", "imported")["data"]
    assert base64.b64decode(data["password"]) == b"typed-canary"
    assert EventType.OPERATION_RETRIED in {each.type for each in await stage.events_of(operation_id)}
