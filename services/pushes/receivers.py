"""Receivers: their addresses, secrets and deliveries.

The secret is shown once, by the request that creates or replaces it. While it is being replaced, the previous
one is valid too, so that no delivery is lost while the registry is changed.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from db.deliveries import Traffic
from db.errors import DuplicateNameError
from db.receivers import ReceiverFields
from db.records.pages import Page
from db.records.registries import DeliveryRecord, ReceiverRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import Actor, ListGrant
from domain.rights import ApplicationRef, Right
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, Provider
from services.errors import ForbiddenError, NameTakenError, NotFoundError
from services.reading.audit_entries import changed
from services.reading.permissions import lacking
from services.registry.formats import FORMATS, Format

_TRAFFIC_OF = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class NewReceiver:
    name: str
    provider: Provider
    application: str | None
    settings: ReceiverSettings


@dataclass(frozen=True, kw_only=True)
class ReceiverChanges:
    """What to change; None leaves a field as it is. `to_all` makes the receiver report for every application."""

    name: str | None = None
    application: str | None = None
    to_all: bool = False
    settings: ReceiverSettings | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiverView:
    """A receiver with its address and figures of its deliveries, never with a secret."""

    record: ReceiverRecord
    format: Format
    address: str
    traffic: Traffic


@dataclass(frozen=True, kw_only=True)
class IssuedSecret:
    """A receiver with its new secret, which is shown this once. `secret` is None if its provider uses none.

    `full_address` is what to enter at the registry, `setup` the steps.
    """

    view: ReceiverView
    secret: str | None = field(repr=False)
    full_address: str = field(repr=False)
    setup: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """A delivery with the push numbers that it reported, and its body if that was requested and is kept."""

    record: DeliveryRecord
    image_pushes: tuple[int, ...]
    body: str | None = field(default=None, repr=False)


class Receivers:
    """Reads and changes receivers. `public_url` is where registries reach this service, None if it is not set."""

    def __init__(self, db: Database, *, public_url: str | None) -> None:
        self._db = db
        self._base = (public_url or "").rstrip("/")

    async def list(self, grant: ListGrant, *, after: str | None, limit: int) -> Page[ReceiverView]:
        """A page of those of the applications that the actor sees, by name; who sees everything gets those of all, too.

        `after` is the last name of the previous page.
        """
        async with self._db.read() as tx:
            page = await tx.receivers.list(
                after=after, limit=limit, scopes=grant.scopes, of_all_applications=grant.everything
            )
            return Page(items=await self._views(tx, page.items), next=page.next)

    async def get(self, receiver_id: str, *, actor: Actor) -> ReceiverView:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await self._view(tx, await admitted_receiver(tx, actor, Right.VIEW, receiver_id))

    async def add(self, new: NewReceiver, *, actor: Actor) -> IssuedSecret:
        """Add one with a new secret.

        Raises `InvalidRequestError` for settings that the provider does not have, `NameTakenError`, or `NotFoundError`
        for an unknown application.
        """
        FORMATS[new.provider].check(new.settings)
        secret = _new_secret()
        try:
            async with self._db.begin() as tx:
                record = await tx.receivers.add(
                    receiver_id=secrets.token_urlsafe(24),
                    name=new.name,
                    provider=new.provider,
                    application_id=await _application_id(tx, actor, new.application),
                    settings=new.settings,
                    secret=secret,
                )
                await tx.audit.add(_entry(actor, "receiver.added", record, after=_shown(record)))
                view = await self._view(tx, record)
        except DuplicateNameError:
            raise NameTakenError("receiver", new.name) from None
        return _issued(view, secret)

    async def update(self, receiver_id: str, changes: ReceiverChanges, *, actor: Actor) -> ReceiverView:
        """Raises `InvalidRequestError`, `NameTakenError`, `NotFoundError`."""
        try:
            async with self._db.begin() as tx:
                record = await admitted_receiver(tx, actor, Right.MAINTAIN, receiver_id)
                fields = ReceiverFields()
                if changes.name is not None:
                    fields["name"] = changes.name
                if changes.settings is not None:
                    FORMATS[record.provider].check(changes.settings)
                    fields["settings"] = changes.settings
                if changes.application is not None or changes.to_all:
                    fields["application_id"] = await _application_id(tx, actor, changes.application)
                now = await tx.receivers.change(receiver_id, **fields)
                await tx.audit.add(_entry(actor, "receiver.changed", now, **changed(_shown(record), _shown(now))))
                return await self._view(tx, now)
        except DuplicateNameError as error:
            raise NameTakenError("receiver", error.name) from None

    async def delete(self, receiver_id: str, *, actor: Actor) -> None:
        """Delete it with its deliveries; the image pushes that it reported stay. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            record = await admitted_receiver(tx, actor, Right.MAINTAIN, receiver_id)
            await tx.receivers.delete(record.id)
            await tx.audit.add(_entry(actor, "receiver.removed", record, before=_shown(record)))

    async def rotate(self, receiver_id: str, *, actor: Actor, keep_former: timedelta) -> IssuedSecret:
        """Replace the secret; the present one stays valid for `keep_former`. Raises `NotFoundError`."""
        secret = _new_secret()
        async with self._db.begin() as tx:
            record = await admitted_receiver(tx, actor, Right.MAINTAIN, receiver_id)
            until = datetime.now(UTC) + keep_former if keep_former else None
            after = {"former_until": until.isoformat() if until else None}
            await tx.audit.add(_entry(actor, "receiver.secret-replaced", record, after=after))
            view = await self._view(tx, await tx.receivers.rotate(record.id, secret=secret, former_until=until))
        return _issued(view, secret)

    async def deliveries(
        self, receiver_id: str, *, actor: Actor, fate: DeliveryFate | None, after: str | None, limit: int
    ) -> Page[DeliveryView]:
        """A page of its deliveries, the newest first, without bodies. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            await admitted_receiver(tx, actor, Right.VIEW, receiver_id)
            page = await tx.deliveries.list(receiver_id, fate=fate, after=after, limit=limit)
            image_pushes = await tx.deliveries.image_pushes([each.id for each in page.items])
        items = tuple(DeliveryView(record=each, image_pushes=image_pushes[each.id]) for each in page.items)
        return Page(items=items, next=page.next)

    async def delivery(self, receiver_id: str, delivery_id: str, *, actor: Actor) -> DeliveryView:
        """One delivery, with its body if that is kept. Raises `NotFoundError` for an unknown receiver or delivery."""
        async with self._db.read() as tx:
            await admitted_receiver(tx, actor, Right.MAINTAIN, receiver_id)
            record = await tx.deliveries.get(receiver_id, delivery_id)
            if record is None:
                raise NotFoundError("delivery", delivery_id)
            image_pushes = await tx.deliveries.image_pushes([record.id])
            body = await tx.deliveries.body(record.id)
        return DeliveryView(record=record, image_pushes=image_pushes[record.id], body=body)

    async def _view(self, tx: Transaction, record: ReceiverRecord) -> ReceiverView:
        (view,) = await self._views(tx, [record])
        return view

    async def _views(self, tx: Transaction, records: Sequence[ReceiverRecord]) -> tuple[ReceiverView, ...]:
        since = datetime.now(UTC) - _TRAFFIC_OF
        traffic: Mapping[str, Traffic] = await tx.deliveries.traffic([each.id for each in records], since=since)
        return tuple(
            ReceiverView(
                record=each,
                format=FORMATS[each.provider],
                address=f"{self._base}/webhooks/{each.id}",
                traffic=traffic[each.id],
            )
            for each in records
        )


def _entry(
    actor: Actor,
    action: str,
    record: ReceiverRecord,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """By its name alone: a receiver's id is a part of its secret address."""
    target = Target(kind="receiver", id=None, name=record.name)
    return AuditEntry.by(actor.caller, action, target, application_id=record.application_id, before=before, after=after)


def _shown(record: ReceiverRecord) -> Mapping[str, Any]:
    return {"name": record.name, "provider": record.provider.value, "application_id": record.application_id}


async def admitted_receiver(tx: Transaction, actor: Actor, right: Right, receiver_id: str) -> ReceiverRecord:
    """The receiver, for an actor who has the right on its application; one of all applications takes it on all.

    Raises `NotFoundError` where there is none that the actor sees, `ForbiddenError`.
    """
    record = await tx.receivers.get(receiver_id)
    application, _ = await tx.bindings.target(application=record.application if record else None)
    if record is None or not _allows(actor, Right.VIEW, application):
        raise NotFoundError("receiver", receiver_id)
    if not _allows(actor, right, application):
        raise ForbiddenError(
            lacking(actor, right, f"'{record.application or 'all applications'}' in every environment")
        )
    return record


async def _application_id(tx: Transaction, actor: Actor, name: str | None) -> str | None:
    """Raises `NotFoundError`, and `ForbiddenError` unless the actor may have reports made for it."""
    if name is None:
        if not actor.holdings.allow(Right.MAINTAIN):
            raise ForbiddenError(lacking(actor, Right.MAINTAIN, "all applications in every environment"))
        return None
    application, _ = await tx.bindings.target(application=name)
    if application is None or not actor.holdings.allow_on(Right.VIEW, application):
        raise NotFoundError("application", name)
    if not _allows(actor, Right.MAINTAIN, application):
        raise ForbiddenError(lacking(actor, Right.MAINTAIN, f"'{application.name}' in every environment"))
    return application.id


def _allows(actor: Actor, right: Right, application: ApplicationRef | None) -> bool:
    if right is Right.VIEW and application is not None:
        return actor.holdings.allow_on(Right.VIEW, application)
    return actor.holdings.allow(right, application=application)


def _issued(view: ReceiverView, secret: str) -> IssuedSecret:
    proof = view.format.proof
    full = f"{view.address}?key={secret}" if proof.secret_in_address else view.address
    return IssuedSecret(
        view=view,
        secret=secret if proof.needs_secret else None,
        full_address=full,
        setup=view.format.steps(address=full, secret=secret),
    )


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
