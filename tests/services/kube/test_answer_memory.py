"""The memory that clusters' answers take is bounded over all clusters, and one cluster has half of it at most."""

import asyncio
import gc
import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import aiohttp
import orjson
import pytest
from aiohttp import web

from domain.resources import Kind
from services.kube.answer_memory import AnswerMemory, parsed_size
from services.kube.answers import Hearing, Stream
from services.kube.client import Network
from services.kube.deadline import Deadline
from services.kube.errors import AnswersTooLargeError, BudgetExceededError
from services.kube.gateway import ClusterCredential
from services.kube.pool import ClusterPool
from tests.services.kube.conftest import HERE
from tests.support.fake_api_server import FakeApiServer, NoPause
from tests.support.kubeconfigs import kubeconfig

CONFIG_MAP = Kind.of("v1", "ConfigMap")


async def test_what_was_read_under_a_deadline_counts_until_the_deadline_is_dropped():
    memory, deadline = AnswerMemory(100), Deadline.after(60)
    await memory.take(50, cluster="a", deadline=deadline)
    with pytest.raises(BudgetExceededError):
        await memory.take(1, cluster="a", deadline=Deadline.after(0))
    del deadline
    gc.collect()
    await memory.take(50, cluster="a", deadline=Deadline.after(0))


async def test_memory_that_one_cluster_had_under_a_dropped_deadline_is_free_for_the_others():
    memory, first, second = AnswerMemory(100), Deadline.after(60), Deadline.after(60)
    await memory.take(50, cluster="a", deadline=first)
    await memory.take(50, cluster="b", deadline=second)
    with pytest.raises(BudgetExceededError):
        await memory.take(1, cluster="c", deadline=Deadline.after(0))
    del first
    gc.collect()
    await memory.take(50, cluster="c", deadline=Deadline.after(0))


async def test_memory_that_one_cluster_gives_back_is_free_for_the_others():
    memory, deadline = AnswerMemory(100), Deadline.after(60)
    await memory.take(50, cluster="a", deadline=deadline)
    await memory.take(50, cluster="b", deadline=deadline)
    memory.give_back(50, cluster="a", deadline=deadline)
    await memory.take(50, cluster="c", deadline=Deadline.after(0))


async def test_a_part_of_a_deadline_reads_on_its_account_and_a_fresh_one_does_not():
    memory, deadline = AnswerMemory(100), Deadline.after(60)
    await memory.take(40, cluster="a", deadline=deadline.part(0.5))
    assert deadline.held["a"] == 40
    await memory.take(10, cluster="a", deadline=deadline.afresh(5))
    assert deadline.held["a"] == 40


async def test_one_cluster_has_half_of_the_memory_and_leaves_the_rest_to_others():
    memory, first, second = AnswerMemory(100), Deadline.after(0), Deadline.after(60)
    await memory.take(50, cluster="a", deadline=second)
    with pytest.raises(BudgetExceededError):
        await memory.take(1, cluster="a", deadline=first)
    await memory.take(50, cluster="b", deadline=second)


async def test_what_can_never_fit_is_refused_at_once():
    with pytest.raises(AnswersTooLargeError, match="cluster a"):
        await AnswerMemory(100).take(51, cluster="a", deadline=Deadline.after(60))


async def test_a_reader_waits_for_memory_that_others_give_back():
    memory, others = AnswerMemory(100), Deadline.after(60)
    await memory.take(50, cluster="a", deadline=others)
    waiting = asyncio.create_task(memory.take(10, cluster="a", deadline=Deadline.after(60)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    memory.give_back(50, cluster="a", deadline=others)
    async with asyncio.timeout(30):
        await waiting


@pytest.mark.parametrize(
    "value",
    [
        [[] for _ in range(20_000)],
        [{} for _ in range(20_000)],
        [{"a": {"b": [1.5, "text", None]}} for _ in range(5_000)],
        {f"key-{number}": f"value {number}" for number in range(20_000)},
        ["x" * 100_000] * 10,
    ],
)
def test_the_size_of_what_is_parsed_is_estimated_and_never_far_too_small(value: object):
    body = orjson.dumps(value)
    tracemalloc.start()
    parsed = orjson.loads(body)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parsed == value
    assert taken / 2 < parsed_size(body) < taken * 8


async def test_compressed_answers_count_as_what_they_become(server: FakeApiServer):
    page = orjson.dumps({"metadata": {}, "items": [{"metadata": {"name": "a"}, "data": {"a": "x" * 2**20}}] * 8})

    async def small_on_the_wire(_: web.Request) -> web.StreamResponse:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=gzip.compress(page), headers=headers)

    server.on("GET", "/api/v1/namespaces/shop/configmaps", small_on_the_wire)
    text = kubeconfig(server=server.url)
    credential = ClusterCredential(cluster_id="a", name="dev", version=1, kubeconfig=lambda: text)
    network = Network(answer_memory=2**20)
    async with ClusterPool(rules=HERE, network=network, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential)
        with pytest.raises(AnswersTooLargeError):
            await gateway.list(CONFIG_MAP, namespace="shop", deadline=Deadline.after(60))
        gc.collect()
        assert (await gateway.version(deadline=Deadline.after(60))).git_version == "v1.36.2"  # the next use case works


async def test_a_page_of_large_objects_is_asked_for_again_in_shorter_ones(server: FakeApiServer):
    asked: list[tuple[str, str]] = []

    async def page(request: web.Request) -> web.StreamResponse:
        limit, token = request.query["limit"], request.query.get("continue", "")
        asked.append((limit, token))
        start = int(token or 0)
        items = [
            {"metadata": {"name": f"a{n}"}, "data": {"a": "x" * 2**20}}
            for n in range(start, min(start + int(limit), 40))
        ]
        more = {"continue": str(start + int(limit))} if start + int(limit) < 40 else {}
        return web.json_response({"metadata": more, "items": items})

    server.on("GET", "/api/v1/namespaces/shop/configmaps", page)
    text = kubeconfig(server=server.url)
    credential = ClusterCredential(cluster_id="a", name="dev", version=1, kubeconfig=lambda: text)
    async with ClusterPool(rules=HERE, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential)
        listed = await gateway.list(CONFIG_MAP, namespace="shop", deadline=Deadline.after(60))
    assert asked == [("200", ""), ("20", ""), ("20", "20")]
    assert [item.name for item in listed.items] == [f"a{n}" for n in range(40)]


class _Arriving:
    """A response whose chunks are there."""

    def __init__(self, *chunks: bytes) -> None:
        self.content = self
        self._chunks = iter(chunks)

    async def readany(self) -> bytes:
        return next(self._chunks, b"")


async def test_an_event_of_a_watch_takes_memory_until_the_next_one_is_asked_for():
    memory, deadline = AnswerMemory(4096), Deadline.after(5)
    with _stream(_Arriving(b'{"a": 1}\n{"b"', b": 2}\n"), memory, deadline) as stream:
        held = [(line, deadline.held["eu"]) async for line in stream.lines()]
    assert held == [(line, parsed_size(line)) for line in (b'{"a": 1}', b'{"b": 2}')]
    assert deadline.held["eu"] == 0


async def test_an_event_that_fits_into_no_memory_is_refused_before_it_is_parsed():
    with (
        _stream(_Arriving(b"{" * 99 + b"\n"), AnswerMemory(4096), Deadline.after(5)) as stream,
        pytest.raises(AnswersTooLargeError),
    ):
        await anext(stream.lines())


@contextmanager
def _stream(arriving: "_Arriving", memory: AnswerMemory, deadline: Deadline) -> Iterator[Stream]:
    response = cast("aiohttp.ClientResponse", arriving)
    with Hearing(response, seconds=60) as hearing:
        yield Stream(response, "eu", hearing, memory=memory, deadline=deadline)
