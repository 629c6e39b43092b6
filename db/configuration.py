"""Queries on what was read of ConfigMaps and Secrets: keys and fingerprints, never values."""

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Uuid, any_, bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.changed_tables import UNTOLD
from domain.configuration import ConfigurationName, ConfigurationReading
from domain.divergences import FoundField
from domain.resources import ResourceId

Differing = dict[ResourceId, tuple[FoundField, ...]]
Prints = Mapping[ConfigurationName, Mapping[str, str]]
"""By kind and name of an object: key → fingerprint."""


class Configuration:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, app_environment_ids: Collection[str]) -> dict[str, dict[str, ConfigurationReading]]:
        """What was read last of these app environments, by their ids and those of clusters."""
        connection, ids = await self._session.connection(), {"ids": list(app_environment_ids)}
        keys: dict[tuple[str, str], dict[ConfigurationName, frozenset[str]]] = {}
        shared: dict[frozenset[str], frozenset[str]] = {}  # the clusters of an environment have the same keys as a rule
        for row in await connection.execute(_KEYS, ids):
            names = frozenset(map(sys.intern, row.names))
            objects = keys.setdefault((str(row.app_environment_id), str(row.cluster_id)), {})
            objects[sys.intern(row.kind), sys.intern(row.name)] = shared.setdefault(names, names)
        differing: dict[tuple[str, str], Differing] = {}
        for row in await connection.execute(_DIFFERENCES, ids):
            objects_ = differing.setdefault((row.app_environment_id, row.cluster_id), {})
            objects_[ResourceId.of(row.api_version, row.kind, row.name)] = tuple(map(FoundField.from_json, row.fields))
        found: dict[str, dict[str, ConfigurationReading]] = {}
        for read in await connection.execute(_READS, ids):
            found.setdefault(read.app_environment_id, {})[read.cluster_id] = ConfigurationReading(
                read_at=read.read_at,
                keys=keys.get((read.app_environment_id, read.cluster_id), {}),
                absent=frozenset(_parsed(each) for each in read.absent),
                unread=frozenset(read.unread),
                differing=differing.get((read.app_environment_id, read.cluster_id), {}),
                release=read.release,
            )
        return found

    async def prints_of(self, app_environment_id: str, cluster_id: str) -> Prints:
        """The fingerprints of what is there on one cluster."""
        table = models.ConfigurationReadingRow
        rows = await self._session.execute(
            select(table.kind, table.name, table.keys).where(
                table.app_environment_id == app_environment_id, table.cluster_id == cluster_id
            )
        )
        return {(row.kind, row.name): row.keys for row in rows}

    async def put(
        self,
        app_environment_id: str,
        cluster_id: str,
        *,
        prints: Prints,
        absent: Iterable[ConfigurationName],
        unread: Iterable[str],
        release: int,
    ) -> bool:
        """This is all that is there now, and what was looked for besides; whether anything but the time is new."""
        table = models.ConfigurationReadingRow
        known = await self.prints_of(app_environment_id, cluster_id)
        where = {"app_environment_id": app_environment_id, "cluster_id": cluster_id}
        changed = [
            {**where, "kind": kind, "name": name, "keys": dict(keys)}
            for (kind, name), keys in prints.items()
            if known.get((kind, name)) != keys
        ]
        if changed:
            added = upsert(table)
            await self._session.execute(
                added.on_conflict_do_update(
                    index_elements=["app_environment_id", "cluster_id", "kind", "name"],
                    set_={"keys": added.excluded["keys"], "read_at": func.now()},
                ),
                changed,  # beside the statement, which is then compiled once and not for each number of rows
            )
        gone = [key for key in known if key not in prints]
        if gone:
            await self._session.execute(
                delete(table).where(
                    table.app_environment_id == app_environment_id,
                    table.cluster_id == cluster_id,
                    tuple_(table.kind, table.name).in_(gone),
                )
            )
        told = await self._put_read(
            where, absent=sorted(f"{kind}/{name}" for kind, name in absent), unread=sorted(unread), release=release
        )
        return bool(changed or gone) or told

    async def differ(
        self,
        app_environment_id: str,
        cluster_id: str,
        differing: Mapping[ResourceId, tuple[FoundField, ...]],
        *,
        unread: Collection[str],
    ) -> bool:
        """These objects are not as they were written; of kinds that may not be read, what was known stays.

        Whether anything is new.
        """
        table = models.FieldDifference
        here = (table.app_environment_id == app_environment_id, table.cluster_id == cluster_id)
        rows = await self._session.execute(select(table.api_version, table.kind, table.name, table.fields).where(*here))
        known = {ResourceId.of(row.api_version, row.kind, row.name): row.fields for row in rows}
        now = {each: [one.to_json() for one in fields] for each, fields in differing.items()}
        changed = [
            {
                "app_environment_id": app_environment_id,
                "cluster_id": cluster_id,
                "api_version": each.kind.api_version,
                "kind": each.kind.name,
                "name": each.name,
                "fields": fields,
            }
            for each, fields in now.items()
            if known.get(each) != fields
        ]
        if changed:
            added = upsert(table)
            await self._session.execute(
                added.on_conflict_do_update(
                    index_elements=["app_environment_id", "cluster_id", "api_version", "kind", "name"],
                    set_={"fields": added.excluded["fields"]},
                ),
                changed,
            )
        gone = [
            (each.kind.api_version, each.kind.name, each.name)
            for each in known
            if each not in now and each.kind.name not in unread
        ]
        if gone:
            await self._session.execute(
                delete(table).where(*here, tuple_(table.api_version, table.kind, table.name).in_(gone))
            )
        return bool(changed or gone)

    async def _put_read(self, where: Mapping[str, str], *, absent: list[str], unread: list[str], release: int) -> bool:
        """Whether it says anything new besides when it was."""
        table = models.ConfigurationRead
        values: dict[str, Any] = {"absent": absent, "unread": unread, "release": release}
        same = await self._session.execute(
            update(table)
            .where(
                table.app_environment_id == where["app_environment_id"],
                table.cluster_id == where["cluster_id"],
                table.release == release,
                table.absent == absent,
                table.unread == unread,
            )
            .values(read_at=func.now())
            .returning(table.release),
            execution_options=UNTOLD,
        )
        if same.one_or_none() is not None:
            return False
        await self._session.execute(
            upsert(table)
            .values(**where, **values)
            .on_conflict_do_update(
                index_elements=["app_environment_id", "cluster_id"], set_={**values, "read_at": func.now()}
            )
        )
        return True

    async def forget(self, app_environment_id: str, *, except_on: Iterable[str] = ()) -> None:
        """Drop what was read on other clusters than these: nothing may be read there any more."""
        kept = list(except_on)
        for table in (models.FieldDifference, models.ConfigurationReadingRow, models.ConfigurationRead):
            await self._session.execute(
                delete(table).where(table.app_environment_id == app_environment_id, table.cluster_id.not_in(kept))
            )


def _parsed(named: str) -> ConfigurationName:
    kind, _, name = named.partition("/")
    return sys.intern(kind), sys.intern(name)


_IDS = bindparam("ids", type_=ARRAY(Uuid(as_uuid=False)))
_KEYS = text(
    "SELECT app_environment_id, cluster_id, kind, name, ARRAY(SELECT jsonb_object_keys(keys)) AS names "
    "FROM configuration_readings WHERE app_environment_id = ANY(:ids)"
).bindparams(_IDS)
_DIFFERENCES = select(models.FieldDifference.__table__).where(models.FieldDifference.app_environment_id == any_(_IDS))
_READS = select(models.ConfigurationRead.__table__).where(models.ConfigurationRead.app_environment_id == any_(_IDS))
