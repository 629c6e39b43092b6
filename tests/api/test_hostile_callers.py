"""Callers that send too much, too slowly or too often, and callers that never read: they cost themselves alone."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from api import bodies, http_protocol
from api.callers import Callers
from api.guarded_route import GuardedRoute
from api.json_bodies import MAX_VALUES
from api.main import described_app
from api.openapi import api_routes
from api.settings import CallerSettings
from services.people.access import Proof
from tests.support.service import Service

JSON = {"Content-Type": "application/json"}
HEAD = b"POST /api/v1/applications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Connection]:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """All that the service sends until it ends the connection, which may be by a reset."""
    received = b""
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(65_536):
                received += part
    return received


def bearer(client: httpx.AsyncClient) -> bytes:
    return b"Authorization: " + client.headers["Authorization"].encode() + b"\r\n"


async def test_a_stranger_is_refused_before_the_body_is_read(service: Service, database):
    async with connected(service) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 4000000\r\nExpect: 100-continue\r\n\r\n")
        async with asyncio.timeout(30):
            answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer.lower()


async def test_a_stranger_learns_nothing_of_what_is_wrong_with_the_body(anonymous: httpx.AsyncClient):
    answer = await anonymous.post("/api/v1/applications", content=b"[" * 10_000, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_role_that_is_too_low_is_refused_before_the_body_is_read(viewer: httpx.AsyncClient):
    answer = await viewer.post("/api/v1/applications", content=b"{", headers=JSON)
    assert answer.status_code == 403


async def test_sign_in_takes_a_small_body_only(anonymous: httpx.AsyncClient):
    answer = await anonymous.post("/api/v1/session", json={f"k{number}": number for number in range(370_000)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert len(answer.content) < 1000


async def test_the_errors_of_a_body_are_few_and_short(admin: httpx.AsyncClient):
    body = {f"{'k' * 500}{number}": number for number in range(1000)} | {"name": "x", "clusters": ["x"]}
    answer = await admin.post("/api/v1/environments", json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50
    assert len(answer.content) < 50_000


async def test_a_body_of_too_many_values_is_refused_unvalidated(admin: httpx.AsyncClient):
    body = {f"k{number}": number for number in range(MAX_VALUES + 1)}
    answer = await admin.post("/api/v1/manifests/validate", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


async def test_a_deep_body_is_malformed_input(admin: httpx.AsyncClient):
    for depth in (100, 900, 8_000):
        answer = await admin.post("/api/v1/applications", content=b"[" * depth + b"]" * depth, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_a_body_with_a_byte_order_mark_is_read(admin: httpx.AsyncClient):
    content = b"\xef\xbb\xbf" + orjson.dumps({"name": "shop"})
    assert (await admin.post("/api/v1/applications", content=content, headers=JSON)).status_code == 201


async def test_a_sender_that_never_finishes_its_body_is_answered_and_cut_off(
    service: Service, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "_SECONDS", 0.2)
    monkeypatch.setattr(bodies, "_DRAINED_WITHIN", 0.2)
    async with connected(service) as (reader, writer):
        writer.write(HEAD + bearer(admin) + b'Content-Length: 1000\r\n\r\n{"name": ')
        answer = await ended(reader)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body-too-slow"' in answer


async def test_a_body_that_trickles_is_answered_as_well(
    service: Service, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "_SECONDS", 0.3)
    monkeypatch.setattr(bodies, "_DRAINED_WITHIN", 0.1)
    async with connected(service) as (reader, writer):
        writer.write(HEAD + bearer(admin) + b"Content-Length: 1000\r\n\r\n")
        answer = asyncio.create_task(ended(reader))
        while not answer.done():
            writer.write(b" ")
            await asyncio.sleep(0.02)
    assert answer.result().startswith(b"HTTP/1.1 408 ")


async def test_bodies_that_fill_the_memory_for_them_leave_no_room_for_more(
    service: Service, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies._Held, "at_most", property(lambda _: 150_000, lambda *_: None), raising=False)
    head = b"POST /api/v1/manifests/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body = orjson.dumps({"manifests": "#" * 100_000})
    async with connected(service) as (_, writer):
        writer.write(head + bearer(admin) + b"Content-Length: 3000000\r\n\r\n" + b" " * 100_000)
        await writer.drain()
        async with asyncio.timeout(60):
            while (await admin.post("/api/v1/manifests/validate", content=body, headers=JSON)).status_code != 503:
                await asyncio.sleep(0.05)
    async with asyncio.timeout(60):  # that sender is gone
        while (await admin.post("/api/v1/manifests/validate", content=body, headers=JSON)).status_code != 200:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost:"])
async def test_a_connection_without_a_whole_head_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch, sent: bytes
):
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    async with connected(service) as (reader, writer):
        writer.write(sent)
        assert await ended(reader) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(10_000)),
        b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 100_000,
        b"GET /" + b"x" * 100_000,
    ],
)
async def test_a_head_without_an_end_is_refused(service: Service, sent: bytes):
    async with connected(service) as (reader, writer):
        writer.write(sent)
        assert (await ended(reader)).startswith(b"HTTP/1.1 400 ")


async def test_trailers_without_an_end_end_the_connection(
    service: Service, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "_SECONDS", 3600)  # it is not the time that ends it
    async with connected(service) as (reader, writer):
        writer.write(HEAD + bearer(admin) + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        await asyncio.sleep(0.2)  # else all of it may come in one piece, which is bounded anyway
        writer.write(b"X: 1\r\n" * 20_000)
        assert not (await ended(reader)).startswith(b"HTTP/1.1 2")


async def test_a_few_pipelined_requests_are_answered_and_thousands_are_not(service: Service):
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    async with connected(service) as (reader, writer):
        writer.write(one * 4 + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await ended(reader)).count(b"HTTP/1.1 200 ") == 5
    async with connected(service) as (reader, writer):
        writer.write(one * 2000)
        assert (await ended(reader)).count(b"HTTP/1.1 200 ") < 20


async def test_a_client_that_never_reads_loses_the_connection(
    service: Service, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_protocol, "STALL_SECONDS", 0.3)
    for number in range(100):
        body = {"name": f"a{number}", "description": "x" * 2000}
        assert (await admin.post("/api/v1/applications", json=body)).status_code == 201
    asked = b"GET /api/v1/applications?limit=100 HTTP/1.1\r\nHost: x\r\n" + bearer(admin) + b"\r\n"
    address = urlsplit(service.url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect((address.hostname, address.port))
        deaf.setblocking(False)
        async with asyncio.timeout(60):
            with pytest.raises(ConnectionError):
                await _ask_again_and_again(deaf, asked)


async def _ask_again_and_again(deaf: socket.socket, asked: bytes) -> None:
    while True:
        with contextlib.suppress(BlockingIOError):
            deaf.send(asked)
        await asyncio.sleep(0.02)


async def test_a_callers_streams_are_bounded_and_another_callers_are_its_own(
    service: Service, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    few = Callers(CallerSettings(streams=1))
    stream = few.stream
    monkeypatch.setattr(Callers, "stream", lambda _, actor: stream(actor))
    operation = "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"
    with stream(await service.container.access.actor(_proof(viewer))):
        refused = await viewer.get(f"/api/v1/operations/{operation}/events")
        other = await admin.get(f"/api/v1/operations/{operation}/events")
    again = await viewer.get(f"/api/v1/operations/{operation}/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
    assert int(refused.headers["Retry-After"]) > 0
    assert (other.status_code, again.status_code) == (404, 404)  # past the bound: there is no such operation


def _proof(client: httpx.AsyncClient) -> Proof:
    return Proof(secret=client.headers["Authorization"].removeprefix("Bearer "), by="token")


def test_what_reads_clusters_takes_turns_of_its_own():
    routes = [route.original_route for route in api_routes(described_app())]
    dear = {route.path.removeprefix("/api/v1") for route in routes if isinstance(route, GuardedRoute) and route.dear}
    assert {
        "/applications/{application}/environments/{environment}/resources",
        "/clusters/{cluster}/namespaces",
    } <= dear
    assert {"/applications/{application}/promotions/preview", "/manifests/validate"} <= dear
    assert not {"/me", "/applications", "/applications/{application}/promotions", "/operations"} & dear
    assert not {"/overview", "/applications/{application}/overview"} & dear  # the live picture answers


def test_every_route_is_guarded():
    assert all(isinstance(route.original_route, GuardedRoute) for route in api_routes(described_app()))


@pytest.mark.parametrize("depth", [200, 1000, 200_000])
async def test_a_deep_report_is_unreadable(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, depth: int):
    made = (await admin.post("/api/v1/receivers", json={"name": "ci", "provider": "ci", "settings": {}})).json()
    content = b'{"image": ' + b"[" * depth + b"]" * depth + b"}"
    proof = {"Authorization": f"Bearer {made['secret']}"}
    answer = await anonymous.post(f"/webhooks/{made['id']}", content=content, headers={**JSON, **proof})
    assert (answer.status_code, answer.json()["code"]) == (422, "delivery-unreadable")


async def test_a_report_to_no_receiver_is_refused_before_the_body_is_read(service: Service, database):
    async with connected(service) as (reader, writer):
        head = b"POST /webhooks/" + b"x" * 32 + b" HTTP/1.1\r\nHost: x\r\n"
        writer.write(head + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        async with asyncio.timeout(30):
            answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
