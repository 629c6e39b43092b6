"""The audit is sealed range by range, so that tampering shows, and what is old goes in whole ranges."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.audit_seals import Drawn
from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry
from services.people.audit_keeping import AuditKeeping, Settled

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]

_INSERT = """
    INSERT INTO audit (seq, actor_kind, actor_id, actor_name, via, action, targets, outcome)
    OVERRIDING SYSTEM VALUE VALUES (-1, 'person', 'p', 'Eve', 'token', 'x.added', '[]', 'done')
"""


def entry(action: str = "cluster.removed") -> AuditEntry:
    actor = ActorRef(kind=ActorKind.PERSON, id="p", name="Ada")
    return AuditEntry(actor=actor, origin=Origin(via=Via.SESSION), action=action, after={"labels": {"b": 1, "a": "ä"}})


async def write(database: Database, *actions: str) -> None:
    for each in actions:
        async with database.begin() as tx:
            await tx.audit.add(entry(each))


async def advance(database: Database, settled: Settled) -> int:
    async with database.begin() as tx:
        return await settled.advance(tx)


@pytest.fixture
def keeping(database: Database) -> AuditKeeping:
    return AuditKeeping(database, days=400)


@pytest.fixture
async def sealed(database: Database, keeping: AuditKeeping) -> Settled:
    """Three entries in two sealed ranges."""
    settled = Settled()
    for actions in (("a.added", "b.added"), ("c.added",)):
        await write(database, *actions)
        await advance(database, settled)
        await keeping.seal(through=await advance(database, settled))
    return settled


async def tamper(database: Database, statement: str) -> None:
    """As somebody who may take the triggers away."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


async def test_what_was_sealed_and_not_touched_matches(keeping: AuditKeeping, sealed: Settled, database: Database):
    await write(database, "d.added")
    verified = await keeping.verify()
    assert (verified.ranges, verified.entries, verified.unsealed, verified.broken) == (2, 3, 1, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor_name = 'Bob' WHERE action = 'c.added'",
        "DELETE FROM audit WHERE action = 'c.added'",
        _INSERT,
        "DELETE FROM audit_seals WHERE number = 1",
    ],
)
async def test_tampering_shows(keeping: AuditKeeping, sealed: Settled, database: Database, statement: str):
    await tamper(database, statement)
    assert (await keeping.verify()).broken is not None


async def test_a_chain_that_was_cut_lacks_the_tip_that_was_logged(
    keeping: AuditKeeping, sealed: Settled, database: Database
):
    tip = (await keeping.verify()).tip
    await tamper(database, "DELETE FROM audit WHERE action = 'c.added'")
    await tamper(database, "DELETE FROM audit_seals WHERE number = 2")
    verified = await keeping.verify(tip=tip)
    assert (verified.broken, verified.tip_found) == (None, False)


async def test_an_entry_that_commits_late_is_waited_for(database: Database, keeping: AuditKeeping, raw: Raw):
    settled = Settled()
    async with database.begin() as slow:
        await slow.audit.add(entry("slow.added"))
        await write(database, "quick.added")
        await advance(database, settled)
        assert await advance(database, settled) == 0  # the slow one has a smaller number, and has not committed
    through = await advance(database, settled)
    await keeping.seal(through=through)
    assert await raw("SELECT entries FROM audit_seals") == [(2,)]
    assert (await keeping.verify()).broken is None


async def test_numbers_of_what_was_rolled_back_are_gaps(database: Database, keeping: AuditKeeping):
    settled = Settled()
    await write(database, "a.added")
    lost = database.begin()
    tx = await lost.__aenter__()
    await tx.audit.add(entry("lost.added"))
    await lost.__aexit__(ValueError, ValueError(), None)
    await write(database, "b.added")
    await advance(database, settled)
    await keeping.seal(through=await advance(database, settled))
    verified = await keeping.verify()
    assert (verified.entries, verified.broken) == (2, None)


async def test_nothing_is_drawn_where_nothing_was_written_since(database: Database, sealed: Settled):
    async with database.begin() as tx:
        assert await tx.audit_seals.drawn(beyond=sealed.through) is None
        drawn = await tx.audit_seals.drawn(beyond=sealed.through - 1)
    assert isinstance(drawn, Drawn)


async def test_what_is_old_goes_in_whole_ranges_and_the_chain_still_matches(
    database: Database, keeping: AuditKeeping, sealed: Settled, raw: Raw
):
    assert await keeping.forget() == 0
    await tamper(database, "UPDATE audit_seals SET newest_at = newest_at - interval '401 days' WHERE number = 1")
    assert await keeping.forget() == 1
    assert await raw("SELECT action FROM audit") == [("c.added",)]
    verified = await keeping.verify()
    assert (verified.ranges, verified.entries, verified.forgotten, verified.broken) == (2, 1, 1, None)


async def test_the_database_itself_keeps_a_month(database: Database, sealed: Settled, raw: Raw):
    with pytest.raises(DBAPIError, match="cannot be changed"):
        await raw("UPDATE audit_seals SET forgotten = true")
    with pytest.raises(DBAPIError, match="cannot be changed"):
        await raw("DELETE FROM audit_seals")
