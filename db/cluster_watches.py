"""The leases on clusters: which process watches which. Rows, by which followers also see what the owner told last.

Every time is the database's, so that clocks of processes do not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models.live import LIVE_EPOCHS


@dataclass(frozen=True, kw_only=True)
class WatchLease:
    """A cluster that the process may watch. Each new owner has a higher epoch, over all clusters."""

    cluster_id: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class WatchShare:
    """How many clusters are the process's share, where all that live watch equally many."""

    clusters: int
    processes: int

    @property
    def most(self) -> int:
        return -(-self.clusters // max(1, self.processes))  # rounded up: else some would be nobody's


@dataclass(frozen=True, kw_only=True)
class WatchHead:
    """How far the owner has come, and what it told of the streams. `watched`: the lease stands.

    `states` are JSON, as they are seldom new. Before an owner's first batch they are those of the former owner.
    """

    cluster_id: str
    epoch: int
    sequence: int
    watched: bool
    states: str


class ClusterWatches:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def renew(self, process_id: str, *, lasts: timedelta) -> tuple[WatchLease, ...]:
        """Renew all leases of the process, and be counted: the leases that it has, also those that had expired."""
        given = {"process": process_id, "lasts": lasts}
        connection = await self._session.connection()
        await connection.execute(_PRESENT, given)
        rows = await connection.execute(_RENEW, given)
        return tuple(WatchLease(cluster_id=row.cluster_id, epoch=row.epoch) for row in rows)

    async def share(self) -> WatchShare:
        """The present share of each process. Clusters that are new get their row here."""
        connection = await self._session.connection()
        await connection.execute(_ADD_NEW)
        row = (await connection.execute(_SHARE)).one()
        return WatchShare(clusters=row.clusters, processes=row.processes)

    async def claim(self, process_id: str, *, lasts: timedelta, most: int) -> tuple[WatchLease, ...]:
        """Take at most so many leases that nobody has, or whose owner did not renew them."""
        connection = await self._session.connection()
        rows = await connection.execute(_CLAIM, {"process": process_id, "lasts": lasts, "most": most})
        return tuple(WatchLease(cluster_id=row.cluster_id, epoch=row.epoch) for row in rows)

    async def give_back(self, process_id: str, cluster_ids: Sequence[str]) -> None:
        """Others may take these at once."""
        connection = await self._session.connection()
        await connection.execute(_GIVE_BACK, {"process": process_id, "clusters": list(cluster_ids)})

    async def leave(self, process_id: str) -> None:
        """Give back all leases, and be counted no more."""
        connection = await self._session.connection()
        await connection.execute(_GIVE_ALL_BACK, {"process": process_id})
        await connection.execute(_ABSENT, {"process": process_id})

    async def heads(self, cluster_ids: Sequence[str] | None = None) -> tuple[WatchHead, ...]:
        """Of these clusters, or of all."""
        connection = await self._session.connection()
        rows = await connection.execute(_HEADS, {"clusters": None if cluster_ids is None else list(cluster_ids)})
        return tuple(
            WatchHead(
                cluster_id=row.cluster_id,
                epoch=row.epoch,
                sequence=row.sequence,
                watched=row.watched,
                states=row.states,
            )
            for row in rows
        )


_PRESENT = text("""
    WITH forgotten AS (DELETE FROM live_processes WHERE expires_at < now() - interval '1 minute')
    INSERT INTO live_processes (id, expires_at)
    VALUES (CAST(CAST(:process AS text) AS uuid), now() + CAST(:lasts AS interval))
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
""")

_ABSENT = text("DELETE FROM live_processes WHERE id = CAST(CAST(:process AS text) AS uuid)")

# In the order of the clusters, as what writes batches locks them: otherwise each may wait for a row of the other one.
_RENEW = text("""
    WITH mine AS MATERIALIZED (
        SELECT cluster_id FROM cluster_watches WHERE owner = CAST(CAST(:process AS text) AS uuid)
        ORDER BY cluster_id FOR NO KEY UPDATE
    )
    UPDATE cluster_watches AS watch SET expires_at = now() + CAST(:lasts AS interval)
    FROM mine WHERE watch.cluster_id = mine.cluster_id AND watch.owner = CAST(CAST(:process AS text) AS uuid)
    RETURNING CAST(watch.cluster_id AS text) AS cluster_id, watch.epoch
""")

# The lock keeps a cluster that is being deleted from getting a row, which would be an error.
_ADD_NEW = text("""
    INSERT INTO cluster_watches (cluster_id)
    SELECT id FROM clusters WHERE NOT EXISTS (SELECT FROM cluster_watches WHERE cluster_id = clusters.id)
    FOR KEY SHARE OF clusters
    ON CONFLICT DO NOTHING
""")

_SHARE = text("""
    SELECT (SELECT count(*) FROM cluster_watches) AS clusters,
           (SELECT count(*) FROM live_processes WHERE expires_at > now()) AS processes
""")

# Materialized: PostgreSQL could evaluate a plain subquery with a limit more than once, and so lock more rows.
_CLAIM = text(f"""
    WITH free AS MATERIALIZED (
        SELECT cluster_id FROM cluster_watches WHERE owner IS NULL OR expires_at < now()
        LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE cluster_watches AS watch
    SET owner = CAST(CAST(:process AS text) AS uuid), expires_at = now() + CAST(:lasts AS interval),
        epoch = nextval('{LIVE_EPOCHS.name}'), sequence = 0
    FROM free WHERE watch.cluster_id = free.cluster_id
    RETURNING CAST(watch.cluster_id AS text) AS cluster_id, watch.epoch
""")  # noqa: S608 - the name of the sequence

_GIVE_BACK = text("""
    UPDATE cluster_watches SET owner = NULL, expires_at = NULL
    WHERE owner = CAST(CAST(:process AS text) AS uuid) AND cluster_id = ANY(CAST(CAST(:clusters AS text[]) AS uuid[]))
""")

_GIVE_ALL_BACK = text("""
    UPDATE cluster_watches SET owner = NULL, expires_at = NULL WHERE owner = CAST(CAST(:process AS text) AS uuid)
""")

_HEADS = text("""
    SELECT CAST(cluster_id AS text) AS cluster_id, epoch, sequence, CAST(states AS text) AS states,
           coalesce(expires_at > now(), false) AS watched
    FROM cluster_watches
    WHERE CAST(:clusters AS text[]) IS NULL OR cluster_id = ANY(CAST(CAST(:clusters AS text[]) AS uuid[]))
""")
