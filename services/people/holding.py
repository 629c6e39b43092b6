"""Holds and stops. A hold: automation leaves an environment, or an application in it, alone. A stop: nobody writes."""

from datetime import UTC, datetime

from db.holds import HoldRecord, StopRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import Actor, AdminGrant, Caller, EnvironmentMaintainGrant, ListGrant, MaintainGrant
from domain.rights import ApplicationRef, EnvironmentRef, Right
from services.errors import InvalidRequestError, NotFoundError
from services.reading.permissions import Permissions


class Holding:
    """The use cases of holds."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def list(self, actor: Actor) -> tuple[HoldRecord, ...]:
        """Those of places that the actor sees, the newest first."""
        grant = self._permissions.listing(actor)
        async with self._db.read() as tx:
            return tuple([each for each in await tx.holds.list() if _sees(grant, each)])

    async def add(
        self, *, environment: str, application: str | None, reason: str, until: datetime | None, actor: Actor
    ) -> HoldRecord:
        """Hold an app environment, or a whole environment.

        Raises `NotFoundError`, `ForbiddenError`, and `InvalidRequestError` where `until` has passed.
        """
        grant = await self._grant(actor, environment, application)
        if until is not None and until <= datetime.now(UTC):
            raise InvalidRequestError("The hold would have ended already: `until` is in the past.", field="body.until")
        async with self._db.begin() as tx:
            added = await tx.holds.add(
                environment_id=grant.environment.id,
                application_id=grant.application.id if isinstance(grant, MaintainGrant) else None,
                reason=reason,
                until=until,
                by=grant.caller.ref,
            )
            await tx.audit.add(_entry(grant.caller, "hold.created", added))
            return added

    async def lift(self, hold_id: str, *, actor: Actor) -> None:
        """Raises `NotFoundError`, `ForbiddenError`."""
        async with self._db.read() as tx:
            found = await tx.holds.get(hold_id)
        if found is None or not _sees(self._permissions.listing(actor), found):
            raise NotFoundError("hold", hold_id)
        grant = await self._grant(actor, found.environment.name, found.application.name if found.application else None)
        async with self._db.begin() as tx:
            if not await tx.holds.remove(hold_id):
                raise NotFoundError("hold", hold_id)
            await tx.image_pushes.notify()  # what waited for it may be deployed now
            await tx.audit.add(_entry(grant.caller, "hold.lifted", found))

    async def _grant(
        self, actor: Actor, environment: str, application: str | None
    ) -> MaintainGrant | EnvironmentMaintainGrant:
        if application is not None:
            return await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        return await self._permissions.whole_environment(actor, environment)


class Stopping:
    """The use cases of the emergency stop."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def list(self, actor: Actor) -> tuple[StopRecord, ...]:
        """Those that concern what the actor sees, the newest first."""
        grant = self._permissions.listing(actor)
        async with self._db.read() as tx:
            return tuple([each for each in await tx.stops.list() if _concerns(grant, each)])

    async def add(self, *, environment: str | None, cluster: str | None, reason: str, actor: Actor) -> StopRecord:
        """Stop an environment; or, as an administrator, one cluster, or (both None) everything.

        Raises `NotFoundError`, `ForbiddenError`.
        """
        grant = await self._grant(actor, environment)
        async with self._db.begin() as tx:
            added = await tx.stops.add(
                environment_id=grant.environment.id if isinstance(grant, EnvironmentMaintainGrant) else None,
                cluster_id=await _cluster(tx, cluster) if cluster is not None else None,
                reason=reason,
                by=grant.caller.ref,
            )
            await tx.audit.add(_stop_entry(grant.caller, "stop.created", added))
            return added

    async def lift(self, stop_id: str, *, actor: Actor) -> None:
        """Whoever may set it may lift it. Raises `NotFoundError`, `ForbiddenError`."""
        async with self._db.read() as tx:
            found = await tx.stops.get(stop_id)
        if found is None or not _concerns(self._permissions.listing(actor), found):
            raise NotFoundError("stop", stop_id)
        grant = await self._grant(actor, found.environment)
        async with self._db.begin() as tx:
            if not await tx.stops.remove(stop_id):
                raise NotFoundError("stop", stop_id)
            await tx.image_pushes.notify()  # what waited for it may be deployed now
            await tx.audit.add(_stop_entry(grant.caller, "stop.lifted", found))

    async def _grant(self, actor: Actor, environment: str | None) -> AdminGrant | EnvironmentMaintainGrant:
        if environment is not None:
            return await self._permissions.whole_environment(actor, environment)
        return self._permissions.administration(actor)


async def _cluster(tx: Transaction, name: str) -> str:
    found = await tx.clusters.find(name)
    if found is None:
        raise NotFoundError("cluster", name)
    return found.id


def _sees(grant: ListGrant, record: HoldRecord) -> bool:
    holdings = grant.actor.holdings
    if record.application is None:
        return holdings.allow_in(Right.VIEW, record.environment)
    return holdings.allow(Right.VIEW, application=record.application, environment=record.environment)


def _concerns(grant: ListGrant, record: StopRecord) -> bool:
    """A stop of everything concerns everybody; one of a cluster, whoever sees an environment that has the cluster."""
    if record.stop.environment_id is None and record.stop.cluster_id is None:
        return True
    return any(grant.actor.holdings.allow_in(Right.VIEW, each) for each in record.environments)


def _targets(record: HoldRecord) -> tuple[Target, ...]:
    places: tuple[EnvironmentRef | ApplicationRef | None, ...] = (record.environment, record.application)
    return (
        Target(kind="hold", id=record.hold.id, name=record.hold.reason),
        *(Target(kind=_kind(each), id=each.id, name=each.name) for each in places if each is not None),
    )


def _kind(place: EnvironmentRef | ApplicationRef) -> str:
    return "application" if isinstance(place, ApplicationRef) else "environment"


def _entry(caller: Caller, action: str, record: HoldRecord) -> AuditEntry:
    return AuditEntry.by(
        caller,
        action,
        *_targets(record),
        application_id=record.hold.application_id,
        environment_id=record.hold.environment_id,
        reason=record.hold.reason,
        after=_told(record),
    )


def _told(record: HoldRecord) -> dict[str, object]:
    return {
        "until": record.hold.until.isoformat() if record.hold.until else None,
        "operation": record.hold.operation,
    }


def _stopped(record: StopRecord) -> tuple[Target, ...]:
    if record.cluster is not None:
        place = Target(kind="cluster", id=record.stop.cluster_id, name=record.cluster)
    elif record.environment is not None:
        place = Target(kind="environment", id=record.stop.environment_id, name=record.environment)
    else:
        place = Target(kind="installation", id=None, name="everything")
    return (Target(kind="stop", id=record.stop.id, name=record.stop.reason), place)


def _stop_entry(caller: Caller, action: str, record: StopRecord) -> AuditEntry:
    return AuditEntry.by(
        caller, action, *_stopped(record), environment_id=record.stop.environment_id, reason=record.stop.reason
    )
