"""The audit goes to a signed webhook, and the command line verifies its seals."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from api.audit import main
from api.audit_outputs import to_webhook
from db.migrate import configuration
from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry
from domain.secret_text import SecretText
from services.net.addresses import AddressPolicy
from services.notifying.http import HttpDoor
from services.notifying.signed_posts import SignedPosts
from services.people.audit_keeping import AuditKeeping
from services.people.audit_streams import AuditStream
from services.planning.notifications.cloud_events import signature
from tests.support.channels import SECRET
from tests.support.hooks import Hooks, Reply, hooks_server

_PUBLIC = "https://stagecoach.example"
_EVERYWHERE = AddressPolicy(allow_loopback=True, allow_private=True)


async def _write(database: Database, *actions: str) -> None:
    actor = ActorRef(kind=ActorKind.PERSON, id="p", name="Ada")
    async with database.begin() as tx:
        await tx.audit.add(*(AuditEntry(actor=actor, origin=Origin(via=Via.SESSION), action=each) for each in actions))


async def _send(database: Database, hooks: Hooks, raw, *, addresses: AddressPolicy = _EVERYWHERE) -> None:
    ((last,),) = await raw("SELECT max(seq) FROM audit")
    async with HttpDoor(addresses=addresses) as door:
        url = SecretText(f"{hooks.address}/in?token=canary")
        taker = to_webhook(SignedPosts(door, url=url, secret=SecretText(SECRET)), source=_PUBLIC)
        await AuditStream(database, "webhook", taker).send(through=last)


async def _outputs(raw) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = await raw("SELECT position, failures, error FROM audit_outputs")
    return rows


async def test_a_webhook_gets_a_signed_batch_of_the_entries_as_they_are_exported(database: Database, raw):
    await _write(database, "cluster.added", "cluster.removed")
    async with hooks_server() as hooks:
        await _send(database, hooks, raw)
        await _send(database, hooks, raw)
    (request,) = hooks.requests
    async with database.read() as tx:
        entries = await tx.audit.between(0, 2**62, limit=9)
    assert [json.dumps(each["data"], sort_keys=True) for each in request.json] == [
        json.dumps(json.loads(each.line()), sort_keys=True) for each in entries
    ]
    first, last = (each.seq for each in entries)
    assert [(each["id"], each["source"], each["type"], each["subject"]) for each in request.json] == [
        (f"audit-{first}", _PUBLIC, "stagecoach.audit.written", "cluster.added"),
        (f"audit-{last}", _PUBLIC, "stagecoach.audit.written", "cluster.removed"),
    ]
    assert request.headers["Content-Type"] == "application/cloudevents-batch+json; charset=utf-8"
    assert request.headers["webhook-id"] == f"audit-{first}-{last}"
    stamp = request.headers["webhook-timestamp"]
    assert request.headers["webhook-signature"] == signature(
        request.body, event_id=f"audit-{first}-{last}", timestamp=stamp, secret=SECRET
    )


async def test_what_a_webhook_refuses_is_sent_again_when_it_asks_for_it(database: Database, raw):
    await _write(database, "cluster.added")
    async with hooks_server() as hooks:
        hooks.replies = [Reply(status=503, headers={"Retry-After": "300"}), Reply()]
        await _send(database, hooks, raw)
        assert await _outputs(raw) == [(0, 1, "The receiver answered 503.")]
        ((wait,),) = await raw("SELECT next_try_at - now() FROM audit_outputs")
        assert timedelta(seconds=290) < wait <= timedelta(seconds=300)
        await raw("UPDATE audit_outputs SET next_try_at = now() RETURNING 1")
        await _write(database, "cluster.removed")
        await _send(database, hooks, raw)
    assert [[each["subject"] for each in request.json] for request in hooks.requests] == [
        ["cluster.added"],
        ["cluster.added", "cluster.removed"],
    ]
    assert hooks.requests[0].json[0]["id"] == hooks.requests[1].json[0]["id"]


async def test_nothing_is_sent_to_an_address_that_the_policy_refuses(database: Database, raw):
    await _write(database, "cluster.added")
    async with hooks_server() as hooks:
        await _send(database, hooks, raw, addresses=AddressPolicy(allow_loopback=False, allow_private=True))
    ((position, failures, error),) = await _outputs(raw)
    assert (hooks.requests, position, failures) == ([], 0, 1)
    assert "does not connect" in str(error)
    assert "canary" not in str(error)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those by which the command line finds the database."""
    monkeypatch.setenv("STAGECOACH_DATABASE_URL", database_url)
    monkeypatch.setenv("STAGECOACH_DATA", str(tmp_path))


async def test_the_command_line_verifies_the_seals_and_says_what_does_not_match(
    database: Database, settings: None, raw, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["api.audit", "verify", *arguments])
        code = await asyncio.to_thread(main)
        return code, capsys.readouterr().out

    await _write(database, "cluster.added", "cluster.removed")
    ((last,),) = await raw("SELECT max(seq) FROM audit")
    sealed = await AuditKeeping(database, days=400).seal(through=last)
    assert sealed is not None
    await _write(database, "cluster.added")
    code, told = await run("--tip", sealed.digest.hex().upper())
    assert (code, "1 ranges match, with 2 entries" in told, "1 entries are not sealed yet" in told) == (0, True, True)
    assert sealed.digest.hex() in told
    code, told = await run("--tip", "00" * 32)
    assert (code, "No seal has the digest" in told) == (1, True)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql("UPDATE audit SET actor_name = 'Eve' WHERE action = 'cluster.removed'")
    code, told = await run()
    assert (code, "Range 1" in told, "does not match its seal" in told) == (1, True, True)


async def test_the_command_line_changes_no_database_of_another_release(
    database: Database, settings: None, raw, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["api.audit", "verify"])
    for revision, sentence in (("0001", "older release"), ("9999", "later release")):
        await raw(f"UPDATE alembic_version SET version_num = '{revision}' RETURNING 1")
        try:
            code = await asyncio.to_thread(main)
            left = await raw("SELECT version_num FROM alembic_version")
        finally:
            (head,) = ScriptDirectory.from_config(configuration()).get_heads()
            await raw(f"UPDATE alembic_version SET version_num = '{head}' RETURNING 1")
        assert (code, sentence in capsys.readouterr().err, left) == (2, True, [(revision,)])


def test_the_command_line_makes_no_database_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("STAGECOACH_DATA", str(tmp_path))
    monkeypatch.delenv("STAGECOACH_DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["api.audit", "verify"])
    assert (main(), "There is no database" in capsys.readouterr().err, [*tmp_path.iterdir()]) == (2, True, [])
