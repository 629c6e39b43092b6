"""The cache of a namespace: what it holds after changes, and what an API server's refusals do to it."""

import asyncio
from collections.abc import Callable

import pytest

from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError, WatchExpiredError
from services.reading import informer
from services.reading.informer import Informer, run_informer
from tests.support.fake_cluster import DEPLOYMENT, FakeCluster, deployment

POD = Kind.of("v1", "Pod")


def _run(cluster: FakeCluster, *polled: Kind):
    return run_informer(
        cluster.gateway, "shop", watched=[DEPLOYMENT], polled=lambda _: polled, deadline=Deadline.after(60)
    )


async def _until(cache: Informer, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await cache.change(1.0)


def _pod(name: str):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}}


async def test_the_cache_is_ready_once_every_kind_was_listed():
    async with _run(FakeCluster(deployment(), _pod("web-1")), POD) as cache:
        assert not cache.ready
        await _until(cache, lambda: cache.ready)
        assert cache.find(DEPLOYMENT, "web") is not None
        assert [each.name for each in cache.all(POD)] == ["web-1"]


async def test_the_cache_follows_what_the_watch_reports():
    cluster = FakeCluster(deployment(), deployment("api"))
    async with _run(cluster) as cache:
        await cluster.until_called("watch", "Deployment", 1)
        cluster.change(web="shop/web:2")
        cluster.remove(DEPLOYMENT, "api")
        await _until(cache, lambda: cache.find(DEPLOYMENT, "api") is None)
        changed = cache.find(DEPLOYMENT, "web")
        assert changed is not None
        assert changed.spec["template"]["spec"]["containers"][0]["image"] == "shop/web:2"


async def test_a_polled_kind_is_listed_again(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.02)
    cluster = FakeCluster(deployment())
    async with _run(cluster, POD) as cache:
        await _until(cache, lambda: cache.ready)
        cluster.put(_pod("web-2"))
        await _until(cache, lambda: bool(cache.all(POD)))


async def test_a_watch_that_has_expired_is_begun_again_from_a_new_list(monkeypatch):
    monkeypatch.setattr(informer, "_REWATCH_PAUSE", 0.02)
    cluster = FakeCluster(deployment())
    async with _run(cluster) as cache:
        await cluster.until_called("watch", "Deployment", 1)
        cluster.break_watches(WatchExpiredError("Too old.", cluster="prod-eu"))
        await cluster.until_called("watch", "Deployment", 2)
        assert cluster.calls.count(("list", "Deployment")) == 2
        assert cache.error is None


async def test_a_watched_kind_that_may_not_be_listed_is_an_error_that_stays():
    cluster = FakeCluster(deployment())
    cluster.refuse("list", "Deployment", AccessDeniedError("You may not.", cluster="prod-eu"))
    async with _run(cluster) as cache:
        await _until(cache, lambda: cache.error is not None)
        assert isinstance(cache.error, AccessDeniedError)
        assert not cache.ready


async def test_a_kind_that_may_be_listed_but_not_watched_is_polled(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.02)
    cluster = FakeCluster(deployment())
    refusals = [AccessDeniedError("You may not watch.", cluster="prod-eu") for _ in range(100)]
    cluster.refuse("watch", "Deployment", *refusals)
    async with _run(cluster) as cache:
        await cluster.until_called("list", "Deployment", 2)
        assert (cache.ready, cache.error) == (True, None)


async def test_a_polled_kind_that_may_not_be_listed_stays_empty():
    cluster = FakeCluster(deployment(), _pod("web-1"))
    cluster.refuse("list", "Pod", AccessDeniedError("You may not.", cluster="prod-eu"))
    async with _run(cluster, POD) as cache:
        await _until(cache, lambda: cache.ready)
        assert (cache.all(POD), cache.error) == ((), None)


async def test_a_cluster_that_answers_again_clears_the_error(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.02)
    cluster = FakeCluster(deployment())
    cluster.refuse("list", "Deployment", ClusterUnreachableError("No connection.", cluster="prod-eu"))
    async with _run(cluster) as cache:
        await _until(cache, lambda: cache.error is not None)
        await _until(cache, lambda: cache.error is None)
        assert cache.find(DEPLOYMENT, "web") is not None


async def test_a_programming_error_is_raised_to_the_reader():
    cluster = FakeCluster(deployment())
    cluster.refuse("list", "Deployment", KeyError("a mistake"))
    async with _run(cluster) as cache:
        with pytest.raises(KeyError):
            await _until(cache, lambda: cache.ready)


async def test_the_tasks_end_with_the_block():
    before = asyncio.all_tasks()
    async with _run(FakeCluster(deployment())) as cache:
        await _until(cache, lambda: cache.ready)
        assert asyncio.all_tasks() > before
    assert asyncio.all_tasks() == before
