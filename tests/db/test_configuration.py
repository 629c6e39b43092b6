"""Readings of ConfigMaps and Secrets as rows: what is new is told, and a reading that finds nothing new is not."""

from collections.abc import Awaitable, Callable

import pytest

from db.configuration import Prints
from db.transaction import Database
from domain.configuration import ConfigurationReading
from tests.support.rows import Target, make_target

SETTINGS, LOGIN = ("ConfigMap", "settings"), ("Secret", "login")
BOTH: Prints = {SETTINGS: {"mode": "p1", "level": "p2"}, LOGIN: {"password": "p3"}}

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]


@pytest.fixture
async def target(database: Database) -> Target:
    return await make_target(database)


async def put(
    database: Database,
    target: Target,
    prints: Prints,
    *,
    absent: tuple[tuple[str, str], ...] = (),
    unread: tuple[str, ...] = (),
    at: int = 0,
    release: int = 1,
) -> bool:
    async with database.begin() as tx:
        return await tx.configuration.put(
            target.app_environment.id or "",
            target.clusters[at].id,
            prints=prints,
            absent=absent,
            unread=unread,
            release=release,
        )


async def read(database: Database, target: Target, at: int = 0) -> ConfigurationReading | None:
    async with database.read() as tx:
        found = await tx.configuration.of([target.app_environment.id or ""])
    return found.get(target.app_environment.id or "", {}).get(target.clusters[at].id)


async def test_what_is_there_is_known_by_its_keys_and_what_is_not_there_is_known_to_be_missing(database, target):
    other, unsought = ("ConfigMap", "other"), ("ConfigMap", "unsought")
    assert await put(database, target, BOTH, absent=(other,))
    found = await read(database, target)
    assert found is not None
    assert found.keys_of(*SETTINGS) == frozenset({"mode", "level"})
    assert [found.lacks(*each) for each in (other, unsought, LOGIN)] == [True, False, False]
    assert await read(database, target, at=1) is None


async def test_a_kind_that_may_not_be_read_is_not_taken_for_missing(database, target):
    await put(database, target, {SETTINGS: {}}, unread=("Secret",))
    found = await read(database, target)
    assert found is not None
    assert (found.lacks(*LOGIN), found.keys_of(*LOGIN), found.keys_of(*SETTINGS)) == (False, None, frozenset())


async def test_a_reading_that_finds_nothing_new_says_so_and_counts_as_the_last_one(
    database: Database, target, raw: Raw
):
    await put(database, target, BOTH)
    await raw("UPDATE configuration_reads SET read_at = now() - interval '1 hour' RETURNING 1")
    assert not await put(database, target, BOTH)
    ((lately,),) = await raw("SELECT read_at > now() - interval '1 minute' FROM configuration_reads")
    assert lately


async def test_changed_values_gone_objects_refusals_and_releases_are_news(database, target):
    await put(database, target, BOTH)
    assert await put(database, target, {**BOTH, LOGIN: {"password": "p4"}})
    assert await put(database, target, {SETTINGS: BOTH[SETTINGS]})
    assert await put(database, target, {SETTINGS: BOTH[SETTINGS]}, absent=(LOGIN,))
    assert await put(database, target, {SETTINGS: BOTH[SETTINGS]}, unread=("Secret",))
    assert await put(database, target, {SETTINGS: BOTH[SETTINGS]}, unread=("Secret",), release=2)
    async with database.read() as tx:
        prints = await tx.configuration.prints_of(target.app_environment.id or "", target.clusters[0].id)
    assert prints == {SETTINGS: BOTH[SETTINGS]}


async def test_what_was_read_where_nothing_may_be_read_any_more_is_dropped(database, target):
    for at in (0, 1):
        await put(database, target, BOTH, at=at)
    async with database.begin() as tx:
        await tx.configuration.forget(target.app_environment.id or "", except_on=[target.clusters[1].id])
    assert await read(database, target) is None
    assert await read(database, target, at=1) is not None
