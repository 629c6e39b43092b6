"""Each condition of pre-flight on practice clusters: its finding appears, and its remedy works."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from sandbox.server import Sandbox
from services.planning.preflight.remedies import ABOUT_CONTAINERS, ABOUT_WORKLOADS, SOURCE_SKEW, WHERE_NAMED
from tests.support import conditions_of_sources, conditions_of_targets
from tests.support.findings import Place
from tests.support.promotion_stage import CLUSTERS, staged

LEFT_OUT = (ABOUT_WORKLOADS | ABOUT_CONTAINERS | {SOURCE_SKEW}) - WHERE_NAMED
CONDITIONS = {**conditions_of_sources.condition, **conditions_of_targets.condition}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=4, tokens=conditions_of_targets.USERS) as sandbox:
        yield sandbox


@pytest.fixture
async def place(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[Place]:
    async with staged(database, database_url, sandbox) as stage:
        yield await Place.made(stage)


@pytest.mark.parametrize("code", CONDITIONS)
async def test_a_finding_appears_in_its_condition_and_is_gone_when_that_is_mended(place: Place, code: str) -> None:
    assert await place.found() == set()
    mend = await CONDITIONS[code](place)
    await place.until(lambda found: code in found)
    if code in LEFT_OUT:
        assert code not in await place.found_after_remedies_of(code)
    await mend()
    await place.until(lambda found: code not in found)
