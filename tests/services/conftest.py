"""The stage for copies, on practice clusters with the example application, and the stage of a launched engine."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from db.keys import Keyring
from db.transaction import Database
from sandbox.server import Sandbox
from tests.support.copy_stage import CLUSTERS, CopyStage, copy_stage, example_has_rolled_out
from tests.support.engine_stage import EngineStage, launched_engine
from tests.support.rows import Target, make_target


@pytest.fixture(scope="session")
async def example_clusters() -> AsyncIterator[Sandbox]:
    """Shop runs on `dev-1`; the other three are empty. A test that sets faults clears them."""
    async with Sandbox(CLUSTERS, example=True, speed=20.0) as sandbox:
        await example_has_rolled_out(sandbox)
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, example_clusters: Sandbox) -> AsyncIterator[CopyStage]:
    async with copy_stage(database, database_url, example_clusters) as opened:
        yield opened
    for name in CLUSTERS:
        example_clusters.faults(name).clear()


@pytest.fixture(scope="session")
async def _engine_url(new_database_url: Callable[[], Awaitable[str]]) -> str:
    return await new_database_url()


@pytest.fixture
async def engine_stage(_engine_url: str, keys: Keyring) -> AsyncIterator[EngineStage]:
    async with launched_engine(_engine_url, keys) as opened:
        yield opened


@pytest.fixture
async def target(engine_stage: EngineStage) -> Target:
    """An application of its own in an environment of its own, on two clusters."""
    mark = secrets.token_hex(3)
    return await make_target(
        engine_stage.database,
        application=f"shop-{mark}",
        environment=f"Production-{mark}",
        clusters=("prod-eu", "prod-us"),
    )
