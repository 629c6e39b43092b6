"""Reads a kind as records: pages of a list, and one watch. An object that is no record yet exists for a moment only.

In contrast to `watch`, one watch is one request: whoever keeps a kind up to date has to know when nothing is heard.
https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import orjson
import structlog

from domain.declared_kinds import Declaration
from domain.resources import Kind, Manifest
from services.json_bounds import parse
from services.kube.answers import Stream
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.errors import (
    AnswerTooLongError,
    CertificateError,
    ClusterError,
    ClusterUnreachableError,
    CredentialRefusedError,
)
from services.kube.own_namespace import OwnNamespace
from services.kube.requests import Answer, Request
from services.kube.responses import error_of_answer, error_of_status, not_an_api_server
from services.planning.live.records import (
    UNREADABLE,
    LiveRecord,
    RecordEvent,
    RecordKey,
    RecordPage,
    read_event,
    read_object,
    read_page,
)

PAGE = 200
_SHORT_PAGE = 20  # of large objects
_PAGE_SECONDS = 30.0  # for one page
_SHORTEST_SECONDS, _LONGEST_SECONDS = 240, 300  # of one watch: those that began together do not end together
_GRACE_SECONDS = 30  # how much later than requested the server may end a watch
SILENCE = 70.0  # seconds: bookmarks come every minute, and the history of an API server is at least 75 seconds long
_AT_ONCE = 100  # events that are decoded before others have their turn
_MOST_LOGGED = 1000  # objects of a cluster that could not be read
_log = structlog.get_logger(__name__)


class RecordReader:
    """Reads answers of one cluster as records; `print_key` is that of fingerprints in them.

    An object that cannot be read is named in the log, once; no value of it is.
    """

    def __init__(self, cluster: str, *, print_key: bytes) -> None:
        self._cluster = cluster
        self._print_key = print_key
        self._logged: set[RecordKey] = set()

    def page(self, kind: Kind, body: bytes, declaration: Declaration | None) -> RecordPage:
        """Raises those of `UNREADABLE` where it is no list."""
        page = read_page(kind, body, key=self._print_key, declaration=declaration)
        for key in page.skipped:
            self._log_skipped(key)
        return page

    def event(self, kind: Kind, line: bytes, declaration: Declaration | None) -> RecordEvent:
        """Raises those of `UNREADABLE` where it is no event."""
        event = read_event(kind, line, key=self._print_key, declaration=declaration)
        if event.skipped and event.record is not None:
            self._log_skipped(event.record.key)
        return event

    def of(self, kind: Kind, found: Manifest) -> LiveRecord | None:
        """The object as a record; None where it cannot be read as one."""
        try:
            return read_object(kind, orjson.dumps(found.body), key=self._print_key)
        except UNREADABLE:
            self._log_skipped(RecordKey(kind=kind, namespace=found.namespace or "", name=found.name))
            return None

    def _log_skipped(self, key: RecordKey) -> None:
        if key in self._logged or len(self._logged) >= _MOST_LOGGED:
            return
        self._logged.add(key)
        _log.warning(
            "an object is not shown: its fields have other types than its kind has",
            cluster=self._cluster,
            kind=key.kind.name,
            api_version=key.kind.api_version,
            namespace=key.namespace,
            object=key.name,
        )


class RecordStreams:
    """The records of one kind in one scope; `request` is that of a list, and has been vetted."""

    def __init__(
        self,
        caller: Caller,
        request: Request,
        kind: Kind,
        read: RecordReader,
        *,
        declaration: Declaration | None,
        own: OwnNamespace | None,
        chance: random.Random,
    ) -> None:
        self._caller = caller
        self._request = replace(request, sparse=True)
        self._kind = kind
        self._declaration = declaration
        self._own = own if request.namespace is None else None
        self._read = read
        self._chance = chance

    async def pages(self, *, deadline: Deadline, small: bool = False) -> AsyncGenerator[RecordPage]:
        more, limit = "", PAGE
        while True:
            query = (*self._request.query, ("limit", str(limit)), *((("continue", more),) if more else ()))
            # A deadline holds the memory of what was read under it: each page has its own.
            mine = deadline.afresh(_PAGE_SECONDS)
            try:
                page = await self._caller.read(
                    replace(self._request, query=query, last=not small), self._page, deadline=mine, once=True
                )
            except AnswerTooLongError:
                if limit == _SHORT_PAGE:
                    raise
                limit = _SHORT_PAGE
                continue
            yield RecordPage(await self._seen(page.records, deadline), page.resource_version, page.more)
            more = page.more
            if not more:
                return

    async def events(self, resource_version: str, *, deadline: Deadline) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        """Until the server ends the watch; those that came together are yielded together, none once it stands.

        It raises what ends it.
        """
        seconds = max(1, min(self._chance.randint(_SHORTEST_SECONDS, _LONGEST_SECONDS), int(deadline.left()) + 1))
        query = (
            *self._request.query,
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(seconds)),
            ("resourceVersion", resource_version),
        )
        await self._caller.pass_breaker(deadline)
        request, started, answered = replace(self._request, query=query), time.monotonic(), False
        until = min(seconds + _GRACE_SECONDS, deadline.left())
        try:
            async with self._caller.client.stream(request, seconds=until, silence=SILENCE) as stream:
                answered = True
                self._caller.breaker.succeeded()
                if stream.status != 200:
                    raise await self._refusal(stream)
                yield ()  # it stands
                done = 0  # since others had their turn: a turn for each event would cost more than to cut it down
                async with aclosing(stream.batches()) as batches:
                    async for lines in batches:
                        for at in range(0, len(lines), _AT_ONCE):
                            events = tuple(map(self._event, lines[at : at + _AT_ONCE]))
                            yield events if self._own is None else await self._seen_events(events, deadline)
                            done += len(events)
                            if done >= _AT_ONCE:
                                await asyncio.sleep(0)
                                done = 0
        except (ClusterUnreachableError, CertificateError):
            if not answered and not deadline.passed:
                self._caller.breaker.failed(started=started)
            raise

    def _page(self, answer: Answer) -> RecordPage | None:
        try:
            return self._read.page(self._kind, answer.body, self._declaration)
        except UNREADABLE:
            return None

    def _event(self, line: bytes) -> RecordEvent:
        try:
            event = self._read.event(self._kind, line, self._declaration)
        except UNREADABLE:
            raise self._reported(line) from None
        if event.type == "ERROR":
            raise self._reported(line)
        return event

    def _reported(self, line: bytes) -> ClusterError:
        """What an ERROR event says; a proxy's page says nothing."""
        try:
            status = parse(line)["object"]
            code = status["code"]
        except (ValueError, KeyError, TypeError):
            return not_an_api_server(self._request, cluster=self._caller.cluster, status=200)
        return error_of_status(
            code if isinstance(code, int) else 500, status, self._request, cluster=self._caller.cluster
        )

    async def _refusal(self, stream: Stream) -> ClusterError:
        error = error_of_answer(await stream.answer(), self._request, cluster=self._caller.cluster)
        if isinstance(error, CredentialRefusedError):
            self._caller.renew_credential()  # the next watch is sent with the new one
        return error

    async def _seen_events(self, events: tuple[RecordEvent, ...], deadline: Deadline) -> tuple[RecordEvent, ...]:
        records = tuple(event.record for event in events if event.record is not None)
        seen = {record.key for record in await self._seen(records, deadline)}
        return tuple(event for event in events if event.record is None or event.record.key in seen)

    async def _seen(self, records: tuple[LiveRecord, ...], deadline: Deadline) -> tuple[LiveRecord, ...]:
        """Without what lies in the namespace that Stagecoach itself runs in."""
        if self._own is None:
            return records
        hidden = {
            namespace
            for namespace in {record.key.namespace for record in records}
            if await self._own.hides(namespace, deadline=deadline)
        }
        return tuple(each for each in records if each.key.namespace not in hidden) if hidden else records
