"""Queries on fields that are expected to differ between two environments of an application, and why they may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.base import new_id, parse_id
from domain.actors import ActorRef
from domain.comparisons import ObjectField
from domain.rights import EnvironmentRef
from domain.stored.requests import CopyRequest, StoredOverrides
from domain.words import OperationKind

_First, _Second = aliased(models.Environment), aliased(models.Environment)


@dataclass(frozen=True, kw_only=True)
class ExpectedDifferenceRecord:
    """A marked field; `environments` are the two of its pair by rank, or twice the same one."""

    id: str
    application_id: str
    environments: tuple[EnvironmentRef, EnvironmentRef]
    field: ObjectField
    reason: str | None
    by: ActorRef
    created_at: datetime


class ExpectedDifferences:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_pair(self, application_id: str, one: str, other: str) -> tuple[ExpectedDifferenceRecord, ...]:
        """Those between two environments of an application, given by their ids in any order, by field."""
        first, second = _ordered(one, other)
        table = models.ExpectedDifference
        return await self._records(
            table.application_id == application_id,
            table.first_environment_id == first,
            table.second_environment_id == second,
        )

    async def of_application(self, application_id: str) -> tuple[ExpectedDifferenceRecord, ...]:
        """Those of all pairs, by pair and field."""
        return await self._records(models.ExpectedDifference.application_id == application_id)

    async def of_configuration(self) -> dict[tuple[str, str], dict[str, tuple[ObjectField, ...]]]:
        """Those of ConfigMaps and Secrets: by the ids of application and environment, then of the other environment.

        Each pair is found from both of its environments.
        """
        table = models.ExpectedDifference
        found: dict[tuple[str, str], dict[str, list[ObjectField]]] = {}
        of_these = (table.api_group == "", table.kind.in_(("ConfigMap", "Secret")))
        for row in await self._session.scalars(select(table).where(*of_these).order_by(table.id)):
            pair = row.first_environment_id, row.second_environment_id
            for one, other in dict.fromkeys((pair, pair[::-1])):
                found.setdefault((row.application_id, one), {}).setdefault(other, []).append(_field(row))
        return {
            place: {other: tuple(fields) for other, fields in of_place.items()} for place, of_place in found.items()
        }

    async def get(self, mark_id: str) -> ExpectedDifferenceRecord | None:
        found = await self._records(models.ExpectedDifference.id == parse_id(mark_id))
        return found[0] if found else None

    async def add(
        self,
        application_id: str,
        pair: tuple[str, str],
        fields: Iterable[ObjectField],
        *,
        reason: str | None,
        by: ActorRef,
    ) -> tuple[ObjectField, ...]:
        """Mark fields; returns those that were not marked before."""
        first, second = _ordered(*pair)
        rows = [
            {
                "id": new_id(),
                "application_id": application_id,
                "first_environment_id": first,
                "second_environment_id": second,
                "api_group": field.group,
                "kind": field.kind,
                "name": field.name,
                "path": field.path,
                "reason": reason,
                "by_kind": by.kind,
                "by_id": by.id,
                "by_name": by.name,
            }
            for field in dict.fromkeys(fields)
        ]
        table = models.ExpectedDifference
        added = await self._session.scalars(
            insert(table).on_conflict_do_nothing(constraint="uq_expected_differences_field").returning(table), rows
        )
        return tuple(_field(row) for row in added)

    async def count(self, application_id: str) -> int:
        table = models.ExpectedDifference
        counted = select(func.count()).select_from(table).where(table.application_id == application_id)
        return await self._session.scalar(counted) or 0

    async def remove(self, mark_id: str) -> bool:
        """Take it back; False if it did not exist."""
        table = models.ExpectedDifference
        removed = await self._session.scalars(delete(table).where(table.id == parse_id(mark_id)).returning(table.id))
        return removed.one_or_none() is not None

    async def overrides_of_imports(
        self, app_environment_ids: Iterable[str], *, most: int
    ) -> tuple[StoredOverrides, ...]:
        """What imports into these app environments wrote otherwise than their sources had it, the newest first.

        Of the `most` newest imports that have ended. Requests that a newer release wrote are left out.
        """
        table = models.Operation
        requests = await self._session.scalars(
            select(table.request)
            .where(
                table.app_environment_id.in_(list(app_environment_ids)),
                table.kind == OperationKind.IMPORT,
                table.ended_at.is_not(None),
                func.coalesce(table.request["version"].as_integer(), 1) <= CopyRequest.VERSION,
            )
            .order_by(table.id.desc())
            .limit(most)
        )
        return tuple(CopyRequest.from_json(request).overrides for request in requests)

    async def _records(self, *conditions: object) -> tuple[ExpectedDifferenceRecord, ...]:
        table = models.ExpectedDifference
        rows = await self._session.execute(
            select(table, _First, _Second)
            .join(_First, _First.id == table.first_environment_id)
            .join(_Second, _Second.id == table.second_environment_id)
            .where(*conditions)  # type: ignore[arg-type]  # conditions on columns
            .order_by(_First.rank, _Second.rank, table.api_group, table.kind, table.name, table.path, table.id)
        )
        return tuple(_record(*row) for row in rows)


def _ordered(one: str, other: str) -> tuple[str, str]:
    """The pair has no direction, so it is stored in one."""
    return (one, other) if one <= other else (other, one)


def _field(row: models.ExpectedDifference) -> ObjectField:
    return ObjectField(group=row.api_group, kind=row.kind, name=row.name, path=row.path)


def _record(
    row: models.ExpectedDifference, first: models.Environment, second: models.Environment
) -> ExpectedDifferenceRecord:
    one, other = sorted((first, second), key=lambda each: each.rank)
    return ExpectedDifferenceRecord(
        id=row.id,
        application_id=row.application_id,
        environments=(EnvironmentRef(id=one.id, name=one.name), EnvironmentRef(id=other.id, name=other.name)),
        field=_field(row),
        reason=row.reason,
        by=ActorRef(kind=row.by_kind, id=row.by_id, name=row.by_name),
        created_at=row.created_at,
    )
