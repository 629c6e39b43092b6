"""The audit as the tables hold it: it outlives what it speaks of, and nobody changes it."""

import pytest
from sqlalchemy.exc import DBAPIError

from db.audit import AuditFilter
from db.base import new_id
from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, AuditOutcome, Target
from domain.rights import Scope

ADA = ActorRef(kind=ActorKind.PERSON, id="0195", name="Ada")
ORIGIN = Origin(via=Via.SESSION, address="192.0.2.7", request_id="req-1")


def entry(action: str = "cluster.removed", **fields: object) -> AuditEntry:
    return AuditEntry(actor=ADA, origin=ORIGIN, action=action, **fields)  # type: ignore[arg-type]


async def test_an_entry_says_who_did_what_from_where(database: Database, raw):
    application = new_id()
    removed = entry(
        targets=(Target(kind="cluster", id="c1", name="eu\0-1"),),
        application_id=application,
        outcome=AuditOutcome.REFUSED,
        reason="It is still used.",
        before={"labels": {"region": "eu"}},
    )
    async with database.begin() as tx:
        await tx.audit.add(removed)
    rows = await raw(
        "SELECT actor_kind, actor_id, actor_name, via, address, request_id, action, targets, application_id::text,"
        " outcome, reason, before, after FROM audit"
    )
    assert rows == [
        (
            *("person", "0195", "Ada", "session", "192.0.2.7", "req-1", "cluster.removed"),
            [{"kind": "cluster", "id": "c1", "name": "eu-1"}],
            *(application, "refused", "It is still used.", {"labels": {"region": "eu"}}, None),
        )
    ]


async def test_an_entry_is_lost_with_the_change_that_was_not_kept(database: Database, raw):
    async def fail() -> None:
        async with database.begin() as tx:
            await tx.audit.add(entry())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await raw("SELECT seq FROM audit") == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_name = 'Bob'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_nobody_changes_what_was_written(database: Database, raw, statement: str):
    async with database.begin() as tx:
        await tx.audit.add(entry())
    with pytest.raises(DBAPIError, match="cannot be changed"):
        await raw(statement)
    assert await raw("SELECT actor_name FROM audit") == [("Ada",)]


async def test_whoever_has_drawn_a_number_has_had_an_id_of_a_transaction(raw):
    # Seals rely on it: PostgreSQL evaluates defaults in the order of the columns.
    assert await raw(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit'::regclass AND attnum > 0 ORDER BY attnum LIMIT 2"
    ) == [("transaction",), ("seq",)]


async def test_who_sees_applications_by_a_label_sees_the_entries_of_deleted_ones_that_had_it(database: Database):
    shop, blog = new_id(), new_id()
    async with database.begin() as tx:
        for application, team in ((shop, "shop"), (blog, "blog")):
            await tx.audit.add(entry("application.added", application_id=application))
            before = {"name": team, "labels": {"team": team, "tier": "1"}}
            await tx.audit.add(entry("application.removed", application_id=application, before=before))
        await tx.audit.add(entry("operation.ended", application_id=shop))
    by_team = Scope(labels=frozenset({("team", "shop")}))
    async with database.read() as tx:
        seen = await tx.audit.list(AuditFilter(), scopes=[by_team], limit=9)
        elsewhere = await tx.audit.list(
            AuditFilter(), scopes=[Scope(labels=by_team.labels, environments=frozenset({new_id()}))], limit=9
        )
    assert [(each.action, each.application_id) for each in seen.items] == [
        (action, shop) for action in ("operation.ended", "application.removed", "application.added")
    ]
    assert elsewhere.items == ()


async def test_an_entry_about_two_environments_is_seen_by_who_sees_both(database: Database):
    shop, staging, production = new_id(), new_id(), new_id()
    targets = (
        Target(kind="application", id=shop, name="shop"),
        Target(kind="environment", id=staging, name="Staging"),
        Target(kind="environment", id=production, name="Production"),
    )
    one = entry(targets=targets[:2], application_id=shop, environment_id=staging)
    both = entry("expected-difference.marked", targets=targets, application_id=shop, environment_id=production)
    async with database.begin() as tx:
        await tx.audit.add(one, both)
    seen = {}
    async with database.read() as tx:
        for environments in ((staging,), (production,), (staging, production)):
            scope = Scope(applications=frozenset({shop}), environments=frozenset(environments))
            found = await tx.audit.list(AuditFilter(), scopes=[scope], limit=9)
            seen[environments] = [each.action for each in reversed(found.items)]
    assert seen == {
        (staging,): ["cluster.removed"],
        (production,): [],
        (staging, production): ["cluster.removed", "expected-difference.marked"],
    }
