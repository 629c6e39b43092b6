"""Watches a kind: one stream of events over as many watch requests as it takes.

kubernetes_asyncio's own `Watch` yields a proxy's error page as events, sends 270 requests a second where a server ends
each watch at once, and resumes from the same version after a 410. Here every version is kept, of bookmarks too; after
a watch that ends soon there is a pause; and a 410, after which the caller has to list again, is an error.
https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from domain.resources import Manifest
from services.json_bounds import parse
from services.kube.answers import Stream
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    BudgetExceededError,
    CertificateError,
    ClusterError,
    ClusterUnreachableError,
    CredentialRefusedError,
    KindNotServedError,
    ResourceGoneError,
    WatchExpiredError,
)
from services.kube.gateway import WatchEvent, WatchEventType
from services.kube.requests import Request
from services.kube.responses import error_of_answer, error_of_status

_SHORTEST_SECONDS = 240
_LONGEST_SECONDS = 300
_GRACE_SECONDS = 30  # how much later than requested the server may end a watch
_SOON = 1.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
# Watching again would meet these again: the caller has to handle them.
_FINAL = (WatchExpiredError, CredentialRefusedError, AccessDeniedError, KindNotServedError, ResourceGoneError)


class _Interrupted(Exception):  # noqa: N818  not an error: the watch goes on
    """The stream ended early: pause, then watch again."""


class Watching:
    """One watch. `request` is that of a list; this class adds the watch parameters and the version."""

    def __init__(self, caller: Caller, request: Request, *, resource_version: str, chance: random.Random) -> None:
        self._caller = caller
        self._request = request
        self._version = resource_version
        self._chance = chance

    async def events(self, *, deadline: Deadline) -> AsyncGenerator[WatchEvent]:
        """Events until the deadline passes. Raises the errors that a new watch would meet again: 401, 403, 404, 410."""
        failures = 0
        while not deadline.passed:
            began = time.monotonic()
            try:
                async with aclosing(self._once(deadline)) as events:
                    async for event in events:
                        failures = 0
                        yield event
            except (_Interrupted, ClusterUnreachableError, BudgetExceededError, CertificateError):
                failures += 1
            else:
                failures = failures + 1 if time.monotonic() - began < _SOON else 0
            if failures:
                bound = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
                await asyncio.sleep(min(bound * self._chance.uniform(0.5, 1), deadline.left()))

    async def _once(self, deadline: Deadline) -> AsyncGenerator[WatchEvent]:
        """The events of one request, until the server ends it or the deadline passes."""
        seconds = self._chance.randint(_SHORTEST_SECONDS, _LONGEST_SECONDS)
        seconds = max(1, min(seconds, int(deadline.left()) + 1))
        query = (
            *self._request.query,
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(seconds)),
            ("resourceVersion", self._version),
        )
        await self._caller.pass_breaker(deadline)
        started = time.monotonic()
        answered = False
        try:
            async with self._caller.client.stream(
                replace(self._request, query=query), seconds=min(seconds + _GRACE_SECONDS, deadline.left())
            ) as stream:
                answered = True
                self._caller.breaker.succeeded()
                if stream.status != 200:
                    raise await self._refusal(stream)
                async for line in stream.lines():
                    event = self._event(line)
                    if event is not None:
                        yield event
        except (ClusterUnreachableError, CertificateError):
            if not answered and not deadline.passed:
                self._caller.breaker.failed(started=started)
            raise

    async def _refusal(self, stream: Stream) -> ClusterError | _Interrupted:
        error = error_of_answer(await stream.answer(), self._request, cluster=self._caller.cluster)
        if isinstance(error, CredentialRefusedError) and self._caller.renew_credential():
            return _Interrupted()
        return error if isinstance(error, _FINAL) else _Interrupted()

    def _event(self, line: bytes) -> WatchEvent | None:
        """The event on a line; None for a bookmark. Raises where the line is an ERROR event, or no event."""
        try:
            parsed = parse(line)
            kind, body = parsed["type"], parsed["object"]
        except (ValueError, KeyError, TypeError):
            raise _Interrupted from None  # a proxy's page
        if not isinstance(body, dict):
            raise _Interrupted
        if kind == "ERROR":
            raise self._reported(body)
        version = (body.get("metadata") or {}).get("resourceVersion")
        if version:
            self._version = str(version)
        return WatchEvent(type=WatchEventType(kind), object=Manifest(body)) if kind in _TYPES else None

    def _reported(self, status: dict[str, Any]) -> ClusterError | _Interrupted:
        code = status.get("code")
        error = error_of_status(
            code if isinstance(code, int) else 500, status, self._request, cluster=self._caller.cluster
        )
        return error if isinstance(error, _FINAL) else _Interrupted()


_TYPES = frozenset(WatchEventType)
