"""What both sides of `live` measure of themselves: time, CPU, memory, latencies and pauses, and how they are asked.

A side reads commands from standard input, a line each, and answers with a JSON line: `start`, `figures`, and `quiet`,
after which no stalls are looked for.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

NAMESPACE = "shop"
KINDS = (
    ("apps/v1", "Deployment", "deployments"),
    ("apps/v1", "StatefulSet", "statefulsets"),
    ("apps/v1", "DaemonSet", "daemonsets"),
    ("v1", "Pod", "pods"),
)
_YOUNG = 50_000  # allocations until a collection
_BEAT = 0.005  # seconds between two looks at the clock, for stalls of the loop


class Measured:
    """`begin` starts all watches and returns once they stand; `objects` counts what is kept."""

    def __init__(self, begin: Callable[[], Awaitable[None]], objects: Callable[[], int]) -> None:
        self._begin = begin
        self._objects = objects
        self._collection_began = 0.0
        self.events = 0
        self.late: list[float] = []  # seconds from change to record
        self.longest_collection = 0.0
        self.longest_stall = 0.0

    def seen(self, changed_at: str | None) -> None:
        """A change has arrived that says when it was made."""
        if changed_at and changed_at.isdecimal():
            self.late.append((time.monotonic_ns() - int(changed_at)) / 1e9)

    async def serve(self) -> None:
        gc.callbacks.append(self._collecting)
        beating = asyncio.create_task(self._beat())
        loop = asyncio.get_running_loop()
        print(json.dumps({"resident": resident(), "pid": os.getpid()}), flush=True)  # noqa: T201
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            if line == ["start"]:
                began = time.perf_counter()
                await self._begin()
                self._say(seconds=time.perf_counter() - began, objects=self._objects(), stall=self.longest_stall)
            elif line == ["quiet"]:  # the clock that finds stalls took a third of what is measured without changes
                beating.cancel()
                self._say(cpu=time.process_time())
            elif line == ["figures"]:
                self._say(
                    resident=resident(),
                    peak=peak(),
                    cpu=time.process_time(),
                    events=self.events,
                    late=sorted(self.late),
                    collection=self.longest_collection,
                    stall=self.longest_stall,
                )
                self.late.clear()
                self.longest_stall = self.longest_collection = 0.0
        beating.cancel()

    def _say(self, **values: Any) -> None:
        print(json.dumps(values), flush=True)  # noqa: T201

    async def _beat(self) -> None:
        """By the time that this thread has computed between two turns: what others compute meanwhile is no stall."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(_BEAT)
            self.longest_stall = max(self.longest_stall, time.thread_time() - before)

    def _collecting(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.thread_time()
        else:
            self.longest_collection = max(self.longest_collection, time.thread_time() - self._collection_began)


def settle() -> None:
    """Set the garbage collector as the service's is (`api.interpreter`): it leaves out what exists now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


def resident() -> float:
    """MB of this process in memory."""
    return _status("VmRSS")


def peak() -> float:
    """The most MB that this process has had in memory."""
    return _status("VmHWM")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
