"""Routes: which notifications a channel gets, by their types, applications and environments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.channels import RouteFields, RouteRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import AdminGrant
from domain.notification_types import NotificationType
from services.errors import InvalidRequestError, NotFoundError
from services.notifying.channels import existing_channel


@dataclass(frozen=True, kw_only=True)
class RouteView:
    """A route with the present names of its applications and environments; None is all of them.

    What was deleted is left out, so an empty list leads nothing to the channel.
    """

    record: RouteRecord
    applications: tuple[str, ...] | None
    environments: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class RouteChanges:
    """What to change; the names in `given` are the members that the request has. None is all of them."""

    given: frozenset[str]
    channel: str | None = None
    events: tuple[NotificationType, ...] | None = None
    applications: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None


class NotificationRoutes:
    """Reads and changes routes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, _: AdminGrant, *, after: str | None, limit: int) -> Page[RouteView]:
        """A page in the order of creation; `after` is the last id of the previous page."""
        async with self._db.read() as tx:
            page = await tx.notification_routes.list(after=after, limit=limit)
            return Page(items=await _views(tx, page.items), next=page.next)

    async def add(self, grant: AdminGrant, new: RouteChanges) -> RouteView:
        """Raises `NotFoundError` for an unknown channel, application or environment, `InvalidRequestError`."""
        async with self._db.begin() as tx:
            record = await tx.notification_routes.add(**await _fields(tx, new))
            (view,) = await _views(tx, [record])
            await _audit(tx, grant, "notification-route.created", view, after=_shown(view))
            return view

    async def update(self, grant: AdminGrant, route_id: str, changes: RouteChanges) -> RouteView:
        """Raises `NotFoundError` for what is unknown, `InvalidRequestError`."""
        async with self._db.begin() as tx:
            (before,) = await _views(tx, [await _existing(tx, route_id)])
            record = await tx.notification_routes.change(route_id, **await _fields(tx, changes))
            (view,) = await _views(tx, [record])
            await _audit(tx, grant, "notification-route.changed", view, before=_shown(before), after=_shown(view))
            return view

    async def delete(self, grant: AdminGrant, route_id: str) -> None:
        """Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            (view,) = await _views(tx, [await _existing(tx, route_id)])
            await tx.notification_routes.delete(route_id)
            await _audit(tx, grant, "notification-route.deleted", view, before=_shown(view))


async def _existing(tx: Transaction, route_id: str) -> RouteRecord:
    record = await tx.notification_routes.get(route_id)
    if record is None:
        raise NotFoundError("notification route", route_id)
    return record


async def _fields(tx: Transaction, changes: RouteChanges) -> RouteFields:
    fields = RouteFields()
    if changes.channel is not None:
        fields["channel_id"] = (await existing_channel(tx, changes.channel)).id
    if "events" in changes.given:
        unroutable = [each for each in changes.events or () if not each.routed]
        if unroutable:
            raise InvalidRequestError(f"No route leads '{unroutable[0]}' to a channel.", field="events")
        fields["events"] = changes.events
    if "applications" in changes.given:
        fields["applications"] = await _application_ids(tx, changes.applications)
    if "environments" in changes.given:
        fields["environments"] = await _environment_ids(tx, changes.environments)
    return fields


async def _application_ids(tx: Transaction, names: Sequence[str] | None) -> list[str] | None:
    if names is None:
        return None
    found = {name: await tx.applications.find(name) for name in names}
    return [_known("application", name, record.id if record else None) for name, record in found.items()]


async def _environment_ids(tx: Transaction, names: Sequence[str] | None) -> list[str] | None:
    if names is None:
        return None
    found = {name: await tx.environments.find(name) for name in names}
    return [_known("environment", name, record.id if record else None) for name, record in found.items()]


def _known(what: str, name: str, found: str | None) -> str:
    if found is None:
        raise NotFoundError(what, name)
    return found


async def _views(tx: Transaction, records: Sequence[RouteRecord]) -> tuple[RouteView, ...]:
    applications = await tx.notification_routes.application_names(records)
    environments = await tx.notification_routes.environment_names(records)
    return tuple(
        RouteView(
            record=each,
            applications=_named(each.applications, applications),
            environments=_named(each.environments, environments),
        )
        for each in records
    )


def _named(ids: Sequence[str] | None, names: Mapping[str, str]) -> tuple[str, ...] | None:
    return None if ids is None else tuple(names[each] for each in ids if each in names)


def _shown(view: RouteView) -> dict[str, object]:
    return {
        "channel": view.record.channel,
        "events": None if view.record.events is None else [each.value for each in view.record.events],
        "applications": view.applications,
        "environments": view.environments,
    }


async def _audit(
    tx: Transaction,
    grant: AdminGrant,
    action: str,
    view: RouteView,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    targets = (
        Target(kind="notification-route", id=view.record.id, name=view.record.channel),
        Target(kind="channel", id=view.record.channel_id, name=view.record.channel),
    )
    await tx.audit.add(AuditEntry.by(grant.caller, action, *targets, before=before, after=after))
