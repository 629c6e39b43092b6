"""Reads the bodies of an API server's answers, within bounds: a server that sends too much is the one that suffers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp

from services.kube.answer_memory import AnswerMemory, parsed_size
from services.kube.deadline import Deadline
from services.kube.errors import AnswerTooLongError
from services.kube.requests import Answer

MAX_ANSWER_BYTES = 32 * 1024 * 1024  # after decompression; a page of a list has a few MiB
_MAX_LINE_BYTES = 16 * 1024 * 1024  # of a watch: one object, which etcd bounds to some MiB
_MAX_EVENT_BYTES = 4 * 1024 * 1024  # of a watch of which records are made: an object, which etcd bounds to 1.5 MiB
_SOME_BYTES = 1024 * 1024
_MAX_REFUSAL_BYTES = 1024 * 1024


async def read_answer(
    response: aiohttp.ClientResponse, memory: AnswerMemory, *, cluster: str, deadline: Deadline, sparse: bool = False
) -> bytes:
    """The body. Memory is taken as it comes, and for what it becomes when it is parsed, unless that is `sparse`.

    Raises `AnswerTooLongError`, `AnswersTooLargeError` and `BudgetExceededError`; then what was taken is free again.
    """
    chunks: list[bytes] = []
    taken = 0
    try:
        while chunk := await response.content.readany():
            chunks.append(chunk)
            if taken + len(chunk) > MAX_ANSWER_BYTES:
                _refuse(cluster, MAX_ANSWER_BYTES)
            await memory.take(len(chunk), cluster=cluster, deadline=deadline)
            taken += len(chunk)
            if taken > _SOME_BYTES:
                await asyncio.sleep(0)  # what is there already, compressed, is read without a pause otherwise
        body = b"".join(chunks)
        if not sparse:
            await memory.take(parsed_size(body) - taken, cluster=cluster, deadline=deadline)
    except BaseException:
        memory.give_back(taken, cluster=cluster, deadline=deadline)
        raise
    return body


class Hearing:
    """Ends an answer of which nothing has come for so many seconds, while somebody waits for the next piece.

    By one timer for the whole answer: aiohttp's own (`sock_read`) is set anew with each piece.
    """

    def __init__(self, response: aiohttp.ClientResponse, *, seconds: float) -> None:
        self._response = response
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()  # somebody waits
        self._waits = True
        self._timer = self._loop.call_later(seconds, self._look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """What comes, as it comes. Raises `aiohttp.SocketTimeoutError` after the silence."""
        content = self._response.content
        while piece := await content.readany():
            self._waits = False  # who reads may take its time
            yield piece
            self._since, self._waits = self._loop.time(), True

    def _look(self) -> None:
        left = self._since + self._seconds - self._loop.time() if self._waits else self._seconds
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._response.content.set_exception(aiohttp.SocketTimeoutError("nothing came"))


class Stream:
    """The answer to a watch: its status at once, its lines as they arrive."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        cluster: str,
        hearing: Hearing,
        *,
        memory: AnswerMemory,
        deadline: Deadline,
    ) -> None:
        self._response = response
        self._hearing = hearing
        self._cluster = cluster
        self._memory = memory
        self._deadline = deadline

    @property
    def status(self) -> int:
        return self._response.status

    async def answer(self) -> Answer:
        """The whole answer, where it is an error and not a stream."""
        chunks: list[bytes] = []
        while chunk := await self._response.content.readany():
            chunks.append(chunk)
            if sum(map(len, chunks)) > _MAX_REFUSAL_BYTES:
                _refuse(self._cluster, _MAX_REFUSAL_BYTES)
        return Answer(status=self._response.status, headers=self._response.headers, body=b"".join(chunks))

    async def batches(self) -> AsyncGenerator[list[bytes]]:
        """The lines as they arrive, those of one read together; for a reader that makes little of each.

        No memory is taken for them: a line is bounded, and gone before the next ones are read.
        """
        rest = b""
        async for chunk in self._hearing.pieces():
            *whole, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
            if len(rest) > _MAX_EVENT_BYTES:
                raise aiohttp.ClientPayloadError("the line is too long")
            if lines := [line for line in whole if line.strip()]:
                yield lines

    async def lines(self) -> AsyncIterator[bytes]:
        """Non-empty lines, bounded; aiohttp's own `readline` refuses more than its buffer holds.

        The memory that a line becomes when it is parsed is taken until the next one is asked
        for: many clusters may send long events at the same time.
        """
        pieces: list[bytes] = []
        size = 0
        async for chunk in self._hearing.pieces():
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                joined = b"".join((*pieces, line))
                pieces.clear()
                size = 0
                if joined.strip():
                    async with self._held(parsed_size(joined)):
                        yield joined
            if rest:
                pieces.append(rest)
                size += len(rest)
            if size > _MAX_LINE_BYTES:
                raise aiohttp.ClientPayloadError("the line is too long")

    @asynccontextmanager
    async def _held(self, size: int) -> AsyncIterator[None]:
        await self._memory.take(size, cluster=self._cluster, deadline=self._deadline)
        try:
            yield
        finally:
            self._memory.give_back(size, cluster=self._cluster, deadline=self._deadline)


def _refuse(cluster: str, most: int) -> None:
    raise AnswerTooLongError(
        f"Cluster {cluster} sent an answer of more than {most // 2**20} MiB, the most that is read.", cluster=cluster
    )
