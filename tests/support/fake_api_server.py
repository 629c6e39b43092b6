"""A scripted API server over real HTTP, for answers that practice clusters cannot give, malformed ones included."""

import asyncio
import datetime as dt
import ipaddress
import json
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONFIG_MAPS = {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["get", "list", "patch"]}
SECRETS = {"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["get", "list", "patch"]}
NAMESPACES = {"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": ["get", "list"]}


class NoPause(random.Random):
    """A random source that always draws the shortest pause."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b, 0.0)


def status(code: int, reason: str = "", message: str = "", **details: Any) -> dict[str, Any]:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}
    return {**body, **({"reason": reason} if reason else {}), **({"details": details} if details else {})}


async def until(holds: Callable[[], bool]) -> None:
    """Return once `holds()` is true, at the latest after 90 seconds; for what other tasks do."""
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.01)


def answers(*replies: Any) -> Reply:
    """Answers each call with the next of `replies`, then with the last one: a JSON body, (status, body), or a Reply."""
    left = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        now = left.pop(0) if len(left) > 1 else left[0]
        if callable(now):
            response: web.StreamResponse = await now(request)
            return response
        code, body = now if isinstance(now, tuple) else (200, now)
        if isinstance(body, str):
            return web.Response(status=code, text=body, content_type="text/html")
        return web.json_response(body, status=code)

    return reply


def streams(*lines: bytes, linger: float = 0.0) -> Reply:
    """Answers a watch with exactly these chunks."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for line in lines:
            await response.write(line)
        await asyncio.sleep(linger)
        return response

    return reply


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never_answers(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


@dataclass
class Seen:
    """A request that was received."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeApiServer:
    """Answers by method and path as set with `on`; discovery works, everything else is a 404 page."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.on("GET", "/version", answers({"gitVersion": "v1.36.2", "platform": "linux/amd64"}))
        self.on("GET", "/api", answers({"kind": "APIVersions", "versions": ["v1"]}))
        self.on("GET", "/apis", answers({"kind": "APIGroupList", "groups": []}))
        core = {"kind": "APIResourceList", "groupVersion": "v1", "resources": [CONFIG_MAPS, SECRETS, NAMESPACES]}
        self.on("GET", "/api/v1", answers(core))

    def on(self, method: str, path: str, reply: Reply) -> None:
        self.replies[method, path] = reply

    def asked(self, method: str, path: str) -> list[Seen]:
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(
            Seen(
                request.method,
                request.path,
                dict(request.query),
                {name.lower(): value for name, value in request.headers.items()},
                body,
            )
        )
        reply = self.replies.get((request.method, request.path))
        if reply is None:
            return web.Response(status=404, text="404 page not found\n")
        return await reply(request)


@asynccontextmanager
async def fake_api_server(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[FakeApiServer]:
    """The scripted server, on a free port of this machine."""
    server = FakeApiServer()
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=tls)
    await site.start()
    server.url = f"{'https' if tls else 'http'}://{host}:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.encoded_key(serialization.NoEncryption())

    def encoded_key(self, encryption: serialization.KeySerializationEncryption) -> str:
        pkcs8 = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, pkcs8, encryption).decode()


class Authority:
    """Signs certificates for tests."""

    def __init__(self, name: str = "a test's authority") -> None:
        self._pair = _signed(name, issuer=None, hosts=(), authority=True)

    @property
    def pem(self) -> str:
        return self._pair.certificate_pem

    def sign(self, name: str, *hosts: str) -> Pair:
        return _signed(name, issuer=self._pair, hosts=hosts, authority=False)

    def server_context(self, folder: Path, *hosts: str, clients: bool = False) -> ssl.SSLContext:
        """For a server with a certificate for `hosts`; with `clients` it requires certificates of this authority."""
        pair = self.sign("server", *hosts)
        file = folder / "server.pem"
        file.write_text(pair.certificate_pem + pair.key_pem)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.pem)
        return context


def _signed(name: str, *, issuer: Pair | None, hosts: tuple[str, ...], authority: bool) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if hosts:
        names = [_general_name(host) for host in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Pair(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
