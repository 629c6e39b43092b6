"""Named groups of applications that are promoted together, in the order in which that is done one by one.

A group is seen by who sees all of its applications, and managed by who maintains all of them.
"""

from collections.abc import Sequence

from db.records.promotion_sets import ApplicationGroupRecord
from db.transaction import Database
from domain.audit import AuditEntry, Target
from domain.grants import Actor, ApplicationMaintainGrant
from domain.rights import Right
from services.errors import InvalidRequestError, NotFoundError
from services.reading.permissions import Permissions


class ApplicationGroups:
    """The use cases of groups."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def list(self, *, actor: Actor) -> tuple[ApplicationGroupRecord, ...]:
        """Those that the actor sees, by name."""
        async with self._db.read() as tx:
            groups = await tx.application_groups.all()
        return tuple(each for each in groups if _sees(actor, each))

    async def read(self, name: str, *, actor: Actor) -> ApplicationGroupRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            found = await tx.application_groups.find(name)
        if found is None or not _sees(actor, found):
            raise NotFoundError("application group", name)
        return found

    async def put(self, name: str, applications: Sequence[str], *, actor: Actor) -> ApplicationGroupRecord:
        """Make it consist of these applications; add it where there is none of the name.

        Raises `NotFoundError` for an unknown application, `ForbiddenError` where the actor does not maintain all that
        it has and all that it is to have, `InvalidRequestError` for one that is named twice.
        """
        grants = [await self._permissions.application(actor, ApplicationMaintainGrant, each) for each in applications]
        ids = [grant.application.id for grant in grants]
        twice = next((grant.application.name for grant in grants if ids.count(grant.application.id) > 1), None)
        if twice is not None:
            raise InvalidRequestError(f"The application '{twice}' is named twice.", field="applications")
        former = await self._managed(name, actor)
        async with self._db.begin() as tx:
            await tx.application_groups.put(former.name if former is not None else name, ids)
            found = await tx.application_groups.find(name)
            assert found is not None
            await tx.audit.add(_entry(actor, "application-group.set", found, before=former, after=found))
        return found

    async def remove(self, name: str, *, actor: Actor) -> None:
        """Raises `NotFoundError`, `ForbiddenError`."""
        former = await self._managed(name, actor)
        if former is None:
            raise NotFoundError("application group", name)
        async with self._db.begin() as tx:
            await tx.application_groups.remove(former.id)
            await tx.audit.add(_entry(actor, "application-group.deleted", former, before=former, after=None))

    async def _managed(self, name: str, actor: Actor) -> ApplicationGroupRecord | None:
        """The group of that name, whose applications the actor maintains; None where there is none."""
        async with self._db.read() as tx:
            found = await tx.application_groups.find(name)
        if found is None:
            return None
        if not _sees(actor, found):
            raise NotFoundError("application group", name)
        for each in found.applications:
            self._permissions.known_application(actor, ApplicationMaintainGrant, each, asked_as=each.name)
        return found


def _sees(actor: Actor, group: ApplicationGroupRecord) -> bool:
    return all(actor.holdings.allow_on(Right.VIEW, each) for each in group.applications)


def _entry(
    actor: Actor,
    action: str,
    group: ApplicationGroupRecord,
    *,
    before: ApplicationGroupRecord | None,
    after: ApplicationGroupRecord | None,
) -> AuditEntry:
    target = Target(kind="application-group", id=group.id, name=group.name)
    return AuditEntry.by(actor.caller, action, target, before=_shown(before), after=_shown(after))


def _shown(group: ApplicationGroupRecord | None) -> dict[str, object] | None:
    return None if group is None else {"name": group.name, "applications": [each.name for each in group.applications]}
