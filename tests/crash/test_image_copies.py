"""A promotion that copies its image to another registry ends the same though its process is killed in the middle of it.

Two real registries: that of Development, and that of Production, which pulls from its own alone.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.support.crash_stage import CrashStage, at
from tests.support.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.registry import DockerRegistry

PRODUCTION = ("prod-eu", "prod-us")
_PATIENCE = 180.0  # seconds
_LAYER = 3 * 2**20  # bytes
_MIDDLE = _LAYER // 2  # of what is sent to the registry of Production: more than a plan sends


@dataclass(frozen=True)
class Copying:
    """A promotion that has sent a part of its image; `door` holds the rest in front of Production's registry.

    `digest` is of the image, for two platforms, `attached` of what is attached to it.
    """

    stage: CrashStage
    operation: str
    dev: DockerRegistry
    prod: DockerRegistry
    door: CuttingProxy
    digest: str
    attached: str

    async def is_whole(self) -> bool:
        """Whether Production's registry has the image by its tag, byte by byte, and what is attached to it."""
        image = await self.dev.manifest_of("shop/web", self.digest)
        attached = await self.dev.manifest_of("shop/web", self.attached)
        return (
            await self.prod.manifest_of("shop/web", "1.5.0") == image
            and await self.prod.manifest_of("shop/web", self.attached) == attached
        )

    def runs(self, cluster: str) -> bool:
        """Whether a cluster runs the image by the name of Production's registry."""
        return f"{self.door.address}/shop/web:1.5.0@{self.digest}" in self.stage.images(cluster).values()


@pytest.fixture
async def copying(stage: CrashStage, new_docker_registry) -> AsyncIterator[Copying]:
    dev, prod = await new_docker_registry(), await new_docker_registry()
    digest = await dev.push_image("shop/web", "1.5.0", platforms=2, size=_LAYER)
    attached = await dev.attach("shop/web", digest)
    async with cutting_proxy(prod.address) as door:
        await stage.ready_to_promote(image=f"{dev.address}/shop/web:1.5.0@{digest}")
        for address in (dev.address, door.address):
            body = {"plain_http": True, "credential": {"kind": "anonymous"}}
            answer = await stage.caller.client.put(f"/api/v1/registries/{address}", json=body)
            assert answer.is_success, answer.text
        mapping = {"source": dev.address, "target": door.address, "copy_first": True}
        answer = await stage.caller.client.patch("/api/v1/environments/Production", json={"image_mappings": [mapping]})
        assert answer.is_success, answer.text
        door.hold_after = _MIDDLE
        operation = await stage.caller.start_promotion("Production")
        async with asyncio.timeout(_PATIENCE):
            await door.holding.wait()
            while (await stage.caller.get(f"/operations/{operation}"))["state"] == "queued":
                await asyncio.sleep(0.02)
        assert stage.writes(*PRODUCTION) == []
        yield Copying(stage=stage, operation=operation, dev=dev, prod=prod, door=door, digest=digest, attached=attached)


async def test_a_killed_copy_is_whole_before_a_cluster_is_changed_when_the_process_restarts(copying):
    stage = copying.stage
    await stage.process.kill()
    assert await copying.prod.manifest_of("shop/web", copying.digest) is None, "it was killed too late to show anything"
    copying.door.let_go()
    await stage.process.start()
    ended = await stage.caller.end_of(copying.operation)
    assert ended["state"] == "succeeded", ended
    assert await copying.is_whole()
    assert all(copying.runs(cluster) for cluster in PRODUCTION)
    events = [each["type"] for each in await stage.caller.events_of(copying.operation)]
    assert Counter(events)["operation.resumed"] == 1
    assert events.index("image-copy.ended") < events.index("cluster.started")


async def test_another_process_takes_a_killed_copy_over(copying):
    stage = copying.stage
    async with stage.another_process() as other, at(other) as here:
        await stage.process.kill()
        copying.door.let_go()
        ended = await here.end_of(copying.operation)
    assert ended["state"] == "succeeded", ended
    assert await copying.is_whole()
    assert all(copying.runs(cluster) for cluster in PRODUCTION)


async def test_a_promotion_that_is_cancelled_while_it_copies_changes_no_cluster(copying):
    stage = copying.stage
    await stage.caller.post(f"/operations/{copying.operation}/cancel")
    ended = await stage.caller.end_of(copying.operation)
    copying.door.let_go()
    await stage.until_quiet(*PRODUCTION)
    assert ended["state"] == "cancelled", ended
    assert stage.writes(*PRODUCTION) == []
    assert await copying.prod.manifest_of("shop/web", "1.5.0") is None
