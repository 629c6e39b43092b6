"""Practice clusters with the example application, and the stage for copies on them."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from sandbox.server import Sandbox
from tests.support.copy_stage import CLUSTERS, CopyStage, copy_stage, example_has_rolled_out


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
