"""The encoding of an operation's events as server-sent events."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import cast

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.event_stream import encoded, stream, while_authenticated
from api.metrics import Requests
from api.middleware import AccessLog
from api.routes.operations import still_sees
from api.schemas.operations import EventRead
from db.records.operations import EventRecord
from domain.grants import Actor
from domain.resources import ResourceId
from domain.words import EventType
from services.changes.operations import Operations
from services.errors import NotFoundError, UnauthenticatedError
from services.people.access import Access, Proof
from tests.support.actors import ANN


def event(seq: int = 7, microsecond: int = 5, **fields: object) -> EventRecord:
    plain = {
        "operation_id": "018f0000-0000-7000-8000-000000000000",
        "seq": seq,
        "at": datetime(2026, 11, 23, 8, 30, 1, microsecond, tzinfo=UTC),
        "type": EventType.CLUSTER_ENDED,
        "cluster": "prod-eu",
        "resource": None,
        "data": {"outcome": "failed", "detail": "Zeile 1\nZeile 2 ✓ \u2028 \u0000 ü"},
    }
    return EventRecord(**{**plain, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "told",
    [
        event(),
        event(microsecond=0),
        event(cluster=None, data={}),
        event(resource=ResourceId.of("apps/v1", "Deployment", "web")),
    ],
)
def test_an_event_on_the_wire_is_what_the_contract_says(told: EventRecord) -> None:
    lines = encoded(told).decode().split("\n")
    assert lines == [
        "id: 7",
        "event: cluster.ended",
        f"data: {EventRead.model_validate(told).model_dump_json()}",
        "",
        "",
    ]


def test_a_renamed_event_reaches_those_who_listen_to_its_former_name() -> None:
    name, data = encoded(event(type=EventType.UNDO_STARTED)).decode().split("\n")[1:3]
    assert name == "event: rollback.started"
    entry = orjson.loads(data.removeprefix("data: "))
    assert (entry["type"], entry["former_type"]) == ("undo.started", "rollback.started")


def test_a_resource_is_an_object_and_the_text_of_the_former_release() -> None:
    web = ResourceId.of("apps/v1", "Deployment", "web")
    entry = orjson.loads(encoded(event(resource=web)).decode().split("\n")[2].removeprefix("data: "))
    assert entry["resource_ref"] == {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}
    assert entry["resource"] == "apps/v1/Deployment/web"


async def test_events_that_were_read_together_are_sent_together() -> None:
    async def batches() -> AsyncGenerator[tuple[EventRecord, ...]]:
        yield (event(1), event(2))
        yield (event(3),)

    sent = [piece async for piece in stream(batches(), authenticated=_always).body_iterator]
    assert sent == [encoded(event(1)) + encoded(event(2)), encoded(event(3))]


async def test_a_stream_ends_when_its_caller_is_no_longer_authenticated() -> None:
    closed = asyncio.Event()

    async def batches() -> AsyncGenerator[tuple[EventRecord, ...]]:
        try:
            yield (event(1),)
            await asyncio.Event().wait()
        finally:
            closed.set()

    answers = iter([True, True, False])

    async def authenticated() -> bool:
        return next(answers)

    async with asyncio.timeout(5):
        seen = [batch async for batch in while_authenticated(batches(), authenticated, every=0.01)]
        await closed.wait()
    assert (seen, list(answers)) == ([(event(1),)], [])


async def test_a_busy_stream_is_asked_about_too() -> None:
    async def batches() -> AsyncGenerator[tuple[EventRecord, ...]]:
        for number in itertools.count(1):
            await asyncio.sleep(0.001)
            yield (event(number),)

    async def revoked() -> bool:
        return False

    async with asyncio.timeout(5):
        async for _ in while_authenticated(batches(), revoked, every=0.02):
            pass


async def test_a_reader_that_leaves_closes_what_it_read() -> None:
    closed = asyncio.Event()

    async def batches() -> AsyncGenerator[tuple[EventRecord, ...]]:
        try:
            while True:
                yield (event(1),)
        finally:
            closed.set()

    followed = while_authenticated(batches(), _always)
    await anext(followed)
    await followed.aclose()
    async with asyncio.timeout(5):
        await closed.wait()


async def _always() -> bool:
    return True


class _Access:
    async def actor(self, proof: Proof) -> Actor:
        if proof.secret == "revoked":
            raise UnauthenticatedError("Revoked.")
        return ANN


class _Operations:
    async def require(self, operation: str, *, actor: Actor) -> None:
        if operation == "hidden":
            raise NotFoundError("operation", operation)


async def test_a_stream_ends_with_its_proof_and_with_the_right_to_see_the_operation() -> None:
    access, operations = cast("Access", _Access()), cast("Operations", _Operations())
    for operation, secret, sees in (("seen", "good", True), ("seen", "revoked", False), ("hidden", "good", False)):
        proof = Proof(secret=secret, by="token")
        assert await still_sees(operation, proof, access=access, operations=operations) is sees


@pytest.mark.parametrize(("media_type", "counted"), [("text/event-stream", False), ("application/json", True)])
async def test_how_long_a_stream_is_read_is_no_time_that_a_request_takes(media_type: str, counted: bool):
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", media_type.encode())]})
        await asyncio.sleep(0.3)

    async def ignored(_: Message) -> None:
        """Whoever reads it."""

    requests = Requests()
    scope = {"type": "http", "method": "GET", "path": "/api/v1/events", "state": {}}
    await AccessLog(app, requests=requests)(scope, cast("Receive", ignored), ignored)
    assert (requests.seconds >= 0.3) is counted
