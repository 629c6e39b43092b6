"""What was last seen on clusters, reduced to what is shown: written by the owner of each cluster's lease, read by all.

Batches are numbered by (epoch, sequence) of their cluster. The statement that writes them takes the next numbers, so it
holds the row of the lease until it commits: a follower that has read number n never finds a smaller one later, and an
owner whose lease went to another one writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "stagecoach_live"
_LONGEST_HINT = 7800  # bytes: PostgreSQL takes payloads of less than 8000


class StoredKey(NamedTuple):
    """An object of a cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRecord:
    """A row. No `body`: the object is gone. `written_at` is UTC."""

    cluster_id: str
    key: StoredKey
    epoch: int
    sequence: int
    written_at: datetime
    body: bytes | None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What changed on one cluster since its last batch: bodies by key, None for what is gone.

    `states` are those of all streams, where they are written as well.
    """

    cluster_id: str
    epoch: int
    bodies: Mapping[StoredKey, bytes | None]
    states: list[dict[str, Any]] | None = None

    @property
    def hint(self) -> str:
        """For the notification: which keys are in it, so that a follower need not look for them. Empty: too many."""
        keys = [tuple(key) for key in self.bodies]
        hint = orjson.dumps({"keys": keys, "states": self.states is not None})
        return hint.decode() if len(hint) <= _LONGEST_HINT else ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A notification: a cluster's owner has written this batch. `keys` is None where they were too many."""

    cluster_id: str
    epoch: int
    sequence: int
    keys: tuple[StoredKey, ...] | None
    states: bool

    @classmethod
    def parse(cls, payload: str) -> "Written":
        cluster_id, epoch, sequence, hint = payload.split(" ", 3)
        told = orjson.loads(hint) if hint else None
        return cls(
            cluster_id=cluster_id,
            epoch=int(epoch),
            sequence=int(sequence),
            keys=None if told is None else tuple(StoredKey(*key) for key in told["keys"]),
            states=told is None or told["states"],
        )


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Up to which batch a cluster's records have been read; all fields are zero before the first."""

    cluster_id: str
    epoch: int = 0
    sequence: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return (self.epoch, self.sequence)


class LiveRecords:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def write(self, process_id: str, batches: Sequence[Batch]) -> dict[str, int]:
        """Write the batches of several clusters in one statement, and notify: their sequence numbers by cluster.

        What is missing there was not written: the process has that cluster's lease no more.
        """
        rows = [(each.cluster_id, key, body) for each in batches for key, body in each.bodies.items()]
        connection = await self._session.connection()
        written = await connection.execute(
            _WRITE,
            {
                "channel": CHANNEL,
                "process": process_id,
                "clusters": [each.cluster_id for each in batches],
                "epochs": [each.epoch for each in batches],
                "states": [None if each.states is None else orjson.dumps(each.states).decode() for each in batches],
                "hints": [each.hint for each in batches],
                "row_clusters": [cluster_id for cluster_id, _, _ in rows],
                "api_versions": [key.api_version for _, key, _ in rows],
                "kinds": [key.kind for _, key, _ in rows],
                "namespaces": [key.namespace for _, key, _ in rows],
                "names": [key.name for _, key, _ in rows],
                "bodies": [body for _, _, body in rows],
            },
        )
        return {row.cluster_id: row.sequence for row in written}

    async def page(
        self, *, cluster_ids: Sequence[str] | None, after: StoredRecord | None, limit: int
    ) -> tuple[StoredRecord, ...]:
        """A page of what there is, of these clusters or of all, in the order of the keys; `after` ends the last one."""
        return await self._read(
            _PAGE,
            clusters=None if cluster_ids is None else list(cluster_ids),
            after_cluster=after.cluster_id if after else None,
            after_api_version=after.key.api_version if after else None,
            after_kind=after.key.kind if after else None,
            after_namespace=after.key.namespace if after else None,
            after_name=after.key.name if after else None,
            most=limit,
        )

    async def newer(self, cursors: Sequence[Cursor], *, limit: int) -> tuple[StoredRecord, ...]:
        """What was written to these clusters after the cursors, also what is gone, in order.

        About `limit` rows: the last batch is always whole.
        """
        return await self._read(
            _NEWER,
            clusters=[each.cluster_id for each in cursors],
            epochs=[each.epoch for each in cursors],
            sequences=[each.sequence for each in cursors],
            most=limit,
        )

    async def named(self, keys: Sequence[tuple[str, StoredKey]]) -> tuple[StoredRecord, ...]:
        """The rows of these keys, each with its cluster's id."""
        return await self._read(
            _NAMED,
            clusters=[cluster_id for cluster_id, _ in keys],
            api_versions=[key.api_version for _, key in keys],
            kinds=[key.kind for _, key in keys],
            namespaces=[key.namespace for _, key in keys],
            names=[key.name for _, key in keys],
        )

    async def keys(self, cluster_id: str) -> frozenset[StoredKey]:
        """What there is of a cluster."""
        connection = await self._session.connection()
        rows = await connection.execute(_KEYS, {"cluster": cluster_id})
        return frozenset(StoredKey(*row) for row in rows)

    async def forget_gone(self, cluster_ids: Sequence[str], *, after: timedelta) -> None:
        """Delete the rows of these clusters that have said for so long that their object is gone."""
        connection = await self._session.connection()
        await connection.execute(_FORGET_GONE, {"clusters": list(cluster_ids), "after": after})

    async def _read(self, query: Any, **given: object) -> tuple[StoredRecord, ...]:
        connection = await self._session.connection()
        return tuple(
            StoredRecord(
                cluster_id=cluster_id,
                key=StoredKey(api_version, kind, namespace, name),
                epoch=epoch,
                sequence=sequence,
                written_at=written_at,
                body=body,
            )
            for cluster_id, api_version, kind, namespace, name, epoch, sequence, written_at, body in (
                await connection.execute(query, given)
            )
        )


# Leases are locked in the order of the clusters, as their renewal locks them: else each may wait for the other one.
_WRITE = text("""
    WITH batch AS MATERIALIZED (
        SELECT batch.* FROM unnest(
            CAST(CAST(:clusters AS text[]) AS uuid[]), CAST(:epochs AS bigint[]), CAST(:states AS text[]),
            CAST(:hints AS text[])
        ) AS batch (cluster_id, epoch, states, hint) JOIN cluster_watches AS watch USING (cluster_id)
        ORDER BY watch.cluster_id FOR NO KEY UPDATE OF watch
    ), held AS (
        UPDATE cluster_watches AS watch
        SET sequence = watch.sequence + 1, states = coalesce(CAST(batch.states AS jsonb), watch.states)
        FROM batch
        WHERE watch.cluster_id = batch.cluster_id AND watch.epoch = batch.epoch
            AND watch.owner = CAST(CAST(:process AS text) AS uuid)
        RETURNING watch.cluster_id, watch.epoch, watch.sequence, batch.hint
    ), written AS (
        INSERT INTO live_records (
            cluster_id, api_version, kind, namespace, name, epoch, sequence, written_at, body
        )
        SELECT held.cluster_id, new.api_version, new.kind, new.namespace, new.name, held.epoch, held.sequence, now(),
               new.body
        FROM held JOIN unnest(
            CAST(CAST(:row_clusters AS text[]) AS uuid[]), CAST(:api_versions AS text[]), CAST(:kinds AS text[]),
            CAST(:namespaces AS text[]), CAST(:names AS text[]), CAST(:bodies AS bytea[])
        ) AS new (cluster_id, api_version, kind, namespace, name, body) ON new.cluster_id = held.cluster_id
        ON CONFLICT (cluster_id, api_version, kind, namespace, name) DO UPDATE
        SET epoch = excluded.epoch, sequence = excluded.sequence, written_at = excluded.written_at,
            body = excluded.body
    )
    SELECT CAST(cluster_id AS text) AS cluster_id, sequence,
           pg_notify(:channel, concat_ws(' ', cluster_id, epoch, sequence, hint))
    FROM held
""")

_COLUMNS = """
    CAST(record.cluster_id AS text), record.api_version, record.kind, record.namespace, record.name, record.epoch,
    record.sequence, record.written_at, record.body
"""

_PAGE = text(f"""
    SELECT {_COLUMNS} FROM live_records AS record
    WHERE record.body IS NOT NULL
        AND (CAST(:clusters AS text[]) IS NULL OR record.cluster_id = ANY(CAST(CAST(:clusters AS text[]) AS uuid[])))
        AND (CAST(:after_cluster AS text) IS NULL
            OR (record.cluster_id, record.api_version, record.kind, record.namespace, record.name)
            > (CAST(CAST(:after_cluster AS text) AS uuid), CAST(:after_api_version AS text), CAST(:after_kind AS text),
               CAST(:after_namespace AS text), CAST(:after_name AS text)))
    ORDER BY record.cluster_id, record.api_version, record.kind, record.namespace, record.name
    LIMIT :most
""")  # noqa: S608 - the names of the columns

_NEWER = text(f"""
    SELECT {_COLUMNS} FROM live_records AS record JOIN unnest(
        CAST(CAST(:clusters AS text[]) AS uuid[]), CAST(:epochs AS bigint[]), CAST(:sequences AS bigint[])
    ) AS read (cluster_id, epoch, sequence) ON record.cluster_id = read.cluster_id
    WHERE (record.epoch, record.sequence) > (read.epoch, read.sequence)
    ORDER BY record.epoch, record.sequence
    FETCH FIRST (:most) ROWS WITH TIES
""")  # noqa: S608 - the names of the columns

_NAMED = text(f"""
    SELECT {_COLUMNS} FROM live_records AS record JOIN unnest(
        CAST(CAST(:clusters AS text[]) AS uuid[]), CAST(:api_versions AS text[]), CAST(:kinds AS text[]),
        CAST(:namespaces AS text[]), CAST(:names AS text[])
    ) AS named (cluster_id, api_version, kind, namespace, name)
    USING (cluster_id, api_version, kind, namespace, name)
""")  # noqa: S608 - the names of the columns

_KEYS = text("""
    SELECT api_version, kind, namespace, name FROM live_records
    WHERE cluster_id = CAST(CAST(:cluster AS text) AS uuid) AND body IS NOT NULL
""")

_FORGET_GONE = text("""
    DELETE FROM live_records
    WHERE cluster_id = ANY(CAST(CAST(:clusters AS text[]) AS uuid[])) AND body IS NULL
        AND written_at < now() - CAST(:after AS interval)
""")
