"""Reads request bodies: bounded in size, in time, and in what all of them together hold.

A body's bytes are held from the moment they arrive until the response is sent. Each limit answers a way to exhaust the
process: one body that is too large, many that are, a sender that never finishes.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping
from typing import ClassVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.errors import Category, StagecoachError

SMALL = 16 * 1024
MEDIUM = 1024 * 1024
_HELD_AT_MOST = 64 * 1024 * 1024  # bytes, of the bodies of callers who are known
_HELD_OF_STRANGERS = 16 * 1024 * 1024  # of those who prove themselves by the body: sign-in and webhooks
_SECONDS = 20.0  # for a body that is small
_BYTES_A_SECOND = 64 * 1024  # for the rest of a large one
_DRAINED_AT_MOST = 8 * 1024 * 1024  # bytes
_DRAINED_WITHIN = 5.0  # seconds

# The rest is small: names, choices, a credential. A path without a row gets `SMALL`.
_LARGER = (
    (r"/api/v1/.+/(configure|import)(/preview)?", None),
    (r"/api/v1/manifests/validate", None),
    (r"/api/v1/operations/[^/]+/retry", None),  # Secrets' values are sent again
    (r"/api/v1/receivers/[^/]+/test", None),  # a delivery, as text inside JSON
    (r"/api/v1/clusters(/[^/]+)?", MEDIUM),  # a kubeconfig
    (r"/api/v1/environments(/[^/]+)?", MEDIUM),  # the names of a thousand clusters
    (r"/api/v1/.+/(adopt|promotions|deploy|rollback|image-policies|deploy-mode)(/preview)?", MEDIUM),
    (r"/api/v1/(registries|polls)/.+", MEDIUM),
    (r"/api/v1/receivers(/[^/]+)?", MEDIUM),
)
LARGER: Mapping[re.Pattern[str], int | None] = {re.compile(path): limit for path, limit in _LARGER}
"""The limit of bodies by path; None: the largest that the settings allow."""


class BodyTooLargeError(StagecoachError):
    code = "body-too-large"
    title = "Request body too large"
    category = Category.TOO_LARGE


class BodyTooSlowError(StagecoachError):
    """The body did not arrive in time."""

    code = "body-too-slow"
    title = "Request body too slow"
    category = Category.TOO_SLOW


class BodiesHeldError(StagecoachError):
    """All bodies that are being read take as much memory as they may."""

    code = "busy"
    title = "The service is busy"
    category = Category.UNAVAILABLE


class _Held:
    """Bytes of bodies that are in memory."""

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self.bytes = 0


class BodyLimits:
    """Raises the errors above where the application reads a body, which `api.errors` answers.

    Where the response is made before the body was read (it is refused, or nobody wants it), the rest is read and
    dropped, up to a bound: most clients send all of it before they read the response, and see a broken connection if
    they cannot. What goes beyond the bound ends the connection.
    """

    strangers: ClassVar = re.compile(r"/api/v1/session(/oidc/.*)?|/api/v1/token|/webhooks/.*")

    def __init__(self, app: ASGIApp, *, limit: int, webhook_limit: int) -> None:
        self.app = app
        self.limit = limit
        self.webhook_limit = webhook_limit
        self._held = _Held(_HELD_AT_MOST)
        self._held_of_strangers = _Held(_HELD_OF_STRANGERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        held = self._held_of_strangers if self.strangers.fullmatch(path) else self._held
        body = _Body(scope, receive, limit=self._limit(path), held=held)
        try:
            await self.app(scope, body.receive, body.before_response(send))
        finally:
            body.let_go()

    def _limit(self, path: str) -> int:
        if path.startswith("/webhooks/"):
            return self.webhook_limit
        row = next((row for pattern, row in LARGER.items() if pattern.fullmatch(path)), SMALL)
        return self.limit if row is None else min(row, self.limit)


class _Body:
    """The body of one request, as the application reads it."""

    def __init__(self, scope: Scope, receive: Receive, *, limit: int, held: _Held) -> None:
        headers = Headers(scope=scope)
        self._receive = receive
        self._limit = limit
        self._held = held
        self._declared = headers.get("content-length")
        self._waits_for_100 = headers.get("expect", "").lower() == "100-continue"
        self._received = 0
        self._kept = 0
        self._complete = self._declared in {None, "0"} and "transfer-encoding" not in headers
        self._begun: float | None = None

    async def receive(self) -> Message:
        """Once the body is complete, this waits for the end of the connection without a bound."""
        if self._complete:
            return await self._receive()
        if self._declared is not None and not (self._declared.isdecimal() and int(self._declared) <= self._limit):
            raise self._too_large()
        self._begun = self._begun or time.monotonic()
        try:
            async with asyncio.timeout(self._begun + _SECONDS + self._received / _BYTES_A_SECOND - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlowError(
                f"The request body was not complete after {time.monotonic() - self._begun:.0f} s."
            ) from None
        self._count(message)
        return message

    def before_response(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._complete:
                await self._drain()
                if not self._complete:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        return sending

    def let_go(self) -> None:
        self._held.bytes -= self._kept
        self._kept = 0

    def _count(self, message: Message) -> None:
        size = len(message.get("body", b""))
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        self._received += size
        if self._received > self._limit:
            raise self._too_large()
        if self._held.bytes + size > self._held.at_most:
            raise BodiesHeldError("Other requests with large bodies are being read. Send the request again in a while.")
        self._held.bytes += size
        self._kept += size

    def _too_large(self) -> BodyTooLargeError:
        return BodyTooLargeError(f"The request body exceeds {self._limit} bytes.")

    async def _drain(self) -> None:
        self.let_go()
        if self._waits_for_100 and not self._received:
            return  # such a client reads the response first
        left = _DRAINED_AT_MOST
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAINED_WITHIN):
                while left > 0 and not self._complete:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._complete = message["type"] != "http.request" or not message.get("more_body", False)
