"""What is read beside workloads and pods while these do not decide, and that it goes again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.resources import Manifest
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.pool import ClusterPool
from services.planning.health.rollout_drivers import CANARY
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.running import cluster_facts
from services.planning.live.needs import EVENTS, REPLICA_SETS
from services.reading.live.holdings import Holdings
from services.reading.live.pace import Pace
from services.reading.live.side_reads import SideReads
from services.reading.running_images import read_facts
from tests.support.clusters import EVERYWHERE, practice_credentials
from tests.support.custom_workloads import definition_of, driver
from tests.support.live import DEPLOYMENTS, PODS, namespace, plain, wanted_of, watching, web

PULLS = {"ErrImagePull", "ImagePullBackOff"}
WANTED = wanted_of(["shop"], "Deployment/web")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(["busy"], speed=20.0) as sandbox:
        sandbox.cluster("busy").create(namespace("shop"))
        yield sandbox


async def test_revisions_and_events_come_with_a_rollout_that_waits_and_say_what_a_reading_says(sandbox: Sandbox):
    cluster = sandbox.cluster("busy")
    async with ClusterPool(rules=EVERYWHERE) as pool:
        cluster.create(web(image="registry.example/shop/web:missing"))
        async with watching(sandbox, "busy", WANTED, pool=pool) as (_, told):
            await told.until(lambda: bool(told.names(REPLICA_SETS)) and bool(told.names(PODS)))
            [credential] = practice_credentials(sandbox)
            gateway = await pool.gateway(credential)

            async def agree() -> bool:
                """Whether a reading says why pods do not start, and the records say the same."""
                asked = tuple(each.as_manifest().id for each in told.records.values() if each.key.kind == DEPLOYMENTS)
                read = await read_facts(gateway, "shop", asked, deadline=Deadline.after(20), policy=HealthPolicy())
                explained = [each.health.reason in PULLS for each in read.workloads] == [True]
                return explained and list(map(shown, read.workloads)) == list(map(shown, facts(told, asked).workloads))

            async with asyncio.timeout(30):
                while not await agree():
                    await asyncio.sleep(0.1)
            cluster.remove("deployments", "web", "shop")
            await told.until(lambda: not told.names(REPLICA_SETS) and not told.names(EVENTS))


async def test_a_canary_is_read_where_a_deployment_wants_no_pods_and_not_elsewhere(sandbox: Sandbox):
    cluster = sandbox.cluster("busy")
    cluster.create(definition_of("Canary"))
    cluster.create(web())
    cluster.create(driver("Canary"))
    async with ClusterPool(rules=EVERYWHERE) as pool, watching(sandbox, "busy", WANTED, pool=pool) as (_, told):
        await told.until(lambda: bool(told.names(DEPLOYMENTS)))
        assert not told.names(CANARY)
        # Its controller may have written its status since it was created.
        body = plain(cluster.get("deployments", "web", "shop"))
        cluster.update({**body, "spec": {**body["spec"], "replicas": 0}})
        await told.until(lambda: bool(told.names(CANARY)))


async def test_nothing_is_looked_at_before_all_of_its_namespace_has_been_listed():
    asked: list[str] = []
    looked = asyncio.Event()

    def listing(namespace: str) -> bool:
        asked.append(namespace)
        return len(asked) <= 3

    def nothing_belongs(_: str) -> None:
        looked.set()

    async def told(*_: object) -> None:
        pass

    async with ClusterPool(rules=EVERYWHERE) as pool, Sandbox(["busy"]) as sandbox:
        [credential] = practice_credentials(sandbox)
        side = SideReads(
            await pool.watched(credential),
            Holdings(),
            told,
            watched=lambda _, __: True,
            listing=listing,
            of=nothing_belongs,
            pace=Pace(beside=0.02),
        )
        side.mark("shop")
        running = asyncio.create_task(side.run())
        async with asyncio.timeout(10):
            await looked.wait()
        running.cancel()
    assert asked == ["shop"] * 4


def facts(told, asked):
    by_kind: dict[str, list[Manifest]] = {}
    for record in told.records.values():
        by_kind.setdefault(record.key.kind.name, []).append(record.as_manifest())
    below: dict[str, Any] = {
        name: tuple(by_kind.get(kind, ()))
        for name, kind in (
            ("pods", "Pod"),
            ("replica_sets", "ReplicaSet"),
            ("events", "Event"),
            ("nodes", "Node"),
        )
    }
    workloads = tuple(by_kind.get("Deployment", ()))
    return cluster_facts("busy", asked, workloads, Children(**below), now=datetime.now(UTC), policy=HealthPolicy())


def shown(workload):
    return workload.health.state, workload.health.reason, workload.health.pod, workload.containers
