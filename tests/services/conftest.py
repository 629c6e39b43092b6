"""The stage for copies, on practice clusters with the example application, and the stage of a launched engine."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from db.keys import Keyring
from db.transaction import Database
from sandbox.server import Sandbox
from tests.support.copy_stage import CLUSTERS, EXAMPLE_NAMESPACE, CopyStage, copy_stage, example_has_rolled_out
from tests.support.engine_stage import EngineStage, launched_engine
from tests.support.rows import Target, make_target

_MADE_BY_CONTROLLERS = frozenset(
    {"pods", "replicasets", "controllerrevisions", "events", "endpoints", "endpointslices", "jobs"}
)


@pytest.fixture(scope="session")
async def example_clusters() -> AsyncIterator[Sandbox]:
    """Shop runs on `dev-1`; the other three are empty. A test that sets faults clears them."""
    async with Sandbox(CLUSTERS, example=True, speed=20.0) as sandbox:
        await example_has_rolled_out(sandbox)
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, example_clusters: Sandbox) -> AsyncIterator[CopyStage]:
    before = _shared_by_tests(example_clusters)
    async with copy_stage(database, database_url, example_clusters) as opened:
        yield opened
    for name in CLUSTERS:
        example_clusters.faults(name).clear()
    assert _shared_by_tests(example_clusters) == before, "the test left something to those that come after it"


def _shared_by_tests(sandbox: Sandbox) -> set[tuple[str, str, str]]:
    """The kinds that are defined anywhere, and what no controller made in Development: cluster, plural, name."""
    shared = set()
    for name in CLUSTERS:
        for entry in sandbox.cluster(name).store.everything():
            example = name == "dev-1" and entry.key.namespace == EXAMPLE_NAMESPACE
            if entry.key.resource == "customresourcedefinitions" or (
                example and entry.key.resource not in _MADE_BY_CONTROLLERS
            ):
                shared.add((name, entry.key.resource, entry.key.name))
    return shared


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
