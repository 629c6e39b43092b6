"""When an answer of which nothing comes any more is ended."""

import asyncio
from typing import cast

import aiohttp
import pytest

from services.kube.answers import Hearing


class Answer:
    """An answer of these pieces, after which nothing comes; it is its own content."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.content = self

    async def readany(self) -> bytes:
        for piece in self._pieces:
            return piece
        await self._ended
        return b""

    def set_exception(self, error: Exception) -> None:
        self._ended.set_exception(error)


def hearing(answer: Answer, *, seconds: float) -> Hearing:
    return Hearing(cast("aiohttp.ClientResponse", answer), seconds=seconds)


async def test_an_answer_of_which_nothing_comes_is_ended():
    with hearing(Answer(b"one"), seconds=0.02) as heard:
        pieces = heard.pieces()
        assert await anext(pieces) == b"one"
        with pytest.raises(aiohttp.SocketTimeoutError):
            await anext(pieces)


async def test_who_reads_may_take_its_time():
    answer = Answer(b"one", b"two")
    with hearing(answer, seconds=0.02) as heard:
        pieces = heard.pieces()
        assert await anext(pieces) == b"one"
        await asyncio.sleep(0.08)
        assert await anext(pieces) == b"two"
        await pieces.aclose()


async def test_nobody_is_told_once_it_has_been_read():
    answer = Answer()
    with hearing(answer, seconds=0.01):
        pass
    await asyncio.sleep(0.03)
    assert not answer._ended.done()
