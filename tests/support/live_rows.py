"""Rows of the live cache: clusters, leases on them, and bodies of records that say their version alone."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from db.base import new_id
from db.live_records import Batch, StoredKey
from db.transaction import Database

LASTS = timedelta(hours=1)  # longer than any test: what is to expire is expired, by `expire`


def key(name: str, *, namespace: str = "shop", kind: str = "Pod") -> StoredKey:
    return StoredKey("v1", kind, namespace, name)


async def make_clusters(database: Database, count: int) -> list[str]:
    async with database.begin() as tx:
        return [
            (await tx.clusters.add(name=f"c{number}", labels={}, server=None, credential=None)).id
            for number in range(count)
        ]


async def claimed(database: Database, process_id: str, *, most: int = 1000) -> dict[str, int]:
    """What the process claims now: epochs by cluster."""
    async with database.begin() as tx:
        await tx.cluster_watches.renew(process_id, lasts=LASTS)
        await tx.cluster_watches.share()
        found = await tx.cluster_watches.claim(process_id, lasts=LASTS, most=most)
    return {each.cluster_id: each.epoch for each in found}


async def expire(database: Database, process_id: str) -> None:
    """As if the process had not renewed its leases for longer than they last: it was killed, or is frozen."""
    async with database.engine.begin() as connection:
        for table, column in (("cluster_watches", "owner"), ("live_processes", "id")):
            await connection.execute(
                text(f"UPDATE {table} SET expires_at = now() - interval '1 second' WHERE {column} = :id"),
                {"id": process_id},
            )


async def write(
    database: Database, process_id: str, cluster_id: str, epoch: int, bodies: Mapping[StoredKey, bytes | None]
) -> int | None:
    """The number of the batch; None where the process may not write any more."""
    async with database.each_alone() as tx:
        batch = Batch(cluster_id=cluster_id, epoch=epoch, bodies=bodies)
        return (await tx.live_records.write(process_id, [batch])).get(cluster_id)


def process() -> str:
    return new_id()
