"""Persists a cluster's objects: appends every change to a log, and compacts the log when it has grown.

A process that is killed loses at most the unflushed fraction of a second; an incomplete last line is ignored when the
log is read.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from sandbox.store import Change, ChangeType, Entry, Key, Store

FLUSH_SECONDS = 0.2
REWRITE_LINES = 20_000


class Journal:
    """The log of one store. `open` reads it back, from then on every change is written to it."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._store = store
        self._file: IO[bytes] | None = None
        self._buffer: list[bytes] = []
        self._lines = 0
        self._flushing: asyncio.TimerHandle | None = None
        self._unsubscribe = store.subscribe(self._note)

    def open(self) -> bool:
        """Bring the store to where it was; answers whether there was anything. Needs a running event loop."""
        found = False
        for line in self._read():
            found = True
            key = Key(*line["key"])
            if line.get("object") is None:
                self._store.unload(key)
                self._store.restore_version(line["version"])
            else:
                self._store.load(key, line["object"])
        self._rewrite()
        return found

    def close(self) -> None:
        """Write what is left, in as little space as it takes."""
        self._unsubscribe()
        if self._flushing:
            self._flushing.cancel()
        if self._file:
            self._rewrite()
            self._file.close()
            self._file = None

    def _read(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for raw in file:
                try:
                    yield orjson.loads(raw)
                except orjson.JSONDecodeError:
                    return  # cut off when the process died: nothing follows it

    def _note(self, change: Change) -> None:
        if self._file is None:
            return
        self._buffer.append(_line(change.entry, deleted=change.type is ChangeType.DELETED))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        if self._file is None:
            return
        self._lines += len(self._buffer)
        self._file.write(b"".join(self._buffer))
        self._file.flush()
        self._buffer.clear()
        if self._lines > REWRITE_LINES:
            self._rewrite()

    def _rewrite(self) -> None:
        """Put the present state in the place of its history, so that a crash leaves one of the two whole."""
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            # The version first: what was deleted last may have had the highest.
            marker = {"key": ["", "", "", ""], "object": None, "version": self._store.version}
            file.write(orjson.dumps(marker) + b"\n")
            file.writelines(_line(entry, deleted=False) for entry in self._store.everything())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        if self._file:
            self._file.close()
        self._file = self._path.open("ab")
        self._buffer.clear()
        self._lines = 0


def _line(entry: Entry, *, deleted: bool) -> bytes:
    obj = None if deleted else orjson.Fragment(entry.raw)
    return orjson.dumps({"key": list(entry.key), "object": obj, "version": entry.version}) + b"\n"
