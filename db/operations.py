"""Queries on operations. Their changes are in `db.operation_lifecycle` and `db.operation_interruptions`."""

from collections.abc import Iterable

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.base import parse_id
from db.keys import Keyring
from db.operation_reading import (
    OperationFilter,
    OperationPlace,
    filter_conditions,
    operation_record,
    operations_with_names,
    places,
)
from db.operation_secrets import read_secrets
from db.records.operations import OperationDetailRecord, OperationRecord
from db.records.pages import Page
from domain.actors import ActorRef
from domain.rights import ApplicationRef, EnvironmentRef
from domain.secret_text import SecretValues
from domain.stored.spec import OperationSpec
from domain.words import OperationKind, OperationState, Outcome

ACTIVE = (OperationState.QUEUED, OperationState.RUNNING)


class Operations:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def get(self, operation_id: str) -> OperationRecord | None:
        key = parse_id(operation_id)
        if key is None:
            return None
        found = await self._records(operations_with_names().where(models.Operation.id == key))
        return found[0] if found else None

    async def list(self, matching: OperationFilter, *, limit: int, after: str | None = None) -> Page[OperationRecord]:
        """The newest first; `after` is the last id of the previous page."""
        query = (
            operations_with_names()
            .where(*filter_conditions(matching))
            .order_by(models.Operation.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(models.Operation.id < parse_id(after))
        found = await self._records(query)
        items = found[:limit]
        return Page(items=items, next=items[-1].id if len(found) > limit else None)

    async def states(self, operation_ids: Iterable[str]) -> dict[str, OperationState]:
        """The states of those of these operations that exist."""
        table = models.Operation
        rows = await self._session.execute(select(table.id, table.state).where(table.id.in_(list(operation_ids))))
        return {row.id: row.state for row in rows}

    async def spec(self, operation_id: str) -> OperationSpec | None:
        """Its request and plan. Raises `UnknownVersionError` where a newer release wrote it."""
        key = parse_id(operation_id)
        table = models.Operation
        found = await self._session.execute(select(table.kind, table.request, table.plan).where(table.id == key))
        row = found.one_or_none()
        return OperationSpec.from_json(row.kind, request=row.request, plan=row.plan) if row else None

    async def detail(self, operation_id: str) -> OperationDetailRecord | None:
        """The operation with its spec. Raises `UnknownVersionError` where a newer release wrote it."""
        record, spec = await self.get(operation_id), await self.spec(operation_id)
        if record is None or spec is None:
            return None
        return OperationDetailRecord(**vars(record), spec=spec)

    async def place(self, operation_id: str) -> OperationPlace | None:
        """What rights on it depend on."""
        key = parse_id(operation_id)
        found = await self._session.execute(places().where(models.Operation.id == key))
        row = found.one_or_none()
        if row is None:
            return None
        application_id, application, labels, environment_id, environment, gone = row
        return OperationPlace(
            application=ApplicationRef(id=application_id, name=application, labels=labels),
            environment=EnvironmentRef(id=environment_id, name=environment),
            gone=gone,
        )

    async def progress(self, operation_id: str) -> tuple[OperationState, int] | None:
        """Its state and the number of its last event."""
        key = parse_id(operation_id)
        found = await self._session.execute(
            select(models.Operation.state, models.Operation.last_event).where(models.Operation.id == key)
        )
        row = found.one_or_none()
        return (row.state, row.last_event) if row else None

    async def secrets(self, operation_id: str) -> SecretValues | None:
        """The values that were typed in; None where there were none, or they are erased."""
        return await read_secrets(self._session, self._keys, operation_id)

    async def repeated(self, actor: ActorRef, idempotency_key: str) -> OperationRecord | None:
        """The operation that this actor started with this key."""
        table = models.Operation
        found = await self._records(
            operations_with_names().where(
                func.coalesce(table.actor_kind, "") == actor.kind.value,
                func.coalesce(table.actor_id, table.actor) == actor.id,
                table.idempotency_key == idempotency_key,
            )
        )
        return found[0] if found else None

    async def unfinished(self) -> tuple[OperationRecord, ...]:
        """All that are queued or running, the oldest first, but for members of sets, which their sets execute."""
        table = models.Operation
        return await self._records(
            operations_with_names().where(table.state.in_(ACTIVE), table.promotion_set_id.is_(None)).order_by(table.id)
        )

    async def superseded_by(self, operation_id: str) -> str | None:
        """A later operation in the same app environment that has changed one of its clusters; None if there is none.

        To bring a cluster level that joined the environment later changes none of them, so it overtakes nothing.
        """
        older, newer, earlier = aliased(models.Operation), models.Operation, aliased(models.OperationCluster)
        return await self._session.scalar(
            select(newer.id)
            .join(older, older.app_environment_id == newer.app_environment_id)
            .join(models.OperationCluster, models.OperationCluster.operation_id == newer.id)
            .where(
                older.id == operation_id,
                newer.id > older.id,
                newer.kind != OperationKind.RESTART,  # it brings no other images
                models.OperationCluster.outcome == Outcome.SUCCEEDED,
                exists().where(
                    earlier.operation_id == older.id, earlier.cluster_id == models.OperationCluster.cluster_id
                ),
            )
            .order_by(newer.id.desc())
            .limit(1)
        )

    async def _records(self, query: Select[models.Operation, str, str, str]) -> tuple[OperationRecord, ...]:
        rows = await self._session.execute(query, execution_options={"populate_existing": True})
        return tuple(operation_record(*row) for row in rows.all())
