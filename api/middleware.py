"""ASGI middleware around every request: an id, a line in the log, security headers, a bounded body, a plain 500.

From the outside in (a request passes them in this order, its response in reverse):

    RequestId → AccessLog → SecurityHeaders → (CORS) → Unforeseen → BodyLimit → routes
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem, unforeseen
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
    """One log line and one count for each response: actor, method, path, status. Never a query or a body."""

    def __init__(self, app: ASGIApp, *, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - began
            self.requests.note(scope["method"], status, seconds)
            _log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 1),
                actor=scope["state"].get("actor"),
            )


class SecurityHeaders:
    """Security headers for browsers; responses of the API are never cached."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, safe)


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
        except Exception as error:  # noqa: BLE001 - the only catch-all, at the edge
            answer = unforeseen(error, scope["state"]["request_id"])
            if not begun:
                await answer(scope, receive, send)


_DRAINED_AT_MOST = 8 * 1024 * 1024  # bytes
_DRAINED_WITHIN = 5.0  # seconds


class _TooLongError(Exception):
    """The body exceeds the limit."""


class BodyLimit:
    """413 for a body over the limit, whether its length is declared or it comes in chunks.

    Most clients send the whole body before they read the response. So the rest is read and dropped, up to a bound:
    cut off at once, such a client would see a broken connection instead of the 413.
    """

    def __init__(self, app: ASGIApp, *, limit: int, below: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.limit = limit
        self.below = dict(below or {})  # limits by path prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((limit for start, limit in self.below.items() if scope["path"].startswith(start)), self.limit)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        received, too_long, begun = 0, False, False

        async def counted() -> Message:
            nonlocal received, too_long
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                too_long = True
                raise _TooLongError
            return message

        async def unless_too_long(message: Message) -> None:
            # FastAPI answers `_TooLongError` as an unreadable body; the 413 replaces that response.
            nonlocal begun
            if not too_long or begun:
                begun = True
                await send(message)

        with contextlib.suppress(_TooLongError):
            await self.app(scope, counted, unless_too_long)
        if too_long and not begun:
            await self._refuse(scope, receive, send, limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAINED_WITHIN):
                await _drain(receive)
        answer = problem(
            status=413,
            code="body-too-large",
            title="Request body too large",
            detail=f"The request body exceeds {limit} bytes.",
            request_id=scope["state"]["request_id"],
        )
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


async def _drain(receive: Receive) -> None:
    left = _DRAINED_AT_MOST
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
