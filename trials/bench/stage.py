"""A stage for measurements: the service, a source cluster and its targets, registered under names of their own.

The first kubeconfig is the source, the others are the targets. Everything is created in namespaces of its own, which
are deleted at the end.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from trials.bench.processes import cpu_seconds
from trials.direct import DirectCluster
from trials.service import Service

_LOOK = 1.0  # seconds of one look at the service's CPU time
_IDLE = 0.05  # of a core: what it uses while nothing happens, with a margin
_LOOKS = 60


@dataclass(kw_only=True)
class Stage:
    """The clusters and the service of a scenario. `namespaces` are to be deleted at the end."""

    service: Service
    pid: int
    source: DirectCluster
    targets: list[DirectCluster]
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:6])
    namespaces: list[str] = field(default_factory=list)

    def name(self, text: str) -> str:
        return f"bench-{self.tag}-{text.replace(' ', '-')}"

    async def namespace(self, text: str, clusters: Sequence[DirectCluster]) -> str:
        name = self.name(text)
        self.namespaces.append(name)
        await asyncio.gather(*(cluster.make_namespace(name) for cluster in clusters))
        return name

    async def at_rest(self) -> None:
        """Wait, for a minute at most, until the service has dealt with what was set up.

        It reads in the background what it was told of, which would be a tenth of what is measured then.
        """
        for _ in range(_LOOKS):
            before = cpu_seconds(self.pid)
            await asyncio.sleep(_LOOK)
            if cpu_seconds(self.pid) - before <= _IDLE * _LOOK:
                return

    async def operation(self, path: str, body: dict[str, Any], *, until: str) -> tuple[float, float]:
        """Start an operation; returns the wall and the service's CPU seconds from the POST to its last `until` event.

        The end is the event's own time, when the service was done, as the floor stops its clock at the last response.
        This process reads the event later. Raises RuntimeError if the operation fails.
        """
        cpu, begun = cpu_seconds(self.pid), time.time()
        started = await self.service.post(path, body)
        last, spent = begun, cpu
        async for event in self.service.events(started["id"]):
            if event["type"] == until:
                last, spent = datetime.fromisoformat(event["at"]).timestamp(), cpu_seconds(self.pid)
            elif event["type"] == "operation.ended" and event["data"].get("state") != "succeeded":
                raise RuntimeError(f"the measured operation did not succeed: {event}")
        return last - begun, spent - cpu


@asynccontextmanager
async def stage(address: str, token: str, pid: int, source: Path, targets: Sequence[Path]) -> AsyncIterator[Stage]:
    """Register the clusters and create the two environments `bench-…-from` and `bench-…-to`."""
    async with AsyncExitStack() as stack:
        service = Service(address, token)
        stack.push_async_callback(service.close)
        opened = [await stack.enter_async_context(DirectCluster(path)) for path in (source, *targets)]
        scene = Stage(service=service, pid=pid, source=opened[0], targets=opened[1:])
        names = [scene.name("source"), *(scene.name(f"target-{number}") for number in range(len(targets)))]
        for name, cluster in zip(names, opened, strict=True):
            credential = {"type": "kubeconfig", "kubeconfig": cluster.text}
            await service.post("clusters", {"name": name, "credential": credential})
        await service.post("environments", {"name": scene.name("from"), "clusters": names[:1], "namespaces": ["*"]})
        await service.post("environments", {"name": scene.name("to"), "clusters": names[1:], "namespaces": ["*"]})
        try:
            yield scene
        finally:
            await asyncio.gather(*(cluster.remove_namespaces(scene.namespaces) for cluster in opened))
