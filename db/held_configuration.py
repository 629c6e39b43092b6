"""Queries on the configuration that releases hold. Values are sealed, each under its own row."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.keys import Keyring
from domain.configuration import SECRET
from domain.held_configuration import Held, HeldConfiguration, HeldContent, HeldObject
from domain.secret_text import SecretText

_State = tuple[str, str, str, Held]


class HeldConfigurations:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def put(
        self, app_environment_id: str, release: int, clusters: Mapping[str, HeldConfiguration], *, kept: int
    ) -> None:
        """The release holds this, by cluster; the newest `kept` releases hold configuration, former ones no longer.

        Call it in the transaction that adds the release: its lock keeps another one from dropping what this one uses.
        """
        if kept > 0:
            ids = await self._ids(app_environment_id, [each for held in clusters.values() for each in held.objects])
            self._session.add_all(
                models.ReleaseConfiguration(
                    app_environment_id=app_environment_id,
                    release=release,
                    cluster=cluster,
                    objects=[ids[_state(each)] for each in held.objects],
                    unread=list(held.unread),
                )
                for cluster, held in clusters.items()
            )
            await self._session.flush()
        await self._drop(app_environment_id, up_to=release - kept)

    async def of(self, app_environment_id: str, release: int, *, values: bool = False) -> dict[str, HeldConfiguration]:
        """What a release holds, by cluster; a cluster that could not be read then is not among them.

        `values`: also the contents, as far as they are held.
        """
        table, row = models.ReleaseConfiguration, models.HeldObjectRow
        found = (
            await self._session.scalars(
                select(table)
                .where(table.app_environment_id == app_environment_id, table.release == release)
                .order_by(table.cluster)
            )
        ).all()
        ids = {each for cluster in found for each in cluster.objects}
        rows = (await self._session.scalars(select(row).where(row.id.in_(ids)))).all() if ids else ()
        objects = {each.id: self._object(each, values=values) for each in rows}
        return {
            each.cluster: HeldConfiguration(
                objects=tuple(objects[one] for one in each.objects if one in objects), unread=tuple(each.unread)
            )
            for each in found
        }

    async def holding(self, app_environment_id: str, releases: Collection[int]) -> frozenset[int]:
        """Those of the releases that hold configuration."""
        table = models.ReleaseConfiguration
        found = await self._session.scalars(
            select(table.release)
            .where(table.app_environment_id == app_environment_id, table.release.in_(list(releases)))
            .distinct()
        )
        return frozenset(found)

    async def forget_secrets(self, environment_id: str) -> int:
        """Erase the values of Secrets that releases of an environment hold; returns of how many states."""
        table, place = models.HeldObjectRow, models.AppEnvironment
        erased = await self._session.scalars(
            update(table)
            .where(
                table.app_environment_id.in_(select(place.id).where(place.environment_id == environment_id)),
                table.kind == SECRET.name,
                table.sealed.is_not(None),
            )
            .values(sealed=None)
            .returning(table.id),
            execution_options={"synchronize_session": False},
        )
        return len(erased.all())

    async def _ids(self, app_environment_id: str, objects: Collection[HeldObject]) -> dict[_State, str]:
        """The ids of these states. Those that no release had yet are added, and values that were erased come back."""
        table, wanted = models.HeldObjectRow, {_state(each): each for each in objects}
        rows = await self._session.scalars(
            select(table).where(
                table.app_environment_id == app_environment_id, table.print.in_({each.print for each in objects})
            )
        )
        known = {(row.kind, row.name, row.print, row.held): row for row in rows}
        for state, each in wanted.items():
            row = known.get(state)
            if row is None:
                row = known[state] = models.HeldObjectRow(
                    id=new_id(),
                    app_environment_id=app_environment_id,
                    kind=each.kind,
                    name=each.name,
                    prints=dict(each.prints),
                    print=each.print,
                    held=each.held,
                )
                self._session.add(row)
            if row.sealed is None and each.content is not None:
                row.sealed = self._keys.seal(each.content.to_text().value, context=_context(row.id))
        await self._session.flush()
        return {state: known[state].id for state in wanted}

    def _object(self, row: models.HeldObjectRow, *, values: bool) -> HeldObject:
        content = None
        if values and row.sealed is not None:
            content = HeldContent.from_text(SecretText(self._keys.open(row.sealed, context=_context(row.id))))
        # Erased since: the environment has ceased to keep the values of Secrets.
        erased = row.held is Held.VALUES and row.sealed is None
        return HeldObject(
            kind=row.kind,
            name=row.name,
            prints=row.prints,
            print=row.print,
            held=Held.FINGERPRINTS if erased else row.held,
            content=content,
        )

    async def _drop(self, app_environment_id: str, *, up_to: int) -> None:
        release, held = models.ReleaseConfiguration, models.HeldObjectRow
        dropped = await self._session.execute(
            delete(release)
            .where(release.app_environment_id == app_environment_id, release.release <= up_to)
            .returning(release.release)
        )
        if not dropped.all():
            return
        used = exists().where(release.app_environment_id == app_environment_id, held.id == func.any(release.objects))
        await self._session.execute(
            delete(held).where(held.app_environment_id == app_environment_id, ~used),
            execution_options={"synchronize_session": False},
        )


def _state(each: HeldObject) -> _State:
    return each.kind, each.name, each.print, each.held


def _context(row_id: str) -> str:
    return f"held_objects.sealed:{row_id}"
