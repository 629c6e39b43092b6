"""ASGI middleware around every request: an id, a line in the log, security headers, a plain 500.

From the outside in (a request passes them in this order, its response in reverse):

    PacedSending → RequestId → AccessLog → SecurityHeaders → (CORS) → Unforeseen → BodyLimits → routes

`api.sending` holds the first, `api.bodies` the last.
"""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import unforeseen
from api.metrics import Requests

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_log = structlog.get_logger("api.access")

_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


# A year, for this host alone: other hosts of its domain are not ours to bind (RFC 6797, section 6.1).
_KEEP_TO_HTTPS = "max-age=31536000"


class RequestId:
    """Gives each request an id, or keeps the caller's, in its state, its log lines and its response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, with_id)


class AccessLog:
    """One log line and one count for each response: client, actor, method, path, status. Never a query or a body."""

    def __init__(self, app: ASGIApp, *, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        answered: float | None = None  # of a stream of events, which lasts as long as its client reads it

        async def noting(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                if Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream"):
                    answered = time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - began
            self.requests.note(scope["method"], status, seconds if answered is None else answered)
            _log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 1),
                client=scope["client"][0] if scope.get("client") else None,
                actor=scope["state"].get("actor"),
            )


class SecurityHeaders:
    """Security headers for browsers; responses of the API are never cached.

    Redirects stay relative: behind a proxy that ends TLS, an address made of the request would lead to plain HTTP.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """`https`: people reach the service by https, and browsers shall keep to it."""
        self.app = app
        self.headers = {**_SAFE_HEADERS, **({"Strict-Transport-Security": _KEEP_TO_HTTPS} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
                if "location" in headers:
                    headers["Location"] = _relative(headers["location"], Headers(scope=scope).get("host", ""))
            await send(message)

        await self.app(scope, receive, safe)


def _relative(location: str, host: str) -> str:
    """An absolute URL of the host that the request names, without scheme and host; else the same."""
    for scheme in ("http://", "https://"):
        if host and location.startswith(f"{scheme}{host}/"):
            return location.removeprefix(f"{scheme}{host}")
    return location


class Unforeseen:
    """Turns an unexpected exception into a 500 without details. A response that has begun is cut off instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            return  # the client left before its request was read, and no answer can be sent
        except Exception as error:  # noqa: BLE001 - the only catch-all, at the edge
            answer = unforeseen(error, scope["state"]["request_id"])
            if not begun:
                await answer(scope, receive, send)
