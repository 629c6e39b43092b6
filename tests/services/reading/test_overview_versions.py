"""Versions of an application's page: two processes with one database show the same under the same version."""

from datetime import datetime, timedelta

import orjson
import pytest
from msgspec.structs import replace

from api.schemas.overview import overview_json
from db.transaction import Database
from services.planning.health.values import HealthPolicy
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes
from services.reading.live.live import Live
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import PODS
from services.reading.overview import Overview
from tests.support.actors import ANN
from tests.support.pictures import WEB, Clock, pod_of, stream, told, web
from tests.support.rollouts import START
from tests.support.rows import Target, make_target


class Process:
    """What one process has in memory."""

    def __init__(self, database: Database, cluster: str) -> None:
        clock = Clock()
        self.cache = LiveCache()
        self.cluster = cluster
        self.picture = Picture(
            self.cache,
            policy=HealthPolicy(),
            encode=lambda cell: repr(cell).encode(),
            clock=clock,
            timer=clock.timer,
        )
        places = Places(database, told=self.picture.place)
        live = Live(places=places, cache=self.cache, picture=self.picture)
        self.clock = clock
        self.overview = Overview(database, live, encode=overview_json, timer=clock.timer)

    async def hears(self, changes: Changes) -> None:
        await self.overview.read("shop", actor=ANN)  # it knows the places
        self.cache.apply(replace(changes, cluster_id=self.cluster))
        await self.picture.refresh()

    async def version(self) -> str:
        return (await self.overview.read_unless("shop", actor=ANN, has=frozenset()))[0]


def heard_at(page: bytes | None) -> datetime:
    assert page is not None
    return datetime.fromisoformat(orjson.loads(page)["environments"][0]["clusters"][0]["read_at"])


@pytest.fixture
async def target(database: Database) -> Target:
    found = await make_target(database, clusters=("prod-eu",))
    assert found.app_environment.id is not None
    async with database.begin() as tx:
        await tx.app_environments.configure(found.app_environment.id, namespace="shop", resources=(WEB,))
    return found


async def test_every_process_has_the_same_version_of_what_looks_the_same(database: Database, target: Target):
    one, other = (Process(database, target.clusters[0].id) for _ in range(2))
    first, second = (told(web(tag), pod_of(web(tag), tag=tag)) for tag in ("1", "2"))
    await one.hears(first)
    await other.hears(second)
    assert await one.version() != await other.version()
    await other.hears(first)  # later, and by another revision
    assert one.picture.revision != other.picture.revision
    version = await one.version()
    assert await other.version() == version
    assert await other.overview.read_unless("shop", actor=ANN, has=frozenset({version})) == (version, None)


async def test_when_a_cluster_was_last_heard_of_makes_no_other_version(database: Database, target: Target):
    process = Process(database, target.clusters[0].id)
    await process.hears(told(web(), pod_of(web())))
    version, before = await process.overview.read_unless("shop", actor=ANN, has=frozenset())
    heard = START + timedelta(seconds=5)
    await process.hears(told(states=(stream(heard_at=heard), stream(PODS, heard_at=heard))))
    again, after = await process.overview.read_unless("shop", actor=ANN, has=frozenset())
    assert (again, after) == (version, before)  # of the same second: whoever asks gets what was made for the first
    process.clock.seconds += 1
    again, after = await process.overview.read_unless("shop", actor=ANN, has=frozenset())
    assert again == version
    assert [heard_at(each) for each in (before, after)] == [START, heard]


async def test_what_has_changed_and_is_not_judged_yet_is_of_another_version(database: Database, target: Target):
    process = Process(database, target.clusters[0].id)
    await process.hears(told(web(), pod_of(web())))
    version = await process.version()
    async with database.begin() as tx:
        await tx.applications.change(target.app_environment.application.id, name="store")
    found, overview = await process.overview.read_unless("store", actor=ANN, has=frozenset({version}))
    assert found != version
    assert overview is not None
    assert orjson.loads(overview)["application"] == "store"
