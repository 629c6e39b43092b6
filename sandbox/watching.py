"""Watches: the changes of the objects of one kind, as they happen.

A `Watch` is an async iterator of finished lines of JSON; it knows nothing of HTTP.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson

from sandbox.definitions import DEFINITIONS
from sandbox.listing import expired, parse_version
from sandbox.resources import Resource
from sandbox.selectors import Matches
from sandbox.store import Change, ChangeType, Entry, HistoryExpiredError, Object, Store

BOOKMARK_SECONDS = 60.0
Render = Callable[[Entry], Any]
"""How an object is written: an `orjson.Fragment` of it, a row of a table, its metadata."""


class Watch:
    """One client's view of the changes of one resource."""

    def __init__(
        self,
        store: Store,
        resource: Resource,
        *,
        namespace: str | None,
        matches: Matches,
        query: Mapping[str, str],
        render: Render,
    ) -> None:
        """Raises `StatusError` 400."""
        self._store = store
        self._resource = resource
        self._namespace = namespace
        self._matches = matches
        self._render = render
        self._bookmarks = query.get("allowWatchBookmarks", "") in {"1", "true"}
        self._initial_events = query.get("sendInitialEvents", "") == "true"
        self._from = parse_version(query.get("resourceVersion", ""))
        self._seconds = float(query.get("timeoutSeconds") or 1800)
        self._waiting: deque[Change] = deque()
        self._woken = asyncio.Event()
        self._defined = True

    async def lines(self) -> AsyncIterator[bytes]:
        """Events until the timeout, or until the definition of a custom kind goes. Then the subscription ends."""
        unsubscribe = self._store.subscribe(self._note)
        try:
            for line in self._backlog():
                yield line
            loop = asyncio.get_running_loop()
            end = loop.time() + self._seconds
            bookmark = loop.time() + BOOKMARK_SECONDS
            while (left := min(end, bookmark) - loop.time()) > 0 or loop.time() < end:
                try:
                    async with asyncio.timeout(max(left, 0.0)):
                        await self._woken.wait()
                except TimeoutError:
                    bookmark = loop.time() + BOOKMARK_SECONDS
                    if self._bookmarks:
                        yield self._bookmark({})
                    continue
                self._woken.clear()
                while self._waiting:
                    if line_or_none := self._line(self._waiting.popleft()):
                        yield line_or_none
                if not self._defined:
                    return
        finally:
            unsubscribe()

    def _note(self, change: Change) -> None:
        key = change.key
        if self._resource.custom and self._is_end(change):
            self._defined = False
            self._woken.set()
        if (key.group, key.resource) != (self._resource.group, self._resource.plural):
            return
        if self._namespace is None or key.namespace == self._namespace:
            self._waiting.append(change)
            self._woken.set()

    def _is_end(self, change: Change) -> bool:
        """Whether the definition of the kind was deleted: an API server ends its watches when it drops the storage.

        https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go
        """
        key, resource = change.key, self._resource
        return (
            change.type is ChangeType.DELETED
            and (key.group, key.resource) == DEFINITIONS
            and key.name == f"{resource.plural}.{resource.group}"
        )

    def _backlog(self) -> list[bytes]:
        """What a watch begins with: the present, or the past since a version."""
        start = self._from
        if start in {None, 0} or self._initial_events:
            entries = self._store.select(self._resource.group, self._resource.plural, self._namespace)
            lines = [self._event(ChangeType.ADDED, e) for e in entries if self._matches(e.object)]
            if self._initial_events:
                lines.append(self._bookmark({"k8s.io/initial-events-end": "true"}))
            return lines
        assert start is not None
        try:
            missed = self._store.since(self._resource.group, self._resource.plural, start)
        except HistoryExpiredError as error:
            return [orjson.dumps({"type": "ERROR", "object": expired(str(error)).as_json()}) + b"\n"]
        in_view = (c for c in missed if self._namespace is None or c.key.namespace == self._namespace)
        return [line for change in in_view if (line := self._line(change))]

    def _line(self, change: Change) -> bytes | None:
        """The event of a change as this watch sees it: what leaves the selector is gone."""
        if self._from is not None and change.entry.version <= self._from:
            return None
        now = change.type is not ChangeType.DELETED and self._matches(change.object)
        before = change.before is not None and self._matches(change.before.object)
        match (before, now):
            case (False, False):
                return None
            case (False, True):
                return self._event(ChangeType.ADDED, change.entry)
            case (True, True):
                return self._event(ChangeType.MODIFIED, change.entry)
            case _:
                return self._event(ChangeType.DELETED, change.entry)

    def _event(self, kind: ChangeType, entry: Entry) -> bytes:
        return orjson.dumps({"type": kind, "object": self._render(entry)}) + b"\n"

    def _bookmark(self, annotations: dict[str, str]) -> bytes:
        metadata: Object = {"resourceVersion": str(self._store.version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        obj = {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": metadata}
        return orjson.dumps({"type": "BOOKMARK", "object": obj}) + b"\n"
