"""A stream goes on after its watch was broken off, and says that it is down only where it is."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from services.kube.errors import ClusterUnreachableError
from services.kube.gateway import WatchedCluster
from services.planning.live.records import LiveRecord, RecordEvent, RecordKey, RecordPage
from services.reading.live.changes import StreamState
from services.reading.live.pace import Pace
from services.reading.live.scopes import Scope
from services.reading.live.stream import Stream
from tests.support.live import PODS

STEADY = 0.05
PACE = Pace(first=0.001, longest=0.001, steady=STEADY)


@dataclass
class CutCluster:
    """A proxy in front of it breaks each watch off after so many seconds, and nothing ever happens there."""

    after: float
    watches: int = 0

    async def list_records(self, *_: Any, **__: Any) -> AsyncGenerator[RecordPage]:
        yield RecordPage((), "5", "")

    async def watch_records(self, *_: Any, **__: Any) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        self.watches += 1
        yield ()
        await asyncio.sleep(self.after)
        raise ClusterUnreachableError("The connection ended.", cluster="prod-eu")


@dataclass
class Told:
    """The host of the stream: a cluster that answers."""

    states: list[StreamState] = field(default_factory=list)

    async def put(self, records: Sequence[LiveRecord]) -> frozenset[RecordKey]:
        return frozenset(record.key for record in records)

    async def listed(self, scope: Scope, seen: frozenset[RecordKey]) -> None:
        """Nothing is held."""

    async def happened(self, events: Sequence[RecordEvent]) -> None:
        """Nothing is held."""

    async def told(self, stream: Stream) -> None:
        self.states.append(stream.state.state)

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
    cluster, told = CutCluster(after), Told()
    stream = Stream(
        Scope(kind=PODS, namespace="shop"),
        cast("WatchedCluster", cluster),
        told,
        polled=False,
        pace=PACE,
        chance=random.Random(1),
    )
    running = asyncio.create_task(stream.run())
    async with asyncio.timeout(30):
        while cluster.watches < 5:
            await asyncio.sleep(0.01)
    running.cancel()
    assert set(told.states) == states
