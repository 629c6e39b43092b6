"""A flood of deliveries ends on the newest push, in whichever order they came.

With the whole service as a process of its own: several CI jobs report to it at once, faster than anything rolls out.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.crash_stage import CrashStage

_WEB = "registry.example/shop/web"
_JOBS, _EACH = 6, 60  # so many reports of each job, one after the other
_PRODUCTION = "/applications/shop/environments/Production"
_CLUSTERS = ("prod-eu", "prod-us")
_PATIENCE = 180.0  # seconds
_LAST = "the-last"


def _image(tag: str) -> str:
    return f"{_WEB}:{tag}@sha256:{hashlib.sha256(tag.encode()).hexdigest()}"


@dataclass(frozen=True)
class _Job:
    """A CI job with its own receiver."""

    client: httpx.AsyncClient
    receiver: str
    secret: str

    async def report(self, *tags: str) -> None:
        """Report the pushes one after the other, in their order."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        for tag in tags:
            answer = await self.client.post(f"/webhooks/{self.receiver}", json={"image": _image(tag)}, headers=headers)
            assert (answer.status_code, answer.json()["fate"]) == (202, "accepted"), answer.text


async def _job(stage: CrashStage, number: int) -> _Job:
    made = await stage.caller.post("/receivers", {"name": f"job {number}", "provider": "ci"})
    return _Job(client=stage.caller.client, receiver=made["id"], secret=made["secret"])


async def _production_on_auto(stage: CrashStage) -> None:
    assert (await stage.caller.end_of(await stage.caller.start_import("Production")))["state"] == "succeeded"
    answer = await stage.caller.client.patch(f"/api/v1{_PRODUCTION}", json={"deploy_mode": "auto"})
    assert answer.is_success, answer.text


async def _all(stage: CrashStage, path: str, **query: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await stage.caller.client.get(f"/api/v1{path}", params={"limit": "200", **query, **cursor})
        assert answer.is_success, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def _settled(stage: CrashStage) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The image pushes and the deployments, once all are decided and ended."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            images = await _all(stage, f"{_PRODUCTION}/images")
            deployments = await _all(stage, "/operations", kind="deploy")
            open_images = [each for each in images if each["verdict"] not in {"deploying", "superseded"}]
            if images and not open_images and all(each["ended_at"] for each in deployments):
                return images, deployments
            await asyncio.sleep(0.2)


def _web(stage: CrashStage, cluster: str) -> str:
    return stage.images(cluster)["deployments/web/web"]


async def test_a_flood_of_reports_ends_on_the_newest_push_in_a_few_deployments_and_loses_none(stage: CrashStage):
    await _production_on_auto(stage)
    jobs = [await _job(stage, number) for number in range(_JOBS)]
    tags = [[f"job{job}-build{number}" for number in range(_EACH)] for job in range(_JOBS)]
    await asyncio.gather(*(job.report(*theirs) for job, theirs in zip(jobs, tags, strict=True)))
    await jobs[0].report(_LAST)  # while the others are still being looked after
    pushed = [*(tag for theirs in tags for tag in theirs), _LAST]

    images, deployments = await _settled(stage)

    assert {cluster: _web(stage, cluster) for cluster in _CLUSTERS} == dict.fromkeys(_CLUSTERS, _image(_LAST))
    assert sorted(each["tag"] for each in images) == sorted(pushed)
    assert images[0]["tag"] == _LAST
    for theirs in tags:
        assert [each["tag"] for each in reversed(images) if each["tag"] in theirs] == theirs
    received = [
        image
        for job in jobs
        for each in await _all(stage, f"/receivers/{job.receiver}/deliveries")
        for image in each["images"]
    ]
    assert sorted(received) == sorted(f"{_WEB}:{tag}" for tag in pushed)
    assert {each["state"] for each in deployments} == {"succeeded"}
    assert len(deployments) <= len(pushed) // 10
