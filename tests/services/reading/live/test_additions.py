"""A namespace that comes to be wanted while the whole cluster is watched is listed alone, beside the watch."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from domain.resources import Kind
from services.kube.errors import AccessDeniedError, ClusterError, WatchExpiredError
from services.kube.gateway import WatchedCluster
from services.planning.live.records import RecordEvent, RecordPage
from services.reading.live.changes import StreamState
from services.reading.live.watcher import ClusterWatcher
from tests.support.live import DEPLOYMENTS, QUICK, KeptSink, record_of, running, wanted_of, web
from tests.support.records import cluster_record

MANY = tuple("abcde")


@dataclass
class ScriptedCluster:
    """Lists say what `objects` are when their first page is made, and come once `open`; watches what the test tells."""

    objects: dict[tuple[str, str], str] = field(default_factory=dict)  # the image by namespace and name
    lists: list[str | None] = field(default_factory=list)
    watches: int = 0
    refusal: ClusterError | None = None  # of a namespace's list
    open: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Queue[RecordEvent | ClusterError] = field(default_factory=asyncio.Queue)

    async def list_records(self, _: Kind, *, namespace: str | None, **__: Any) -> AsyncGenerator[RecordPage]:
        self.lists.append(namespace)
        made = [self._record(*key) for key in self.objects if namespace in {None, key[0]}]
        await self.open.wait()
        if namespace is not None and self.refusal is not None:
            raise self.refusal
        yield RecordPage(tuple(made), "5", "")

    async def watch_records(self, *_: Any, **__: Any) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        self.watches += 1
        yield ()
        while True:
            said = await self.told.get()
            if isinstance(said, ClusterError):
                raise said
            yield (said,)

    def says(self, type_: str, namespace: str, name: str = "web") -> None:
        self.told.put_nowait(RecordEvent(type_, "9", self._record(namespace, name)))

    def changed(self, namespace: str, name: str = "web", *, image: str = "shop:2") -> None:
        self.objects[namespace, name] = image
        self.says("MODIFIED", namespace, name)

    def deleted(self, namespace: str, name: str = "web") -> None:
        self.says("DELETED", namespace, name)
        del self.objects[namespace, name]

    def allow_probe(self) -> None:
        """It answers."""

    async def version(self, **_: Any) -> None:
        """It answers."""

    def _record(self, namespace: str, name: str):
        return record_of(web(name, namespace, image=self.objects[namespace, name]))


def wanted(namespaces: Iterable[str]):
    return wanted_of(namespaces, kinds=[DEPLOYMENTS])


@asynccontextmanager
async def watched(*, new: Iterable[str] = ("new",)) -> AsyncIterator[tuple[ScriptedCluster, ClusterWatcher, KeptSink]]:
    """The whole cluster is watched, and these namespaces have just come to be wanted, whose lists wait for `open`."""
    cluster, told = ScriptedCluster({(each, "web"): "shop:1" for each in (*MANY, *new)}), KeptSink()
    watcher = ClusterWatcher(cluster_record("quiet"), cast("WatchedCluster", cluster), told, pace=QUICK)
    watcher.want(wanted(MANY))
    cluster.open.set()
    async with running(watcher):
        await told.until(lambda: told.state(DEPLOYMENTS) is StreamState.LIVE)
        assert namespaces_of(told) == set(MANY)
        cluster.open.clear()
        watcher.want(wanted((*MANY, *new)))
        await told.until(lambda: len(cluster.lists) > 1)
        yield cluster, watcher, told


def namespaces_of(told: KeptSink) -> set[str]:
    return {key.namespace for key in told.records}


def image(told: KeptSink, namespace: str) -> str:
    (record,) = [each for key, each in told.records.items() if key.namespace == namespace]
    return str(record.body)


async def test_it_is_listed_alone_and_not_live_before_and_the_watch_goes_on():
    async with watched() as (cluster, watcher, told):
        assert told.state(DEPLOYMENTS, "new") is StreamState.LISTING
        assert told.state(DEPLOYMENTS) is StreamState.LIVE
        cluster.open.set()
        await told.until(lambda: namespaces_of(told) == {*MANY, "new"})
        await told.until(lambda: told.state(DEPLOYMENTS, "new") is StreamState.LIVE)
        assert (cluster.lists, cluster.watches) == ([None, "new"], 1)
        assert [each.namespace for each in watcher.states] == [None]
        cluster.changed("new")
        await told.until(lambda: "shop:2" in image(told, "new"))


async def test_what_the_watch_tells_meanwhile_counts_and_not_the_list_that_was_made_before():
    async with watched() as (cluster, watcher, told):
        cluster.objects["new", "late"] = "shop:1"
        cluster.says("ADDED", "new", "late")
        cluster.changed("new", "web")
        cluster.deleted("new", "web")
        cluster.changed("a")
        await told.until(lambda: told.names(DEPLOYMENTS, "new") == {"late"})
        await told.until(lambda: "shop:2" in image(told, "a"))
        cluster.open.set()
        await told.until(lambda: told.state(DEPLOYMENTS, "new") is StreamState.LIVE)
        assert told.names(DEPLOYMENTS, "new") == {"late"}
        assert watcher.standing == 1


async def test_a_list_of_the_whole_cluster_that_begins_later_has_read_it_as_well():
    async with watched() as (cluster, _, told):
        cluster.told.put_nowait(WatchExpiredError("The version is too old.", cluster="quiet"))
        await told.until(lambda: told.state(DEPLOYMENTS) is StreamState.LISTING)
        cluster.open.set()
        await told.until(lambda: told.state(DEPLOYMENTS, "new") is StreamState.LIVE)
        assert (cluster.lists, namespaces_of(told)) == ([None, "new", None], {*MANY, "new"})


async def test_where_it_is_refused_that_is_told_and_it_is_tried_again():
    async with watched() as (cluster, _, told):
        cluster.refusal = AccessDeniedError("It may not list them there.", cluster="quiet")
        cluster.open.set()
        await told.until(lambda: told.states["Deployment", "new"].message == "It may not list them there.")
        assert told.state(DEPLOYMENTS, "new") is StreamState.LISTING
        cluster.refusal = None
        await told.until(lambda: told.state(DEPLOYMENTS, "new") is StreamState.LIVE)
        assert (namespaces_of(told), cluster.watches) == ({*MANY, "new"}, 1)


async def test_what_is_wanted_more_of_a_namespace_that_is_being_read_is_read_as_well():
    async with watched() as (cluster, watcher, told):
        watcher.want(wanted_of((*MANY, "new"), "Deployment/web", kinds=[DEPLOYMENTS]))
        cluster.open.set()
        await told.until(lambda: set(cluster.lists[1:]) == {*MANY, "new"})
        await told.until(lambda: told.state(DEPLOYMENTS, "new") is StreamState.LIVE)
        assert cluster.watches == 1


async def test_where_very_many_come_at_once_the_whole_cluster_is_listed():
    many = [f"n{number}" for number in range(17)]
    async with watched(new=many) as (cluster, _, told):
        cluster.open.set()
        await told.until(lambda: namespaces_of(told) == {*MANY, *many})
        assert cluster.lists == [None, None]
