"""All clusters are probed side by side, and each result is recorded."""

import asyncio
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.words import Reachability
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.inventory.cluster_prober import ClusterProber
from services.inventory.clusters import ClusterRegistry
from services.kube.pool import ClusterPool
from tests.services.inventory.conftest import LIMITS, registration
from tests.support.actors import ADMINISTERS, SEES_ALL
from tests.support.clusters import EVERYWHERE
from tests.support.rows import make_cluster


@pytest.fixture
async def registered(registry: ClusterRegistry, practice: Sandbox) -> ClusterRegistry:
    for name in ("dev", "prod-us"):
        await registry.register(ADMINISTERS, registration(practice, name))
    return registry


async def test_probing_all_clusters_finds_the_unreachable_ones(database: Database, registered, practice: Sandbox):
    async with ClusterPool(rules=EVERYWHERE) as pool:
        practice.faults("prod-us").unreachable = True
        try:
            await ClusterProber(database, pool, limits=LIMITS).probe_all()
        finally:
            practice.faults("prod-us").clear()
    assert await _reachability(registered) == {"dev": "reachable", "prod-us": "unreachable"}


async def test_probing_all_clusters_finds_those_that_answer_again(database: Database, registered):
    async with database.begin() as tx:
        for cluster in await tx.clusters.all():
            await tx.clusters.missed(cluster.id, reachability=Reachability.UNREACHABLE, error="No connection.")
    async with ClusterPool(rules=EVERYWHERE) as pool:
        await ClusterProber(database, pool, limits=LIMITS).probe_all()
    assert await _reachability(registered) == {"dev": "reachable", "prod-us": "reachable"}


async def test_a_cluster_that_hides_its_version_is_reachable(database: Database, registered, practice: Sandbox):
    practice.faults("dev").failures.append(Failure(status=403, path="/version"))
    try:
        async with ClusterPool(rules=EVERYWHERE) as pool:
            await ClusterProber(database, pool, limits=LIMITS).probe_all()
    finally:
        practice.faults("dev").clear()
    assert (await _reachability(registered))["dev"] == "reachable"


async def test_a_stored_kubeconfig_that_is_no_longer_allowed_is_recorded_as_refused(database: Database, registry):
    async with database.begin() as tx:
        await make_cluster(tx, "former", credential="kind: Config")
    async with ClusterPool(rules=EVERYWHERE) as pool:
        await ClusterProber(database, pool, limits=LIMITS).probe_all()
    assert await _reachability(registry) == {"former": "refused"}


async def test_the_clusters_are_probed_at_once_and_again_at_each_interval(
    database: Database, registered, practice: Sandbox
):
    async with database.begin() as tx:
        for cluster in await tx.clusters.all():
            await tx.clusters.missed(cluster.id, reachability=Reachability.UNREACHABLE, error="No connection.")
    limits = replace(LIMITS, probe_interval=0.1)
    async with ClusterPool(rules=EVERYWHERE) as pool, ClusterProber(database, pool, limits=limits):
        await _until_reachability(registered, "prod-us", "reachable")
        practice.faults("prod-us").unreachable = True
        try:
            await _until_reachability(registered, "prod-us", "unreachable")
        finally:
            practice.faults("prod-us").clear()


async def _reachability(registry: ClusterRegistry) -> dict[str, str]:
    return {each.name: each.reachability.value for each in (await registry.list(SEES_ALL, after=None, limit=10)).items}


async def _until_reachability(registry: ClusterRegistry, cluster: str, expected: str) -> None:
    async with asyncio.timeout(30):
        while (await _reachability(registry))[cluster] != expected:
            await asyncio.sleep(0.02)
