"""Both streams of events conform to the contract; the random requests of test_conformance.py leave them out."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import jsonschema_rs
import pytest

from api.event_stream import encoded
from db.records.operations import EventRecord
from domain.words import EventType
from tests.support.service import CONTRACT, Json

_DOCUMENT = json.loads(CONTRACT.read_text())
_STREAMS = {
    operation["operationId"]: (path, operation)
    for path, methods in _DOCUMENT["paths"].items()
    for operation in methods.values()
    if "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
}
_TOO_LONG, _OVER = "x" * 5000, str(2**31)
# What the contract allows, and what it does not, by the place where it is sent.
_ALLOWED: list[Json] = [
    {},
    *({"params": {"after": each}} for each in ("", "reset", "0", "-")),
    *({"headers": {"Last-Event-ID": each}} for each in ("0", "x")),
]
_REFUSED: dict[str, list[Json]] = {
    "followChanges": [{"params": {"after": _TOO_LONG}}, {"headers": {"Last-Event-ID": _TOO_LONG}}],
    "followOperation": [
        *({"params": {"after": each}} for each in ("-1", "x", "1.5", _OVER)),
        *({"headers": {"Last-Event-ID": each}} for each in ("-1", "x", _OVER)),
    ],
}


def _conforms(name: str, answer: httpx.Response) -> None:
    """Fails unless the contract has this status for the stream, this type of content, and a problem's members."""
    documented = _STREAMS[name][1]["responses"].get(str(answer.status_code))
    assert documented is not None, f"{name} answers {answer.status_code}, which the contract does not know"
    (media_type,) = documented["content"]
    assert answer.headers["Content-Type"].partition(";")[0] == media_type
    if answer.status_code >= 400:
        schema = {**documented["content"][media_type]["schema"], "components": _DOCUMENT["components"]}
        jsonschema_rs.validate(schema, answer.json())


def _data_of(name: str) -> Json:
    """The schema of the JSON in an event's `data`."""
    event = _STREAMS[name][1]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    return {**event["properties"]["data"]["contentSchema"], "components": _DOCUMENT["components"]}


def test_the_streams_are_these():
    assert set(_STREAMS) == set(_REFUSED)


@pytest.mark.parametrize("name", sorted(_REFUSED))
async def test_what_a_stream_refuses_is_a_problem_that_the_contract_knows(
    name: str, viewer: httpx.AsyncClient, anonymous: httpx.AsyncClient
):
    path = _STREAMS[name][0].replace("{operation}", str(uuid4()))
    for sent in _REFUSED[name]:
        answer = await viewer.get(path, **sent)
        assert answer.status_code == 422, sent
        _conforms(name, answer)
    answer = await anonymous.get(path)
    assert answer.status_code == 401
    _conforms(name, answer)


async def test_an_operation_that_is_not_there_has_no_stream(viewer: httpx.AsyncClient):
    path = _STREAMS["followOperation"][0]
    for operation, status in ((str(uuid4()), 404), ("x", 422)):
        answer = await viewer.get(path.replace("{operation}", operation))
        assert answer.status_code == status
        _conforms("followOperation", answer)


async def test_a_stream_of_changes_begins_with_an_event_that_the_contract_knows(viewer: httpx.AsyncClient):
    path, schema = _STREAMS["followChanges"][0], _data_of("followChanges")
    for sent in _ALLOWED:
        async with viewer.stream("GET", path, **sent) as answer:
            assert answer.status_code == 200, sent
            _conforms("followChanges", answer)
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    jsonschema_rs.validate(schema, json.loads(line.removeprefix("data: ")))
                    break
            else:
                pytest.fail(f"the stream ended before its first event: {sent}")


def test_an_entry_of_a_timeline_is_what_the_contract_says():
    told = EventRecord(
        operation_id=str(uuid4()), seq=7, at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
        type=EventType.CLUSTER_ENDED, cluster="prod-eu", resource=None, data={"outcome": "failed"},
    )  # fmt: skip
    lines = dict(line.split(": ", 1) for line in encoded(told).decode().rstrip("\n").split("\n"))
    jsonschema_rs.validate(_data_of("followOperation"), json.loads(lines["data"]))
