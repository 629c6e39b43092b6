"""Queries on the operations that clusters missed because they did not answer."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload, undefer

from db import models
from domain.images import ContainerKey
from domain.past_operations import PastCluster, PastOperation
from domain.stored.plans import StoredImagePlan
from domain.stored.ring_runs import RingRuns
from domain.stored.spec import OperationSpec
from domain.stored.versions import UnknownVersionError
from domain.words import OperationKind, OperationState, Outcome, Reachability

_ENDED = tuple(each for each in OperationState if each.ended)
_GOOD = tuple(each for each in Outcome if each.good)
_AWAY = (Reachability.UNREACHABLE, Reachability.REFUSED)


class MissedOperations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def answering(self, *, since: datetime) -> frozenset[str]:
        """The app environments (ids) with a cluster that missed an operation since then and may answer by now.

        Only where the environment lets clusters catch up.
        """
        operation, cluster = models.Operation, models.OperationCluster
        place, environment, known = models.AppEnvironment, models.Environment, models.Cluster
        rows = await self._session.scalars(
            _missed(operation.app_environment_id)
            .distinct()
            .join(place, place.id == operation.app_environment_id)
            .join(environment, environment.id == place.environment_id)
            .join(known, known.id == cluster.cluster_id)
            .where(environment.catch_up, operation.ended_at >= since, known.reachability.not_in(_AWAY))
        )
        return frozenset(each for each in rows if each is not None)

    async def histories(self, app_environment_ids: Collection[str]) -> dict[str, tuple[PastOperation, ...]]:
        """Of each of these app environments with a cluster that missed an operation: its operations, the newest first.

        They go back to the oldest that a cluster missed and did not get since.
        """
        operation = models.Operation
        rows = await self._session.execute(
            _missed(operation.app_environment_id, operation.id).where(
                operation.app_environment_id.in_(list(app_environment_ids))
            )
        )
        oldest: dict[str, str] = {}
        for place, operation_id in rows:
            oldest[place] = min(operation_id, oldest.get(place, operation_id))
        return {place: await self._since(place, first) for place, first in oldest.items()}

    async def _since(self, app_environment_id: str, operation_id: str) -> tuple[PastOperation, ...]:
        table = models.Operation
        rows = await self._session.scalars(
            select(table)
            .where(table.app_environment_id == app_environment_id, table.id >= operation_id)
            .order_by(table.id.desc())
            .options(selectinload(table.clusters), undefer(table.plan), undefer(table.request)),
            execution_options={"populate_existing": True},
        )
        return tuple(map(_past, rows))


_Later = aliased(models.Operation)
_LaterCluster = aliased(models.OperationCluster)


def _missed(*columns: Any) -> Select[Any]:
    """A query for operations that did not reach a cluster, which got nothing of the app environment since then."""
    operation, cluster = models.Operation, models.OperationCluster
    got_later = exists(
        select(1)
        .select_from(_Later)
        .join(_LaterCluster, _LaterCluster.operation_id == _Later.id)
        .where(
            _Later.app_environment_id == operation.app_environment_id,
            _Later.id > operation.id,
            _Later.kind != OperationKind.RESTART,
            _LaterCluster.cluster_id == cluster.cluster_id,
            _LaterCluster.outcome.in_(_GOOD),
        )
    )
    return (
        select(*columns)
        .join(cluster, cluster.operation_id == operation.id)
        .where(
            cluster.outcome == Outcome.UNREACHABLE,
            operation.app_environment_id.is_not(None),
            operation.kind != OperationKind.RESTART,
            operation.promotion_set_id.is_(None),  # a set gets to a cluster as a whole, by a retry
            operation.state.in_(_ENDED),
            ~got_later,
        )
    )


def _past(row: models.Operation) -> PastOperation:
    plan = _image_plan(row) if any(each.outcome is Outcome.UNREACHABLE for each in row.clusters) else None
    containers = {} if plan is None or plan.brings is not None or plan.restore is not None else _containers(plan)
    return PastOperation(
        id=row.id,
        kind=row.kind,
        state=row.state,
        ended_at=row.ended_at,
        failure=None if row.rings is None else RingRuns.from_json(row.rings).failure,
        secret_names=tuple(row.secret_names),
        takes_back=plan.source_operation if plan is not None else None,
        clusters=tuple(
            PastCluster(
                cluster_id=each.cluster_id,
                name=each.cluster_name,
                outcome=each.outcome,
                containers=containers.get(each.cluster_name),
            )
            for each in row.clusters
        ),
    )


def _image_plan(row: models.Operation) -> StoredImagePlan | None:
    try:
        plan = OperationSpec.from_json(row.kind, request=row.request, plan=row.plan).plan
    except UnknownVersionError:
        return None  # a process of a newer release wrote it: it knows, and executes it
    return plan if isinstance(plan, StoredImagePlan) else None


def _containers(plan: StoredImagePlan) -> dict[str, frozenset[ContainerKey]]:
    """The containers whose images the plan brings, by cluster."""
    return {
        name: frozenset([*(each.key for each in cluster.changes), *(each.key for each in cluster.desired)])
        for name, cluster in plan.clusters.items()
    }
