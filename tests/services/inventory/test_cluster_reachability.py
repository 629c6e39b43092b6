"""A cluster that is lost, and one that is back, are told once each, however many replicas probe."""

import asyncio
from datetime import timedelta

from db.transaction import Database
from domain.notification_types import NotificationType
from domain.words import Reachability
from services.inventory.cluster_reachability import lost_after, record_answer, record_miss
from services.limits import Limits
from tests.support.channels import make_channel, told
from tests.support.rows import make_cluster, make_target

AT_ONCE = timedelta(0)
LOST, BACK = NotificationType.CLUSTER_LOST, NotificationType.CLUSTER_BACK


async def _miss(database: Database, cluster, *, after: timedelta = AT_ONCE) -> None:
    async with database.begin() as tx:
        await record_miss(
            tx, cluster, reachability=Reachability.UNREACHABLE, error="prod-eu does not answer.", lost_after=after
        )


async def _answer(database: Database, cluster) -> None:
    async with database.begin() as tx:
        await record_answer(tx, cluster, server_version="v1.36.2")


async def test_a_lost_cluster_is_told_once_and_told_again_when_it_is_back(database):
    target = await make_target(database)
    channel = await make_channel(database, environments=[target.app_environment.environment.id])
    cluster = target.clusters[0]
    await asyncio.gather(*(_miss(database, cluster) for _ in range(4)))
    await _miss(database, cluster)
    (lost,) = await told(database, channel)
    assert (lost.type, lost.cluster, lost.environments, lost.detail) == (
        LOST,
        "prod-eu",
        ("Production",),
        "prod-eu does not answer.",
    )
    await asyncio.gather(*(_answer(database, cluster) for _ in range(4)))
    back = (await told(database, channel))[-1]
    assert [each.type for each in await told(database, channel)] == [LOST, BACK]
    assert (back.since, back.reachability) == (lost.since, Reachability.REACHABLE)


async def test_a_cluster_that_answers_in_between_was_never_lost(database):
    channel = await make_channel(database)
    async with database.begin() as tx:
        cluster = await make_cluster(tx)
    patience = timedelta(milliseconds=200)
    for _ in range(2):
        await _miss(database, cluster, after=patience)
        await _answer(database, cluster)
        await asyncio.sleep(patience.total_seconds())
    await _miss(database, cluster, after=patience)
    assert await told(database, channel) == ()


def test_one_failed_probe_is_not_enough_to_be_lost():
    limits = Limits()
    assert timedelta(seconds=limits.probe_interval) < lost_after(limits) < timedelta(seconds=2 * limits.probe_interval)


async def test_routes_of_an_application_learn_of_the_clusters_that_it_runs_on(database):
    target = await make_target(database)
    application = target.app_environment.application.id
    channel = await make_channel(database, applications=[application])
    await _miss(database, target.clusters[0])  # the application is not configured there
    assert await told(database, channel) == ()
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id, namespace="shop", resources=[])
    await _miss(database, target.clusters[1])
    assert [each.cluster for each in await told(database, channel)] == ["prod-us"]
