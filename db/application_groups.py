"""Queries on groups of applications."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.records.promotion_sets import ApplicationGroupRecord
from domain.rights import ApplicationRef

_Group, _Member = models.ApplicationGroup, models.ApplicationGroupMember


class ApplicationGroups:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> tuple[ApplicationGroupRecord, ...]:
        """By name, case-insensitive."""
        return await self._records(select(_Group).order_by(func.lower(_Group.name)))

    async def find(self, name: str) -> ApplicationGroupRecord | None:
        found = await self._records(select(_Group).where(func.lower(_Group.name) == name.lower()))
        return found[0] if found else None

    async def put(self, name: str, application_ids: Sequence[str]) -> None:
        """Make the group consist of these applications, in this order; where there is none of the name, add it."""
        group_id = await self._session.scalar(
            select(_Group.id).where(func.lower(_Group.name) == name.lower()).with_for_update()
        )
        if group_id is None:
            group_id = new_id()
            self._session.add(_Group(id=group_id, name=name))
            await self._session.flush()
        await self._session.execute(delete(_Member).where(_Member.group_id == group_id))
        self._session.add_all(
            _Member(group_id=group_id, application_id=each, position=position)
            for position, each in enumerate(application_ids)
        )
        await self._session.flush()

    async def remove(self, group_id: str) -> None:
        await self._session.execute(delete(_Group).where(_Group.id == group_id))

    async def _records(self, query: Select[models.ApplicationGroup]) -> tuple[ApplicationGroupRecord, ...]:
        groups = (await self._session.scalars(query)).all()
        rows = await self._session.execute(
            select(_Member.group_id, models.Application.id, models.Application.name, models.Application.labels)
            .join(models.Application, models.Application.id == _Member.application_id)
            .where(_Member.group_id.in_([each.id for each in groups]))
            .order_by(_Member.position)
        )
        members: dict[str, list[ApplicationRef]] = {}
        for group_id, application_id, name, labels in rows.all():
            members.setdefault(group_id, []).append(ApplicationRef(id=application_id, name=name, labels=labels))
        return tuple(
            ApplicationGroupRecord(id=each.id, name=each.name, applications=tuple(members.get(each.id, ())))
            for each in groups
        )
