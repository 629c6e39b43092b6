"""The clusters of operations as rows. One statement writes all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import ColumnElement, and_, case, null, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import models
from db.types import resource_text, stored
from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import ClusterPhase, Outcome


@dataclass(frozen=True, kw_only=True)
class ClusterUpdate:
    """The new state of one cluster. `expected` None leaves what is stored.

    `undo` is stored only where none is stored: a step that runs twice would otherwise take its own changes for the
    former state.
    """

    position: int
    phase: ClusterPhase
    outcome: Outcome | None = None
    code: str | None = None
    detail: str | None = None
    resource: ResourceId | None = None
    undo: UndoImages | None = None
    expected: tuple[ExpectedRollout, ...] | None = None

    def after(self, former: "ClusterUpdate | None") -> "ClusterUpdate":
        """One update with the effect of the former one and then this one."""
        if former is None:
            return self
        return replace(
            self,
            undo=self.undo if former.undo is None else former.undo,
            expected=former.expected if self.expected is None else self.expected,
        )


async def add_clusters(
    connection: AsyncConnection,
    operation_id: str,
    clusters: Sequence[tuple[str, str, int]],
    *,
    begun: Mapping[int, UndoImages],
) -> None:
    """`clusters` are (id, name, wave); `begun` are the positions of those that begin now, with what undoing needs."""
    await connection.execute(
        _ADD,
        {
            "operation_id": operation_id,
            "cluster_id": [cluster_id for cluster_id, _, _ in clusters],
            "name": [name for _, name, _ in clusters],
            "wave": [wave for _, _, wave in clusters],
            "before": [_undo_or_null(begun.get(position)) for position in range(len(clusters))],
            "applying": stored(ClusterPhase.APPLYING),
        },
    )


async def update_clusters(connection: AsyncConnection, operation_id: str, updates: Sequence[ClusterUpdate]) -> None:
    """Write the updates, in the given order."""
    merged: dict[int, ClusterUpdate] = {}
    for each in updates:
        merged[each.position] = each.after(merged.get(each.position))
    await connection.execute(
        _UPDATE,
        {
            "operation_id": operation_id,
            "position": list(merged),
            "phase": [stored(each.phase) for each in merged.values()],
            "outcome": [each.outcome.value if each.outcome else None for each in merged.values()],
            "code": [each.code for each in merged.values()],
            "detail": [storable(each.detail) for each in merged.values()],
            "resource": [resource_text(each.resource) for each in merged.values()],
            "before": [_undo_or_null(each.undo) for each in merged.values()],
            "expected": [_rollouts_or_null(each.expected) for each in merged.values()],
        },
    )


async def reopen_clusters(
    connection: AsyncConnection, operation_id: str, *, catching_up: Collection[str] | None
) -> None:
    """Those that did not succeed wait again, for a retry; or, of them, those alone that are `catching_up` (ids)."""
    await connection.execute(
        update(models.OperationCluster)
        .where(models.OperationCluster.operation_id == operation_id)
        .values(catch_up=False)
    )
    await connection.execute(
        update(models.OperationCluster)
        .where(models.OperationCluster.operation_id == operation_id, reopened(catching_up))
        .values(
            catch_up=catching_up is not None,
            phase=ClusterPhase.WAITING,
            outcome=None,
            code=None,
            detail=None,
            resource=None,
            expected=None,
            # After an undo the cluster may have changed again: the retry stores anew what undoing needs.
            before=case(
                (models.OperationCluster.outcome == Outcome.ROLLED_BACK, null()),
                else_=models.OperationCluster.before,
            ),
            started_at=None,
            ended_at=None,
        )
    )


def reopened(catching_up: Collection[str] | None) -> ColumnElement[bool]:
    """The clusters of an operation that a retry changes again."""
    table = models.OperationCluster
    failed = table.outcome.not_in([each for each in Outcome if each.good])
    return failed if catching_up is None else and_(failed, table.cluster_id.in_(list(catching_up)))


def storable(message: str | None) -> str | None:
    """Text without NUL characters, which PostgreSQL does not take."""
    return None if message is None else message.replace("\0", "")


def _undo_or_null(undo: UndoImages | None) -> str | None:
    return None if undo is None else orjson.dumps(undo.to_json()).decode()


def _rollouts_or_null(rollouts: tuple[ExpectedRollout, ...] | None) -> str | None:
    return None if rollouts is None else orjson.dumps([each.to_json() for each in rollouts]).decode()


_ADD = text("""
    INSERT INTO operation_clusters (operation_id, position, cluster_id, cluster_name, wave, phase, before, started_at)
    SELECT CAST(CAST(:operation_id AS text) AS uuid), new.number - 1, CAST(new.cluster_id AS uuid), new.name, new.wave,
           CASE WHEN new.before IS NULL THEN 'waiting' ELSE :applying END,
           CAST(new.before AS json),
           CASE WHEN new.before IS NOT NULL THEN now() END
    FROM unnest(CAST(:cluster_id AS text[]), CAST(:name AS text[]), CAST(:wave AS int[]), CAST(:before AS text[]))
         WITH ORDINALITY AS new (cluster_id, name, wave, before, number)
""")

_UPDATE = text("""
    UPDATE operation_clusters AS cluster SET
        phase = new.phase,
        outcome = new.outcome,
        code = new.code,
        detail = new.detail,
        resource = new.resource,
        before = coalesce(cluster.before, CAST(new.before AS json)),
        expected = coalesce(CAST(new.expected AS json), cluster.expected),
        started_at = coalesce(started_at, now()),
        ended_at = CASE WHEN new.outcome IS NOT NULL THEN now() END
    FROM unnest(
        CAST(:position AS int[]), CAST(:phase AS text[]), CAST(:outcome AS text[]), CAST(:code AS text[]),
        CAST(:detail AS text[]), CAST(:resource AS text[]), CAST(:before AS text[]), CAST(:expected AS text[])
    ) AS new (position, phase, outcome, code, detail, resource, before, expected)
    WHERE cluster.operation_id = CAST(CAST(:operation_id AS text) AS uuid) AND cluster.position = new.position
""")
