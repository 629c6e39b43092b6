"""The floor of `live`: plain aiohttp and msgspec list and watch the same kinds, keep the same objects, and no more.

    python -m trials.bench.live_floor FOLDER

It neither tries again nor checks anything; its sockets, its allocator and its garbage collector are set as the
service's are. It reads what a record has to say at least: the workload that a pod is of, images, the digests that run,
health and its reason, and who wrote an image and when. It keeps what it has decoded as it is.
"""

import asyncio
import ctypes
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop

from trials.bench.live_measuring import KINDS, NAMESPACE, Measured, settle
from trials.direct import DirectCluster


class _Struct(msgspec.Struct, gc=False, omit_defaults=True, rename="camel"):
    pass


class _Owner(_Struct):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class _WrittenContainer(_Struct):
    image: dict[str, Any] | None = msgspec.field(default=None, name="f:image")


class _Written(_Struct):
    """Which images a manager wrote."""

    spec: "_Written | None" = msgspec.field(default=None, name="f:spec")
    template: "_Written | None" = msgspec.field(default=None, name="f:template")
    containers: dict[str, _WrittenContainer] = msgspec.field(default_factory=dict, name="f:containers")


class _Manager(_Struct):
    manager: str = ""
    time: str = ""
    fields: _Written | None = msgspec.field(default=None, name="fieldsV1")


class _Metadata(_Struct):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    owner_references: list[_Owner] = []
    managed_fields: list[_Manager] = []
    continue_: str = msgspec.field(default="", name="continue")


class _Container(_Struct):
    name: str = ""
    image: str = ""


class _Ended(_Struct):
    """Of a container that waits, too."""

    reason: str = ""
    message: str = ""
    exit_code: int = 0


class _State(_Struct):
    waiting: _Ended | None = None
    terminated: _Ended | None = None


class _ContainerStatus(_Struct):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    image_id: str = msgspec.field(default="", name="imageID")
    state: _State | None = None


class _Condition(_Struct):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class _PodSpec(_Struct):
    containers: list[_Container] = []


class _Template(_Struct):
    spec: _PodSpec | None = None


class _Spec(_Struct):
    replicas: int = 0
    containers: list[_Container] = []
    template: _Template | None = None


class _Status(_Struct):
    phase: str = ""
    reason: str = ""
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: list[_Condition] = []
    container_statuses: list[_ContainerStatus] = []


class _Object(_Struct):
    metadata: _Metadata
    spec: _Spec | None = None
    status: _Status | None = None


class _Page(_Struct):
    metadata: _Metadata
    items: list[_Object] = []


class _Event(_Struct):
    type: str
    object: _Object


_page, _event = msgspec.json.Decoder(_Page).decode, msgspec.json.Decoder(_Event).decode


class _Floor:
    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.glob("cluster-*.kubeconfig"))
        self._clusters = [DirectCluster(path) for path in paths]
        self._kept: dict[tuple[str, str, str], _Object] = {}
        self._standing = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.measured = Measured(self.begin, lambda: len(self._kept))

    async def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._cluster(each)) for each in self._clusters]
        while self._standing < len(self._clusters) * len(KINDS):  # noqa: ASYNC110  nothing else is measured meanwhile
            await asyncio.sleep(0.01)

    async def _cluster(self, cluster: DirectCluster) -> None:
        tls: Any = cluster.tls
        lists = aiohttp.TCPConnector(ssl=tls, limit=16)
        watches = aiohttp.TCPConnector(ssl=tls, limit=0, force_close=True, socket_factory=_socket)
        async with (
            aiohttp.ClientSession(connector=lists, headers=cluster.headers) as asking,
            aiohttp.ClientSession(connector=watches, headers=cluster.headers, timeout=_NONE) as watching,
        ):
            await asyncio.gather(*(self._kind(cluster, asking, watching, kind) for kind in KINDS))

    async def _kind(
        self,
        cluster: DirectCluster,
        asking: aiohttp.ClientSession,
        watching: aiohttp.ClientSession,
        named: tuple[str, str, str],
    ) -> None:
        version, kind, plural = named
        root = "api" if "/" not in version else "apis"
        url = f"{cluster.server}/{root}/{version}/namespaces/{NAMESPACE}/{plural}"
        more, at = "", ""
        while True:
            async with asking.get(url, params={"limit": "200", **({"continue": more} if more else {})}) as answer:
                page = _page(await answer.read())
            for item in page.items:
                self._kept[cluster.server, kind, item.metadata.name] = item
            at, more = page.metadata.resource_version, page.metadata.continue_
            if not more:
                break
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": at}
        async with watching.get(url, params=query) as answer:
            self._standing += 1
            rest = b""
            async for chunk in answer.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._happened(cluster, kind, _event(line))

    def _happened(self, cluster: DirectCluster, kind: str, event: _Event) -> None:
        found = event.object
        if event.type == "BOOKMARK":
            return
        self._kept[cluster.server, kind, found.metadata.name] = found
        self.measured.events += 1
        if self.measured.events % 16 == 0 and found.status is not None:
            self.measured.seen(found.status.reason)


_NONE = aiohttp.ClientTimeout(total=None)


def _socket(address: Any) -> socket.socket:
    made = socket.socket(*address[:3])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    return made


async def _main(folder: Path) -> None:
    ctypes.CDLL(None).mallopt(-3, 64 * 1024)
    settle()
    await _Floor(folder).measured.serve()


if __name__ == "__main__":
    uvloop.run(_main(Path(sys.argv[1])))
