"""Watches, across everything that interrupts them."""

import asyncio
import json
import random
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    CredentialRefusedError,
    KindNotServedError,
    WatchExpiredError,
)
from services.kube.gateway import WatchEvent
from services.kube.kubernetes_gateway import KubernetesGateway
from tests.support.fake_api_server import FakeApiServer, answers, hangs_up, status, streams

CONFIG_MAP = Kind.of("v1", "ConfigMap")
COLLECTION = "/api/v1/namespaces/shop/configmaps"


def line(kind: str, name: str, version: int, **more: Any) -> bytes:
    body = {"kind": "ConfigMap", "metadata": {"name": name, "resourceVersion": str(version)}, **more}
    return json.dumps({"type": kind, "object": body}).encode() + b"\n"


def reported(code: int, reason: str = "") -> bytes:
    return json.dumps({"type": "ERROR", "object": status(code, reason)}).encode() + b"\n"


async def first(count: int, gateway: KubernetesGateway, *, version: str = "1", seconds: float = 10) -> list[WatchEvent]:
    """So many events, or those that came before the deadline."""
    watch = gateway.watch(CONFIG_MAP, namespace="shop", resource_version=version, deadline=Deadline.after(seconds))
    events: list[WatchEvent] = []
    async with aclosing(watch):
        async for event in watch:
            events.append(event)
            if len(events) == count:
                break
    return events


def versions(server: FakeApiServer) -> list[str]:
    return [seen.query["resourceVersion"] for seen in server.asked("GET", COLLECTION)]


async def test_events_are_yielded_as_the_server_sends_them(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, streams(line("ADDED", "a", 2), line("MODIFIED", "a", 3), line("DELETED", "a", 4)))
    events = await first(3, gateway)
    assert [(event.type.value, event.object.name) for event in events] == [
        ("ADDED", "a"),
        ("MODIFIED", "a"),
        ("DELETED", "a"),
    ]


async def test_a_watch_asks_for_bookmarks_and_an_end(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, streams(line("ADDED", "a", 2)))
    await first(1, gateway)
    query = server.asked("GET", COLLECTION)[0].query
    assert (query["watch"], query["allowWatchBookmarks"], query["resourceVersion"]) == ("1", "true", "1")
    assert 1 <= int(query["timeoutSeconds"]) <= 11


async def test_after_an_end_the_watch_goes_on_from_the_last_version(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, answers(streams(line("ADDED", "a", 5)), streams(line("ADDED", "b", 6))))
    assert [event.object.name for event in await first(2, gateway)] == ["a", "b"]
    assert versions(server) == ["1", "5"]


async def test_a_bookmark_is_a_version_and_no_event(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, answers(streams(line("BOOKMARK", "", 9)), streams(line("ADDED", "b", 10))))
    assert [event.object.name for event in await first(1, gateway)] == ["b"]
    assert versions(server) == ["1", "9"]


async def test_a_line_in_pieces_is_one_event(gateway: KubernetesGateway, server: FakeApiServer):
    whole = line("ADDED", "a", 2, data={"k": "ä" * 50})
    server.on("GET", COLLECTION, streams(*(whole[i : i + 7] for i in range(0, len(whole), 7))))
    assert (await first(1, gateway))[0].object.body["data"] == {"k": "ä" * 50}


async def test_a_very_long_line_is_one_event(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, streams(line("ADDED", "a", 2, data={"k": "x" * 6_000_000}) + line("ADDED", "b", 3)))
    assert [event.object.name for event in await first(2, gateway)] == ["a", "b"]


@pytest.mark.parametrize(
    "trouble",
    [
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>\n<body>Welcome</body>\n</html>"),
        (200, ""),
        (500, status(500)),
        (429, status(429)),
        hangs_up,
        streams(b'{"type": "ADDED", "obj'),
        streams(b"[1, 2]\n"),
        streams(reported(500, "InternalError")),
    ],
)
async def test_trouble_is_got_over(gateway: KubernetesGateway, server: FakeApiServer, trouble: Any):
    server.on("GET", COLLECTION, answers(trouble, trouble, streams(line("ADDED", "a", 2))))
    assert [event.object.name for event in await first(1, gateway)] == ["a"]
    assert versions(server) == ["1", "1", "1"]


async def test_a_server_that_ends_each_watch_at_once_is_not_overrun(server: FakeApiServer, gateway: KubernetesGateway):
    server.on("GET", COLLECTION, answers((200, "")))
    gateway._chance = random.Random(1)  # the pauses as they are
    assert await first(1, gateway, seconds=1.2) == []
    assert len(server.asked("GET", COLLECTION)) <= 3


@pytest.mark.parametrize("expired", [(410, status(410, "Expired")), streams(reported(410, "Expired"))])
async def test_a_version_that_is_too_old_is_reported(gateway: KubernetesGateway, server: FakeApiServer, expired: Any):
    server.on("GET", COLLECTION, answers(expired))
    with pytest.raises(WatchExpiredError):
        await first(1, gateway)
    assert len(versions(server)) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((401, status(401, "Unauthorized")), CredentialRefusedError),
        ((403, status(403, "Forbidden", 'User "u" cannot watch resource "x" in API group ""')), AccessDeniedError),
        ((404, "404 page not found"), KindNotServedError),
        (streams(reported(403, "Forbidden")), AccessDeniedError),
    ],
)
async def test_an_error_that_a_new_watch_would_meet_again_is_raised(
    gateway: KubernetesGateway, server: FakeApiServer, answer: Any, kind: type
):
    server.on("GET", COLLECTION, answers(answer))
    with pytest.raises(kind):
        await first(1, gateway)
    assert len(versions(server)) == 1


async def test_the_deadline_ends_a_quiet_watch_without_an_error(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", COLLECTION, streams(line("ADDED", "a", 2), linger=60))
    assert [event.object.name for event in await first(2, gateway, seconds=0.3)] == ["a"]


async def test_a_watch_that_falls_silent_is_asked_for_again(server: FakeApiServer, connect: Any, pool: Any):
    async def dead(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(line("ADDED", "a", 2))
        await asyncio.sleep(60)
        return response

    gateway = await connect(server.url)
    client = gateway._caller.client
    client._timeouts = type(client._timeouts)(watch_silence=0.1)
    server.on("GET", COLLECTION, answers(dead, streams(line("ADDED", "b", 3))))
    assert [event.object.name for event in await first(2, gateway)] == ["a", "b"]


async def test_a_watch_takes_no_slot_from_requests(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", COLLECTION, streams(line("ADDED", "a", 2), linger=60))
    watches = [gateway.watch(CONFIG_MAP, namespace="shop", resource_version="1", deadline=soon) for _ in range(20)]
    await asyncio.gather(*(anext(watch) for watch in watches))
    assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"
    for watch in watches:
        await watch.aclose()
