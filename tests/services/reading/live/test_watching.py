"""The watchers of a process are started and stopped as its leases say, and have ended when it closes."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from db.errors import UnknownKeyError
from services.kube.deadline import Deadline
from services.kube.errors import KubeconfigProblem, KubeconfigRefusedError
from services.kube.gateway import ClusterCredential, WatchedCluster
from services.planning.live.records import RecordEvent, RecordPage
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, StreamState
from services.reading.live.places import PODS
from services.reading.live.watching import Watching
from tests.support.live import KeptSink
from tests.support.pictures import WEB, places_of, stream, told, web
from tests.support.records import app_environment_record, cluster_record

CLUSTER = cluster_record("prod-eu").id


class HangingCluster:
    """It answers nothing, and a request takes a moment to end after it was given up."""

    def __init__(self) -> None:
        self.clients = self.under_way = 0
        self.asked = asyncio.Event()
        self.refusals: dict[str, Exception] = {}  # by cluster
        self.forgotten: list[str] = []

    async def watched(self, credential: ClusterCredential) -> WatchedCluster:
        if credential.name in self.refusals:
            raise self.refusals[credential.name]
        self.clients += 1
        return cast("WatchedCluster", self)

    async def forget(self, cluster_id: str) -> None:
        self.forgotten.append(cluster_id)

    def allow_probe(self) -> None:
        """Nothing opens its breaker."""

    async def version(self, *, deadline: Deadline) -> None:
        await self._hang()

    async def list_records(self, *_: Any, **__: Any) -> AsyncGenerator[RecordPage]:
        await self._hang()
        yield RecordPage((), "", "")

    async def _hang(self) -> None:
        self.under_way += 1
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            self.under_way -= 1


class StandingCluster(HangingCluster):
    """It has nothing, and says so at once; its watches stand."""

    async def list_records(self, *_: Any, **__: Any) -> AsyncGenerator[RecordPage]:
        yield RecordPage((), "1", "")

    async def watch_records(self, *_: Any, **__: Any) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        yield ()
        await asyncio.Event().wait()


@pytest.fixture
def cluster() -> HangingCluster:
    return HangingCluster()


@pytest.fixture
async def watching(cluster: HangingCluster) -> Watching:
    """Production is watched, and has been asked."""
    watching = Watching(cluster, LiveCache())
    watching.place(places_of(app_environment_record(resources=(WEB,))))
    await watching.start(CLUSTER, KeptSink())
    await watching.look()
    async with asyncio.timeout(30):
        await cluster.asked.wait()
    return watching


async def test_once_it_is_closed_nothing_is_asked_and_no_watcher_is_started(cluster, watching):
    await watching.close()
    assert cluster.under_way == 0
    await watching.look()
    assert cluster.clients == 1


async def test_a_watcher_whose_stop_was_given_up_has_ended_when_it_is_closed(cluster, watching):
    stopping = asyncio.create_task(watching.stop(CLUSTER))
    await asyncio.sleep(0)
    assert cluster.under_way > 0
    stopping.cancel()
    await watching.close()
    assert (cluster.under_way, stopping.cancelled()) == (0, True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (
            KubeconfigRefusedError(
                (KubeconfigProblem(field="server", line=None, reason="The address is not allowed."),)
            ),
            "kubeconfig-refused",
        ),
        (UnknownKeyError("k1"), "cluster-credential"),
    ],
    ids=["the settings refuse it", "its key is missing"],
)
async def test_a_cluster_without_a_client_is_refused_and_the_next_one_is_watched(cluster, error, code):
    other = cluster_record("prod-us")
    cache = LiveCache()
    cache.apply(Changes(cluster_id=CLUSTER, states=(stream(namespace="shop"), stream(PODS, namespace="shop"))))
    watching = Watching(cluster, cache)
    watching.place(places_of(app_environment_record(clusters=("prod-eu", "prod-us"), resources=(WEB,))))
    cluster.refusals["prod-eu"] = error
    await watching.start(CLUSTER, cache)
    await watching.start(other.id, cache)
    await watching.look()
    assert {(each.state, each.code) for each in cache.states(CLUSTER)} == {(StreamState.REFUSED, code)}
    assert cluster.clients == 1
    await watching.close()


async def test_what_is_to_stay_is_told_once_when_the_watches_stand_and_not_at_every_look(cluster):
    told: list[None] = []
    watching = Watching(StandingCluster(), LiveCache(), settled=lambda: told.append(None))
    watching.place(places_of(app_environment_record(resources=(WEB,))))
    sink = KeptSink()
    await watching.start(CLUSTER, sink)
    await watching.look()
    before = len(told)
    await sink.until(lambda: [each.state for each in sink.states.values()] == [StreamState.LIVE] * 2)
    for _ in range(3):
        await watching.look()
    assert (before, len(told)) == (0, 1)
    await watching.close()


async def test_what_another_process_told_of_a_cluster_is_not_forgotten_before_its_environment_is_known(cluster):
    cache, now = LiveCache(), 0.0
    watching = Watching(cluster, cache, clock=lambda: now)
    watching.place(places_of())
    cache.apply(told(web()))
    await watching.look()
    now = 50.0
    watching.place(places_of(app_environment_record(resources=(WEB,))))
    await watching.look()
    watching.place(places_of())
    await watching.look()
    now = 100.0
    await watching.look()
    assert (cache.count(CLUSTER), cluster.forgotten) == (1, [])
    now = 111.0
    await watching.look()
    assert cache.clusters() == ()


async def test_of_a_cluster_that_is_forgotten_the_pool_keeps_nothing_either(cluster):
    cache, now = LiveCache(), 0.0
    watching = Watching(cluster, cache, clock=lambda: now)
    watching.place(places_of())
    cache.apply(told(web()))
    await watching.look()
    now = 61.0
    await watching.look()
    await watching.look()
    assert cluster.forgotten == [CLUSTER]


async def test_what_this_process_itself_has_taken_back_is_forgotten_at_once(cluster):
    cache = LiveCache()
    watching = Watching(cluster, cache, clock=lambda: 0.0)
    watching.place(places_of())
    cache.apply(told())
    await watching.start(CLUSTER, cache)
    await watching.look()
    assert cache.clusters() == ()


async def test_where_nothing_is_wanted_any_more_no_stream_goes_on_being_shown(cluster):
    cache = LiveCache()
    watching = Watching(cluster, cache)
    watching.place(places_of(app_environment_record(resources=(WEB,))))
    cache.apply(Changes(cluster_id=CLUSTER, states=(stream(namespace="shop"), stream(PODS, namespace="shop"))))
    await watching.start(CLUSTER, cache)
    await watching.look()
    async with asyncio.timeout(30):
        await cluster.asked.wait()
    watching.place(places_of(app_environment_record(resources=())))
    async with asyncio.timeout(30):
        while cache.states(CLUSTER):
            await watching.look()
            await asyncio.sleep(0.05)
    await watching.close()
