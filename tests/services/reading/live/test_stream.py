"""A stream goes on after its watch was broken off, and says that it is down only where it is."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.kube.gateway import WatchedCluster
from services.planning.live.records import LiveRecord, RecordEvent, RecordKey, RecordPage
from services.precedence import Precedence
from services.reading.live import stream as module
from services.reading.live.changes import KindState, StreamState
from services.reading.live.pace import Pace
from services.reading.live.scopes import Scope
from services.reading.live.stream import Stream
from tests.support.live import PODS
from tests.support.replicas import record

STEADY = 0.05
PACE = Pace(first=0.001, longest=0.001, steady=STEADY, refused=0.05, poll=0.01)


@dataclass
class CutCluster:
    """A proxy in front of it breaks each watch off after so many seconds, and nothing ever happens there.

    The first lists and watches are refused, as many as is said.
    """

    after: float
    refused_lists: int = 0
    refused_watches: int = 0
    watches: int = 0

    async def list_records(self, *_: Any, **__: Any) -> AsyncGenerator[RecordPage]:
        if self.refused_lists:
            self.refused_lists -= 1
            raise AccessDeniedError("It may not list pods.", cluster="prod-eu")
        yield RecordPage((), "5", "")

    async def watch_records(self, *_: Any, **__: Any) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        self.watches += 1
        if self.watches <= self.refused_watches:
            raise AccessDeniedError("It may not watch pods.", cluster="prod-eu")
        yield ()
        await asyncio.sleep(self.after)
        raise ClusterUnreachableError("The connection ended.", cluster="prod-eu")


@dataclass
class BusyCluster(CutCluster):
    """Something happens there as soon as it is watched."""

    async def watch_records(self, *_: Any, **__: Any) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        yield (RecordEvent("ADDED", "6", record("web-1")),)
        await asyncio.sleep(self.after)


@dataclass
class Told:
    """The host of the stream: a cluster that answers."""

    states: list[StreamState] = field(default_factory=list)
    events: list[RecordEvent] = field(default_factory=list)

    async def put(self, records: Sequence[LiveRecord]) -> frozenset[RecordKey]:
        return frozenset(record.key for record in records)

    async def listed(self, scope: Scope, seen: frozenset[RecordKey]) -> None:
        """Nothing is held."""

    async def happened(self, events: Sequence[RecordEvent]) -> None:
        self.events += events

    async def told(self, state: KindState) -> None:
        self.states.append(state.state)

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(work)

    def suspect(self) -> None:
        """It answers."""

    async def alive(self) -> None:
        """It answers."""


@pytest.mark.parametrize(
    ("after", "states"),
    [
        (STEADY * 1.2, {StreamState.LIVE}),
        (0.0, {StreamState.LIVE, StreamState.UNREACHABLE}),
    ],
    ids=["it stood for a while", "it is broken off at once"],
)
async def test_a_quiet_watch_that_is_broken_off_again_and_again_is_down_unless_it_stood_for_a_while(after, states):
    cluster = CutCluster(after)
    assert set(await _states(cluster, until=lambda _: cluster.watches >= 5)) == states


async def test_where_watching_is_refused_it_is_tried_again_for_an_api_server_that_starts_refuses_as_well():
    cluster = CutCluster(3600.0, refused_watches=2)
    told = await _states(cluster, until=lambda states: StreamState.LIVE in states)
    assert told == [StreamState.POLLED, StreamState.LIVE]


async def test_what_is_refused_is_tried_again_soon_at_first():
    cluster = CutCluster(3600.0, refused_lists=3)
    told = await _states(cluster, until=lambda states: StreamState.LIVE in states, pace=replace(PACE, refused=3600.0))
    assert told == [StreamState.REFUSED, StreamState.LIVE]


def test_what_goes_on_being_refused_is_tried_again_seldom():
    pauses = [Pace().after_refusal(failures, random.Random(1)) for failures in (1, 2, 8, 1000)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 2.0
    assert pauses[-1] > 45.0


async def test_what_a_watch_brings_waits_while_an_operation_goes_first(monkeypatch):
    precedence = Precedence(clock=lambda: 100.0)
    monkeypatch.setattr(module, "PRECEDENCE", precedence)
    host = Told()
    with precedence.taken():
        running = asyncio.create_task(_stream(BusyCluster(3600.0), host).run())
        await _until(lambda: StreamState.LIVE in host.states)
        assert host.events == []
    await _until(lambda: host.events != [])
    running.cancel()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def _states(
    cluster: CutCluster, *, until: Callable[[list[StreamState]], bool], pace: Pace = PACE
) -> list[StreamState]:
    """Those that a stream was in, one after the other."""
    told = Told()
    running = asyncio.create_task(_stream(cluster, told, pace=pace).run())
    await _until(lambda: until(told.states))
    running.cancel()
    return told.states


def _stream(cluster: CutCluster, host: Told, *, pace: Pace = PACE) -> Stream:
    return Stream(
        Scope(kind=PODS, namespace="shop"),
        cast("WatchedCluster", cluster),
        host,
        may_watch=True,
        pace=pace,
        chance=random.Random(1),
    )
