"""Refusals of known callers are entries of the audit, and a flood of them costs no table."""

from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.words import Role
from services.errors import ForbiddenError, NotFoundError
from services.people.refusals import Refusals
from tests.support.actors import actor_with

DOOR = ActorRef(kind=ActorKind.SYSTEM, id="sign-in:token", name="sign-in by token")
BEN = actor_with(Role.VIEWER, name="ben").caller


async def test_a_refusal_names_who_asked_for_what(database: Database, raw):
    await Refusals(database).note(BEN, "deleteCluster", {"cluster": "eu-1"}, ForbiddenError("You may not."))
    assert await raw("SELECT actor_name, action, outcome, reason, targets, after->>'operation' FROM audit") == [
        (
            *("ben", "request.refused", "refused", "You may not."),
            [{"kind": "cluster", "id": None, "name": "eu-1"}],
            "deleteCluster",
        )
    ]


async def test_what_is_repeated_is_one_entry_a_minute(database: Database, raw):
    moments = iter([0.0, 1.0, 59.0, 60.0])
    refusals = Refusals(database, clock=lambda: next(moments))
    for _ in range(4):
        await refusals.note(BEN, "deleteCluster", {"cluster": "eu-1"}, ForbiddenError("You may not."))
    assert await raw("SELECT count(*) FROM audit") == [(2,)]


async def test_all_callers_together_are_bounded(database: Database, raw):
    refusals = Refusals(database, clock=lambda: 0.0)
    for number in range(130):
        caller = actor_with(Role.VIEWER, name=f"ben-{number % 10}").caller
        await refusals.note(caller, f"operation{number}", {}, ForbiddenError("You may not."))
    assert await raw("SELECT count(*) FROM audit") == [(120,)]


async def test_one_caller_does_not_crowd_out_what_others_were_refused(database: Database, raw):
    refusals = Refusals(database, clock=lambda: 0.0)
    for number in range(130):
        await refusals.note(BEN, f"operation{number}", {}, ForbiddenError("You may not."))
    await refusals.note(actor_with(Role.VIEWER).caller, "deleteCluster", {}, ForbiddenError("You may not."))
    assert await raw("SELECT actor_name, count(*) FROM audit GROUP BY 1 ORDER BY 1") == [("ann", 1), ("ben", 30)]


async def test_what_does_not_exist_is_no_refusal(database: Database, raw):
    await Refusals(database).note(BEN, "deleteCluster", {}, NotFoundError("cluster", "eu-1"))
    assert await raw("SELECT count(*) FROM audit") == [(0,)]


async def test_strangers_are_told_apart_by_address_and_reason(database: Database, raw):
    refusals = Refusals(database, clock=lambda: 0.0)
    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        for why in ("It is unknown.", "It is unknown.", "It has expired."):
            await refusals.note_stranger(DOOR, Origin(via=Via.SESSION, address=address), why=why)
    found = await raw("SELECT address, reason FROM audit ORDER BY seq")
    assert found == [
        (each, why) for each in ("192.0.2.7", "192.0.2.8") for why in ("It is unknown.", "It has expired.")
    ]


async def test_a_flood_of_strangers_is_bounded(database: Database, raw):
    refusals = Refusals(database, clock=lambda: 0.0)
    for number in range(130):
        await refusals.note_stranger(DOOR, Origin(via=Via.SESSION, address=f"192.0.2.{number}"), why="It is unknown.")
    assert await raw("SELECT count(*) FROM audit") == [(120,)]
