"""Feeds tell which tables changed, whoever changed them, and whether they would tell at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from db.errors import DuplicateNameError
from db.feeds import PLACES, RIGHTS, TABLES, Feed
from db.listening import Listener
from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.rights import RoleBinding, Subject, SubjectKind
from domain.words import Role
from tests.support.rows import make_operation, make_target

ANN = ActorRef(kind=ActorKind.PERSON, id="1", name="ann")
_QUIET = 0.3  # seconds in which a notification would have come

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]


class Told:
    """A feed that is connected, and what it has told since it was asked last."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._tables: set[str] = set()
        self._any = asyncio.Event()
        feed.subscribe(self._take)

    def _take(self, tables: frozenset[str]) -> None:
        self._tables |= tables
        self._any.set()

    async def something(self) -> set[str]:
        """What was told, once anything was."""
        await asyncio.wait_for(self._any.wait(), 10)
        return self.now()

    def now(self) -> set[str]:
        told, self._tables = self._tables, set()
        self._any.clear()
        return told


@asynccontextmanager
async def feeding(url: str, channel: str) -> AsyncIterator[Told]:
    feed = Feed(channel)
    async with Listener(url, {channel: feed}, purpose="feed of a test"):
        told = Told(feed)
        assert await told.something() == TABLES[channel]
        yield told


async def test_the_triggers_tell_of_the_tables_that_a_feed_names(database: Database, raw: Raw):
    for channel, tables in TABLES.items():
        found = await raw(
            f"SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name LIKE '{channel}_%'"
        )
        assert {table for (table,) in found} == tables


async def test_what_a_place_shows_is_told_when_it_changes(database: Database, database_url: str, raw: Raw):
    target = await make_target(database)
    async with feeding(database_url, PLACES) as told:
        operation = await make_operation(database, target)
        await asyncio.sleep(_QUIET)
        assert "operations" in told.now()
        await raw(f"UPDATE operations SET state = 'running' WHERE id = '{operation}' RETURNING id")
        assert await told.something() == {"operations"}
        await raw("DELETE FROM operations RETURNING id")
        while "operations" not in await told.something():
            pass


async def test_what_changes_all_the_time_and_shows_nothing_is_not_told(database: Database, database_url: str, raw: Raw):
    operation = await make_operation(database, await make_target(database))
    async with feeding(database_url, PLACES) as told:
        await raw(f"UPDATE operations SET last_event = 7, updated_at = now() WHERE id = '{operation}' RETURNING id")
        await raw("UPDATE clusters SET last_seen_at = now(), reachability = reachability RETURNING id")
        await asyncio.sleep(_QUIET)
        assert told.now() == set()
        await raw("UPDATE clusters SET reachability = 'unreachable' RETURNING id")
        assert await told.something() == {"clusters"}


async def test_rights_are_told_when_they_change_and_not_when_they_are_used(
    database: Database, database_url: str, raw: Raw
):
    async with database.begin() as tx:
        token = await tx.tokens.add(name="ci", role=Role.VIEWER, hash=b"1" * 32, created_by="ann", expires_at=None)
        ben = await tx.people.signed_in(
            provider="corp", issuer="https://i", subject="b", name="Ben", email=None, groups=()
        )
    async with feeding(database_url, RIGHTS) as told:
        async with database.begin() as tx:
            await tx.tokens.touch(token.id)
            await tx.people.touch(ben.id)
            await tx.tokens.forget_expired(SubjectKind.TRUST, before=token.created_at)
        await asyncio.sleep(_QUIET)
        assert told.now() == set()
        async with database.begin() as tx:
            await tx.people.set_disabled(ben.id, disabled=True)
        assert await told.something() == {"people"}
        async with database.begin() as tx:
            subject = Subject(kind=SubjectKind.PERSON, id=ben.id)
            binding = await tx.bindings.add(RoleBinding(id=None, subject=subject, role=Role.ADMIN), created_by=ANN)
        assert await told.something() == {"bindings"}
        async with database.begin() as tx:
            await tx.bindings.remove(binding.binding.id or "")
            await tx.tokens.revoke(token.id)
        assert await told.something() == {"bindings", "tokens"}


async def _add_two(database: Database) -> None:
    async with database.begin() as tx:
        for name in ("blog", "shop"):
            await tx.applications.add(name=name)


async def test_a_change_that_is_rolled_back_is_not_told(database: Database, database_url: str):
    await make_target(database)
    async with feeding(database_url, PLACES) as told:
        with pytest.raises(DuplicateNameError):
            await _add_two(database)
        await asyncio.sleep(_QUIET)
        assert told.now() == set()


async def test_a_feed_whose_connection_is_lost_says_so_and_then_tells_of_everything(
    database: Database, database_url: str, raw: Raw
):
    async with feeding(database_url, PLACES) as told:
        seen: list[bool] = []
        told.feed.subscribe(lambda _: seen.append(told.feed.connected))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%feed of a test'"
        assert await raw(ended) == [(True,)]
        while told.feed.connected:
            await asyncio.sleep(0.01)
        assert await told.something() == TABLES[PLACES]
        assert seen == [True, True]  # when it was subscribed to, and now


async def test_changes_in_a_burst_are_one_turn(database: Database, database_url: str):
    feed = Feed(PLACES)
    async with Listener(database_url, {PLACES: feed}, purpose="feed of a test"):
        changes = feed.changes(debounce=0.2)
        assert await anext(changes) == TABLES[PLACES]
        for name in ("a", "b", "c"):
            async with database.begin() as tx:
                await tx.environments.add(name=name, cluster_ids=[])
                await tx.applications.add(name=name, description="")
        assert await asyncio.wait_for(anext(changes), 10) == {"applications", "environments"}
        waiting = asyncio.ensure_future(anext(changes))
        assert await asyncio.wait({waiting}, timeout=0.5) == (set(), {waiting})
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await changes.aclose()
