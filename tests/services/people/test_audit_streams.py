"""The audit is streamed in its order, at least once, by one process at a time."""

import json
from collections.abc import Sequence

from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, AuditRecord
from services.people.audit_keeping import AuditKeeping
from services.people.audit_loop import AuditLoop
from services.people.audit_streams import AuditStream, NotTakenError, to_lines


async def write(database: Database, *actions: str) -> None:
    actor = ActorRef(kind=ActorKind.PERSON, id="p", name="Ada")
    async with database.begin() as tx:
        await tx.audit.add(*(AuditEntry(actor=actor, origin=Origin(via=Via.SESSION), action=each) for each in actions))


async def test_what_is_complete_is_written_once_as_lines_of_json(database: Database, raw):
    written: list[str] = []
    loop = AuditLoop(
        database,
        AuditKeeping(database, days=400),
        streams=[AuditStream(database, "lines", to_lines(written.append))],
    )
    await write(database, "a.added", "b.added")
    for moment in (0, 1, 61, 62):
        await loop.step(moment)
    assert [json.loads(line)["action"] for line in "".join(written).splitlines()] == ["a.added", "b.added"]
    assert await raw("SELECT entries FROM audit_seals") == [(2,)]


async def test_what_was_not_taken_is_sent_again_after_a_while(database: Database, raw):
    taken: list[str] = []
    broken = True

    async def take(entries: Sequence[AuditRecord]) -> None:
        if broken:
            raise NotTakenError("It answered 500.")
        taken.extend(each.action for each in entries)

    stream = AuditStream(database, "collector", take)
    await write(database, "a.added")
    ((last,),) = await raw("SELECT max(seq) FROM audit")
    await stream.send(through=last)
    assert await raw("SELECT position, failures, error FROM audit_outputs") == [(0, 1, "It answered 500.")]
    broken = False
    await stream.send(through=last)
    assert taken == []  # not yet
    await raw("UPDATE audit_outputs SET next_try_at = now() RETURNING 1")
    await stream.send(through=last)
    assert taken == ["a.added"]
    assert await raw("SELECT position, failures, error FROM audit_outputs") == [(last, 0, None)]


async def test_only_one_process_sends(database: Database, raw):
    async def take(entries: Sequence[AuditRecord]) -> None:
        del entries
        await AuditStream(database, "collector", to_lines(second.append)).send(through=last)

    second: list[str] = []
    await write(database, "a.added")
    ((last,),) = await raw("SELECT max(seq) FROM audit")
    await AuditStream(database, "collector", take).send(through=last)
    assert second == []
