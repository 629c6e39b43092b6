"""Clusters in the database."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from db import models
from db.errors import DuplicateNameError, StillUsedError
from domain.words import Reachability
from tests.support.rows import make_cluster, make_operation, make_target

CANARY = "canary-7f3a"


async def test_a_name_is_found_without_case_and_keeps_its_own(database):
    async with database.begin() as tx:
        await make_cluster(tx, "Prod-EU")
        found = await tx.clusters.find("prod-eu")
    assert found is not None
    assert found.name == "Prod-EU"


async def test_a_name_is_taken_whatever_its_case(database):
    async with database.begin() as tx:
        await make_cluster(tx, "prod-eu")
    with pytest.raises(DuplicateNameError):
        async with database.begin() as tx:
            await make_cluster(tx, "PROD-eu")


async def test_a_credential_comes_back_and_does_not_lie_readable_in_its_row(database, raw):
    async with database.begin() as tx:
        cluster = await make_cluster(tx, credential=CANARY)
    assert cluster.credential is not None
    assert cluster.credential.open() == CANARY
    assert CANARY not in repr(cluster)
    assert CANARY not in str(await raw("SELECT * FROM clusters"))


async def test_a_credential_cannot_be_stored_in_plain(database):
    # Only the type of the column stands between a careless insert and a readable credential.
    async with database.engine.connect() as connection:
        with pytest.raises(Exception, match="Only sealed text"):
            await connection.execute(insert(models.Cluster).values(name="x", credential=CANARY))


async def test_a_new_credential_raises_its_version(database):
    async with database.begin() as tx:
        cluster = await make_cluster(tx)
        replaced = await tx.clusters.replace_credential(cluster.id, credential="new", server="https://other")
    assert (replaced.credential.open(), replaced.server) == ("new", "https://other")
    assert replaced.credential_version == cluster.credential_version + 1


async def test_what_was_last_seen_is_kept_when_it_is_missed_later(database):
    async with database.begin() as tx:
        cluster = await make_cluster(tx)
        await tx.clusters.seen(cluster.id, server_version="v1.36.2")
        await tx.clusters.missed(cluster.id, reachability=Reachability.UNREACHABLE, error="refused")
        missed = await tx.clusters.get(cluster.id)
    assert missed is not None
    assert (missed.reachability, missed.server_version, missed.last_error) == ("unreachable", "v1.36.2", "refused")
    assert missed.last_seen_at is not None


async def test_listing_goes_on_where_the_last_page_ended(database):
    async with database.begin() as tx:
        for name in ("c", "A", "b"):
            await make_cluster(tx, name)
        first = await tx.clusters.list(limit=2)
        second = await tx.clusters.list(limit=2, after=first.next)
    assert [each.name for each in first.items] == ["A", "b"]
    assert [each.name for each in second.items] == ["c"]
    assert second.next is None


async def test_an_environment_s_cluster_is_not_deleted(database):
    target = await make_target(database)
    with pytest.raises(StillUsedError) as refused:
        async with database.begin() as tx:
            await tx.clusters.delete(target.clusters[0].id)
    assert refused.value.users == ("environment Production",)


async def test_a_cluster_of_an_operation_under_way_is_not_deleted(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target)
    async with database.begin() as tx:
        await tx.environments.assign_clusters(target.app_environment.environment.id, [])
    with pytest.raises(StillUsedError) as refused:
        async with database.begin() as tx:
            await tx.clusters.delete(target.clusters[0].id)
    assert refused.value.users == (f"operation {operation_id}",)


async def test_history_outlives_a_deleted_cluster(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target)
    async with database.begin() as tx:
        await tx.operation_lifecycle.end(operation_id, state="failed", message="")
        await tx.environments.assign_clusters(target.app_environment.environment.id, [])
        await tx.clusters.delete(target.clusters[0].id)
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert [(each.cluster_name, each.cluster_id is None) for each in operation.clusters] == [
        ("prod-eu", True),
        ("prod-us", False),
    ]


async def test_a_reading_transaction_cannot_write(database):
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.read() as tx:
            await make_cluster(tx)


async def test_no_id_names_nothing(database):
    async with database.read() as tx:
        assert await tx.clusters.get("../../etc/passwd") is None
