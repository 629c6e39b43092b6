"""Whether a cluster answers: what its streams bring counts as much as the answer to a question."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import cast

from domain.declared_kinds import Declaration
from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import ClusterNotConnectedError
from services.kube.gateway import ServerVersion, WatchedCluster
from services.planning.live.records import RecordEvent, RecordPage, read_event
from services.reading.live.changes import StreamState
from services.reading.live.watcher import ClusterWatcher
from tests.support.live import DEPLOYMENTS, PRINT_KEY, QUICK, KeptSink, record_of, running, wanted_of, web
from tests.support.records import cluster_record

PACE = replace(QUICK, quiet=0.02, answer=0.02, first=0.01, longest=0.02)
MUTE = ClusterNotConnectedError("it does not answer", cluster="quiet")


@dataclass
class Scripted:
    """A cluster of one kind. `answer` is awaited for each question for the version; it raises what is the answer."""

    answer: Callable[[int], Awaitable[None]]
    pages: asyncio.Queue[RecordPage] = field(default_factory=asyncio.Queue)
    events: asyncio.Queue[tuple[RecordEvent, ...]] = field(default_factory=asyncio.Queue)
    asked: int = 0
    lists: int = 0

    def allow_probe(self) -> None:
        """It has no breaker."""

    async def version(self, *, deadline: Deadline) -> ServerVersion:
        self.asked += 1
        await self.answer(self.asked)
        return ServerVersion(git_version="v1.34.0", platform="linux/amd64")

    async def list_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        deadline: Deadline,
        small: bool = False,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[RecordPage]:
        self.lists += 1
        more = True
        while more:
            page = await self.pages.get()
            more = bool(page.more)
            yield page

    async def watch_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        resource_version: str,
        deadline: Deadline,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        yield ()
        while True:
            yield await self.events.get()


def watched(cluster: Scripted) -> tuple[ClusterWatcher, KeptSink]:
    sink = KeptSink()
    gateway = cast("WatchedCluster", cluster)
    watcher = ClusterWatcher(cluster_record("quiet"), gateway, sink, pace=PACE, chance=random.Random(1))
    watcher.want(wanted_of(["shop"], kinds=[DEPLOYMENTS]))
    return watcher, sink


def page(name: str, *, more: str = "") -> RecordPage:
    return RecordPage((record_of(web(name)),), "7", more)


def event(name: str) -> tuple[RecordEvent, ...]:
    line = json.dumps({"type": "ADDED", "object": web(name)}).encode()
    return (read_event(DEPLOYMENTS, line, key=PRINT_KEY),)


async def test_a_list_that_goes_on_is_not_begun_again_when_the_cluster_answers_after_a_silence():
    async def first_not(number: int) -> None:
        if number == 1:
            raise MUTE
        if number == 2:
            cluster.pages.put_nowait(page("first", more="more"))
            await sink.until(lambda: sink.names(DEPLOYMENTS) == {"first"})

    cluster = Scripted(first_not)
    watcher, sink = watched(cluster)
    async with running(watcher):
        await until(lambda: cluster.asked > 2)
        cluster.pages.put_nowait(page("second"))
        await sink.until(lambda: sink.state(DEPLOYMENTS, "shop") is StreamState.LIVE)
    assert sink.names(DEPLOYMENTS) == {"first", "second"}
    assert cluster.lists == 1


async def test_a_list_that_hung_is_begun_again_as_soon_as_the_cluster_answers():
    async def first_not(number: int) -> None:
        if number == 1:
            raise MUTE

    cluster = Scripted(first_not)
    watcher, sink = watched(cluster)
    async with running(watcher):
        await until(lambda: cluster.lists == 2)
        cluster.pages.put_nowait(page("web"))
        await sink.until(lambda: sink.state(DEPLOYMENTS, "shop") is StreamState.LIVE)


async def test_a_cluster_that_sends_events_and_is_too_slow_for_a_question_is_not_silent():
    async def after_an_event(number: int) -> None:
        if number > 1:
            cluster.events.put_nowait(event(f"web-{number}"))
            await sink.until(lambda: f"web-{number}" in sink.names(DEPLOYMENTS))
            raise MUTE

    cluster = Scripted(after_an_event)
    cluster.pages.put_nowait(page("web"))
    watcher, sink = watched(cluster)
    async with running(watcher):
        await until(lambda: cluster.asked > 4)
    states = [state.state for changes in sink.taken for state in changes.states]
    assert states[-1] is StreamState.LIVE
    assert StreamState.SILENT not in states


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.005)
