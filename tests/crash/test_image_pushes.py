"""Image pushes are deployed once, whichever process is killed between a push and its deployment.

With real registries: one that is only polled, and one that reports each push to a receiver.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from db.engine import create_engine
from db.image_pushes import NewImagePush
from db.keys import Keyring
from db.transaction import Database
from domain.words import ImagePushOrigin
from tests.support.crash_stage import CrashStage, at
from tests.support.registry import DockerRegistry, Notify

_ENVIRONMENT = "/applications/shop/environments"
_RUNS_NOWHERE = "registry.example/other/thing"
_DIGEST = f"sha256:{'0' * 64}"


@pytest.fixture
async def tables(stage: CrashStage) -> AsyncIterator[Database]:
    """The database without the service, to store a push while no process runs."""
    process = stage.process
    database = Database(create_engine(process._database_url), Keyring([process._key]))
    yield database
    await database.close()


def _give_web(stage: CrashStage, cluster: str, image: str) -> None:
    practice = stage.sandbox.cluster(cluster)
    web = json.loads(json.dumps(practice.get("deployments", "web", "shop")))
    web["spec"]["template"]["spec"]["containers"][0]["image"] = image
    practice.update(web)


def _web(stage: CrashStage, cluster: str) -> str:
    return next(image for name, image in stage.images(cluster).items() if name.startswith("deployments/web/"))


async def _runs(stage: CrashStage, cluster: str, image: str) -> None:
    async with asyncio.timeout(180):
        while not (_web(stage, cluster) == image and _ready(stage, cluster)):
            await asyncio.sleep(0.02)


def _ready(stage: CrashStage, cluster: str) -> bool:
    web = stage.sandbox.cluster(cluster).get("deployments", "web", "shop")
    assert web is not None
    status, desired = web["status"], web["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration") == web["metadata"]["generation"]
        and status.get("updatedReplicas") == status.get("readyReplicas") == status.get("replicas") == desired
    )


async def _put(stage: CrashStage, path: str, body: dict[str, object], *, method: str = "PUT") -> None:
    answer = await stage.caller.client.request(method, f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text


async def _on_auto(stage: CrashStage, registry: DockerRegistry, repository: str) -> str:
    """Development and Staging run the registry's first image; Development is on auto, Staging on manual."""
    name = f"{registry.address}/{repository}"
    await registry.push_image(repository, "1.0.0", content="1.0.0")
    _give_web(stage, "dev-1", f"{name}:1.0.0")
    assert (await stage.caller.end_of(await stage.caller.start_import("Staging")))["state"] == "succeeded"
    await _put(stage, f"/registries/{registry.address}", {"plain_http": True, "credential": {"kind": "anonymous"}})
    await _put(stage, f"{_ENVIRONMENT}/Development", {"deploy_mode": "auto"}, method="PATCH")
    never = f"{_ENVIRONMENT}/Development/images/0.0.0?repository={name}"
    async with asyncio.timeout(180):  # until what runs is in the index, by which pushes find it
        while "no container" in (await stage.caller.get(never))["sentence"]:
            await asyncio.sleep(0.05)
    return name


async def _deployments(stage: CrashStage) -> list[dict[str, object]]:
    return list((await stage.caller.get("/operations?kind=deploy"))["items"])


async def _nothing_more_comes(stage: CrashStage, database: Database) -> None:
    """All deployments have ended, and the worker of pushed images has gone through all pushes twice since."""
    async with asyncio.timeout(180):
        while any(each["ended_at"] is None for each in await _deployments(stage)):
            await asyncio.sleep(0.05)
        for tag in ("first", "second"):
            async with database.begin() as tx:
                (mark,) = await tx.image_pushes.add(
                    [NewImagePush(repository=_RUNS_NOWHERE, tag=tag, digest=_DIGEST, origin=ImagePushOrigin.WEBHOOK)]
                )
            while not await _is_decided(database, mark):
                await asyncio.sleep(0.02)


async def _is_decided(database: Database, push: int) -> bool:
    async with database.read() as tx:
        return (await tx.image_pushes.some([push]))[push].state == "decided"


async def _add_push(database: Database, name: str, tag: str) -> None:

    async with database.begin() as tx:
        await tx.image_pushes.add([NewImagePush(repository=name, tag=tag, digest=None, origin=ImagePushOrigin.WEBHOOK)])


async def test_what_was_stored_before_the_kill_is_deployed_once_after_it(stage, tables, docker_registry, repository):
    name = await _on_auto(stage, docker_registry, repository)
    digest = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
    await stage.process.kill()
    await _add_push(tables, name, "1.1.0")
    await stage.process.start()
    await _runs(stage, "dev-1", f"{name}:1.1.0@{digest}")
    await _nothing_more_comes(stage, tables)
    assert len(await _deployments(stage)) == 1


@pytest.mark.parametrize("milliseconds", [30, 120, 400])
async def test_a_push_is_deployed_once_though_the_process_is_killed_during_its_deployment(
    stage, tables, docker_registry, repository, milliseconds
):
    name = await _on_auto(stage, docker_registry, repository)
    digest = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
    await _add_push(tables, name, "1.1.0")
    await asyncio.sleep(milliseconds / 1000)
    await stage.process.kill()
    await stage.process.start()
    await _runs(stage, "dev-1", f"{name}:1.1.0@{digest}")
    await _nothing_more_comes(stage, tables)
    assert len(await _deployments(stage)) == 1


async def test_two_processes_deploy_once_and_the_other_goes_on_when_one_is_killed(
    stage, tables, docker_registry, repository
):
    name = await _on_auto(stage, docker_registry, repository)
    async with stage.another_process() as other, at(other) as here:
        first = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
        await _add_push(tables, name, "1.1.0")
        await _runs(stage, "dev-1", f"{name}:1.1.0@{first}")
        await stage.process.kill()
        second = await docker_registry.push_image(repository, "1.2.0", content="1.2.0")
        await _add_push(tables, name, "1.2.0")
        await _runs(stage, "dev-1", f"{name}:1.2.0@{second}")
        found = (await here.get("/operations?kind=deploy"))["items"]
    assert len(found) == 2


async def test_a_push_that_a_poll_finds_is_deployed_in_development_and_offered_in_staging(
    stage, tables, docker_registry, repository
):
    name = await _on_auto(stage, docker_registry, repository)
    await _put(stage, f"/polls/{name}", {"interval_seconds": 60})
    async with asyncio.timeout(90):
        while (await stage.caller.get("/polls"))["items"][0]["last_at"] is None:
            await asyncio.sleep(0.05)
    digest = await docker_registry.push_image(repository, "1.1.0", platforms=2, content="1.1.0")
    began = time.monotonic()
    async with tables.begin() as tx:  # a minute is long for a test
        poll = await tx.polls.find(name)
        await tx.polls.change(poll.id, next_at=poll.created_at)
        await tx.image_pushes.notify()
    await _runs(stage, "dev-1", f"{name}:1.1.0@{digest}")
    print(f"look to last pod healthy: {time.monotonic() - began:.2f} s")  # noqa: T201
    await _is_offered(stage, "1.1.0")


async def test_a_push_that_is_reported_is_deployed_in_development_and_offered_in_staging(
    stage, tables, new_docker_registry, repository
):
    made = await stage.caller.post("/receivers", {"name": "registry", "provider": "distribution"})
    url = f"{stage.process.url}/webhooks/{made['id']}"
    headers = {"Authorization": f"Bearer {made['secret']}"}
    registry = await new_docker_registry(notify=Notify(url=url, headers=headers))
    name = await _on_auto(stage, registry, repository)
    async with asyncio.timeout(90):  # the report on the first image may come late, and deploy it by its digest
        while not (await stage.caller.get(f"/receivers/{made['id']}/deliveries"))["items"]:
            await asyncio.sleep(0.05)
    await _nothing_more_comes(stage, tables)
    before = [each["id"] for each in await _deployments(stage)]
    began = time.monotonic()
    digest = await registry.push_image(repository, "1.1.0", platforms=2, content="1.1.0")
    await _runs(stage, "dev-1", f"{name}:1.1.0@{digest}")
    print(f"push to last pod healthy: {time.monotonic() - began:.2f} s")  # noqa: T201
    await _is_offered(stage, "1.1.0")
    (operation,) = [each for each in await _deployments(stage) if each["id"] not in before]
    assert operation["actor"] == "receiver registry"


async def _is_offered(stage: CrashStage, tag: str) -> None:
    answer = await stage.caller.get(f"{_ENVIRONMENT}/Staging/images/{tag}")
    overview = await stage.caller.get("/applications/shop/overview")
    staging = next(each for each in overview["environments"] if each["environment"] == "Staging")
    pushed = [
        container["pushed"]["tag"]
        for workload in staging["workloads"]
        for container in workload["containers"]
        if container["pushed"]
    ]
    assert (answer["code"], pushed) == ("held", [tag]), answer
    assert "1.1.0" not in _web(stage, "staging-1")
