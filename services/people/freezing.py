"""Freezes: windows in which nothing, or only something, is deployed. Administrators make them; people see those that
concern what they see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from db.errors import DuplicateNameError
from db.freezes import FreezeFields, FreezeRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.gates import FreezeEffect, Window
from domain.grants import Actor, ListGrant
from domain.rights import Scope
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.planning.people.freezes import calendar
from services.planning.people.windows import Occurrence, WindowError, check_window
from services.reading.permissions import Permissions

LONGEST_CALENDAR = timedelta(days=400)
MOST_OCCURRENCES = 500  # of one freeze in one answer: a daily one over the longest calendar


@dataclass(frozen=True, kw_only=True)
class FreezeText:
    """A freeze as a person writes it: applications and environments by their names, None for all."""

    name: str
    effect: FreezeEffect
    window: Window
    reason: str
    applications: tuple[str, ...] | None
    labels: tuple[tuple[str, str], ...]
    environments: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """One time that a freeze's window is open."""

    freeze: FreezeRecord
    occurrence: Occurrence


class Freezing:
    """The use cases of freezes."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def list(self, actor: Actor) -> tuple[FreezeRecord, ...]:
        """Those that concern what the actor sees, by name."""
        grant = self._permissions.listing(actor)
        async with self._db.read() as tx:
            return _seen(await tx.freezes.list(), grant)

    async def get(self, freeze_id: str, *, actor: Actor) -> FreezeRecord:
        """Raises `NotFoundError`, also where it concerns nothing that the actor sees."""
        grant = self._permissions.listing(actor)
        async with self._db.read() as tx:
            found = await tx.freezes.get(freeze_id)
        seen = _seen([found] if found else [], grant)
        if not seen:
            raise NotFoundError("freeze", freeze_id)
        return seen[0]

    async def calendar(self, since: datetime, until: datetime, *, actor: Actor) -> tuple[CalendarEntry, ...]:
        """What is open between two moments (UTC), by start. Raises `InvalidRequestError` for too long a span."""
        if not since < until <= since + LONGEST_CALENDAR:
            raise InvalidRequestError(
                f"`to` has to be after `from`, and at most {LONGEST_CALENDAR.days} days.", field="query.to"
            )
        records = {each.freeze.id: each for each in await self.list(actor)}
        found = calendar((each.freeze for each in records.values()), since, until, limit=MOST_OCCURRENCES)
        return tuple(CalendarEntry(freeze=records[each.freeze.id], occurrence=each.occurrence) for each in found)

    async def add(self, text: FreezeText, *, actor: Actor) -> FreezeRecord:
        """Raises `ForbiddenError`, `InvalidRequestError`, `NotFoundError` for its scope, `NameTakenError`."""
        grant = self._permissions.administration(actor)
        _check(text.window)
        try:
            async with self._db.begin() as tx:
                added = await tx.freezes.add(await _fields(tx, text), by=grant.caller.ref)
                await tx.audit.add(AuditEntry.by(grant.caller, "freeze.created", _target(added), after=_told(added)))
                return added
        except DuplicateNameError:
            raise NameTakenError("freeze", text.name) from None

    async def update(self, freeze_id: str, text: FreezeText, *, actor: Actor) -> FreezeRecord:
        """Replace all that a person says of it. Raises as `add`, and `NotFoundError`."""
        grant = self._permissions.administration(actor)
        _check(text.window)
        try:
            async with self._db.begin() as tx:
                before = await tx.freezes.get(freeze_id)
                after = await tx.freezes.update(freeze_id, await _fields(tx, text))
                if before is None or after is None:
                    raise NotFoundError("freeze", freeze_id)
                await tx.image_pushes.notify()  # what waited for it may be deployed now
                await tx.audit.add(
                    AuditEntry.by(
                        grant.caller, "freeze.changed", _target(after), before=_told(before), after=_told(after)
                    )
                )
                return after
        except DuplicateNameError:
            raise NameTakenError("freeze", text.name) from None

    async def delete(self, freeze_id: str, *, actor: Actor) -> None:
        """Raises `ForbiddenError`, `NotFoundError`."""
        grant = self._permissions.administration(actor)
        async with self._db.begin() as tx:
            found = await tx.freezes.get(freeze_id)
            if found is None:
                raise NotFoundError("freeze", freeze_id)
            await tx.freezes.remove(freeze_id)
            await tx.image_pushes.notify()  # what waited for it may be deployed now
            await tx.audit.add(AuditEntry.by(grant.caller, "freeze.deleted", _target(found), before=_told(found)))


def _check(window: Window) -> None:
    try:
        check_window(window)
    except WindowError as error:
        raise InvalidRequestError(str(error), field=f"body.{error.field}") from None


async def _fields(tx: Transaction, text: FreezeText) -> FreezeFields:
    """With the ids of what it names. Raises `NotFoundError`."""
    applications, environments = None, None
    if text.applications is not None:
        applications = frozenset([await _application(tx, each) for each in text.applications])
    if text.environments is not None:
        environments = frozenset([await _environment(tx, each) for each in text.environments])
    scope = Scope(applications=applications, labels=frozenset(text.labels), environments=environments)
    return FreezeFields(name=text.name, effect=text.effect, window=text.window, reason=text.reason, scope=scope)


async def _application(tx: Transaction, name: str) -> str:
    found = await tx.applications.find(name)
    if found is None:
        raise NotFoundError("application", name)
    return found.id


async def _environment(tx: Transaction, name: str) -> str:
    found = await tx.environments.find(name)
    if found is None:
        raise NotFoundError("environment", name)
    return found.id


def _seen(records: Sequence[FreezeRecord], grant: ListGrant) -> tuple[FreezeRecord, ...]:
    """Those that concern what the actor sees, with the names that it sees."""
    holdings = grant.actor.holdings
    return tuple(
        replace(
            each,
            applications=None
            if each.applications is None
            else tuple(app for app in each.applications if holdings.allow_on(grant.right, app)),
            environments=None
            if each.environments is None
            else tuple(env for env in each.environments if holdings.allow_in(grant.right, env)),
        )
        for each in records
        if any(each.freeze.scope.meet(scope) is not None for scope in grant.scopes)
    )


def _target(record: FreezeRecord) -> Target:
    return Target(kind="freeze", id=record.freeze.id, name=record.freeze.name)


def _told(record: FreezeRecord) -> dict[str, object]:
    """What the audit says of it."""
    freeze, window = record.freeze, record.freeze.window
    return {
        "name": freeze.name,
        "effect": freeze.effect.value,
        "starts": window.starts.isoformat(),
        "ends": window.ends.isoformat(),
        "zone": window.zone,
        "rrule": window.rrule,
        "reason": freeze.reason,
        "applications": None if record.applications is None else [each.name for each in record.applications],
        "labels": dict(sorted(freeze.scope.labels)),
        "environments": None if record.environments is None else [each.name for each in record.environments],
    }
