"""Bounds the memory that the answers of all clusters take together, after decompression.

A kilobyte on the wire can become a megabyte here, and a megabyte of JSON six or twenty of objects, so one cluster that
is broken or in the wrong hands could exhaust the process, and with it the work on all others. What a use case reads
counts until its deadline is dropped, because so long its facts are held. A cluster has half of the memory at most: what
it sends costs the use cases that read it, and no others.
"""

import asyncio
import weakref
from collections import Counter, deque

from services.kube.deadline import Deadline
from services.kube.errors import AnswersTooLargeError, BudgetExceededError

MEMORY = 256 * 1024 * 1024
_LOOK_AGAIN = 0.05  # seconds
# What Python's objects take, roughly: an object of some members with its strings, a list, and one value more.
_OBJECT, _LIST, _VALUE = 200, 64, 64


def parsed_size(body: bytes) -> int:
    """About what a JSON text takes in memory once it is parsed, found without parsing it."""
    return len(body) + _OBJECT * body.count(b"{") + _LIST * body.count(b"[") + _VALUE * body.count(b",")


class AnswerMemory:
    """The memory for answers. For one event loop."""

    def __init__(self, at_most: int = MEMORY) -> None:
        self._at_most = at_most
        self._of_one = at_most // 2
        self._taken: Counter[str] = Counter()  # bytes by cluster
        self._of_all = 0  # their sum, which each answer asks for twice: of hundreds of clusters it takes long to add up
        self._dropped: deque[Counter[str]] = deque()  # a deadline may be dropped in any thread
        self._seen: weakref.WeakSet[object] = weakref.WeakSet()

    async def take(self, size: int, *, cluster: str, deadline: Deadline) -> None:
        """Wait for so much memory and take it until the deadline is dropped.

        Raises `AnswersTooLargeError` where it can never fit, and `BudgetExceededError` where others hold it for too
        long.
        """
        self._watch(deadline)
        self._settle()
        if deadline.held[cluster] + size > self._of_one:
            raise AnswersTooLargeError(
                f"The answers of cluster {cluster} take more than {self._of_one // 2**20} MiB of memory. Read less "
                "of it at once, as a smaller namespace.",
                cluster=cluster,
            )
        while self._taken[cluster] + size > self._of_one or self._of_all + size > self._at_most:
            if deadline.passed:
                raise BudgetExceededError(
                    "The answers of clusters take all the memory that there is for them; the time was used up before "
                    "some became free.",
                    cluster=cluster,
                )
            await asyncio.sleep(_LOOK_AGAIN)
            self._settle()
        self._taken[cluster] += size
        self._of_all += size
        deadline.held[cluster] += size

    def give_back(self, size: int, *, cluster: str, deadline: Deadline) -> None:
        """Free what was taken, before the deadline is dropped."""
        self._taken[cluster] -= size
        self._of_all -= size
        deadline.held[cluster] -= size

    def _watch(self, deadline: Deadline) -> None:
        if deadline.held not in self._seen:
            self._seen.add(deadline.held)
            weakref.finalize(deadline.held, self._dropped.append, deadline.held.amounts).atexit = False

    def _settle(self) -> None:
        while self._dropped:
            dropped = self._dropped.popleft()
            self._taken.subtract(dropped)
            self._of_all -= dropped.total()
