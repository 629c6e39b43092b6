"""Channels: where notifications go. Administrators create, try and repair them.

Secrets come in and never go out: a signing secret is shown once, by the request that makes it.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from db.channels import ChannelFields, ChannelRecord
from db.errors import DuplicateNameError
from db.outbox import OutboxRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import AdminGrant
from domain.notifications import Trial
from domain.words import ChannelKind, OutboxState
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.net.addresses import AddressPolicy
from services.notifying.errors import SendError
from services.notifying.kinds import Entered, changed, created
from services.notifying.values import Outgoing, Sender
from services.planning.notifications.cloud_events import new_secret

_SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ChannelView:
    """A channel without its secrets, and how many notifications of each state it has."""

    record: ChannelRecord
    counts: Mapping[OutboxState, int]


@dataclass(frozen=True, kw_only=True)
class IssuedChannel:
    """A channel with its new signing secret, which is shown this once; None where its kind signs nothing."""

    view: ChannelView
    secret: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of a test: whether the other side took it, its status, and why it did not."""

    delivered: bool
    status: int | None
    detail: str | None


class Channels:
    """Reads and changes channels. `addresses` is what they may lead to."""

    def __init__(self, db: Database, sender: Sender, *, addresses: AddressPolicy) -> None:
        self._db = db
        self._sender = sender
        self._addresses = addresses

    async def list(self, _: AdminGrant, *, after: str | None, limit: int) -> Page[ChannelView]:
        """A page by name; `after` is the last name of the previous page."""
        async with self._db.read() as tx:
            page = await tx.channels.list(after=after, limit=limit)
            return Page(items=await _views(tx, page.items), next=page.next)

    async def get(self, _: AdminGrant, channel_id: str) -> ChannelView:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await _view(tx, await existing_channel(tx, channel_id))

    async def add(self, grant: AdminGrant, *, name: str, kind: ChannelKind, entered: Entered) -> IssuedChannel:
        """Add one, for a signed webhook with a new secret. Raises `InvalidRequestError`, `NameTakenError`."""
        settings, sealed = created(kind, entered, self._addresses)
        signing = _new_secret() if kind is ChannelKind.WEBHOOK else None
        try:
            async with self._db.begin() as tx:
                record = await tx.channels.add(
                    name=name, kind=kind, settings=settings, secrets=replace(sealed, signing=signing)
                )
                await _audit(tx, grant, "channel.created", record, after=_shown(record))
                return IssuedChannel(view=await _view(tx, record), secret=signing)
        except DuplicateNameError:
            raise NameTakenError("channel", name) from None

    async def update(self, grant: AdminGrant, channel_id: str, *, name: str | None, entered: Entered) -> ChannelView:
        """Change what was entered, leave the rest. Raises `InvalidRequestError`, `NameTakenError`, `NotFoundError`."""
        try:
            async with self._db.begin() as tx:
                record = await existing_channel(tx, channel_id)
                fields = ChannelFields()
                if name is not None:
                    fields["name"] = name
                if entered.names:
                    fields["settings"], fields["secrets"] = changed(
                        record.kind,
                        entered,
                        self._addresses,
                        settings=record.settings,
                        secrets=record.secrets(),
                    )
                after = await tx.channels.change(record.id, **fields)
                await _audit(
                    tx,
                    grant,
                    "channel.changed",
                    after,
                    before=_shown(record),
                    after={**_shown(after), "entered": sorted(entered.names)},
                )
                return await _view(tx, after)
        except DuplicateNameError as error:
            raise NameTakenError("channel", error.name) from None

    async def delete(self, grant: AdminGrant, channel_id: str) -> None:
        """Delete it with its routes and its notifications. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            record = await existing_channel(tx, channel_id)
            await tx.channels.delete(record.id)
            await _audit(tx, grant, "channel.deleted", record, before=_shown(record))

    async def switch(self, grant: AdminGrant, channel_id: str, *, enabled: bool) -> ChannelView:
        """Enable or disable it. What is dead stays dead until it is sent again. Raises `NotFoundError`."""
        because = None if enabled else f"{grant.caller.name} disabled it."
        async with self._db.begin() as tx:
            record = await tx.channels.switch((await existing_channel(tx, channel_id)).id, disabled_because=because)
            if not enabled:
                await tx.outbox.give_up(record.id, error="The channel was disabled before this was sent.")
            await _audit(tx, grant, "channel.enabled" if enabled else "channel.disabled", record)
            return await _view(tx, record)

    async def rotate(self, grant: AdminGrant, channel_id: str, *, keep_former: timedelta) -> IssuedChannel:
        """Replace the signing secret; the present one signs, too, for `keep_former`.

        Raises `NotFoundError`, and `InvalidRequestError` for a kind that signs nothing.
        """
        signing = _new_secret()
        async with self._db.begin() as tx:
            record = await existing_channel(tx, channel_id)
            if record.kind is not ChannelKind.WEBHOOK:
                raise InvalidRequestError(f"A channel of the kind '{record.kind}' has no signing secret.")
            former = record.secrets()
            renewed = replace(former, signing=signing, former_signing=former.signing if keep_former else None)
            until = datetime.now(UTC) + keep_former if keep_former else None
            record = await tx.channels.change(record.id, secrets=renewed, former_until=until)
            await _audit(tx, grant, "channel.secret-rotated", record)
            return IssuedChannel(view=await _view(tx, record), secret=signing)

    async def test(self, grant: AdminGrant, channel_id: str) -> Tried:
        """Send a test now, past the outbox, also to a channel that is disabled. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            record = await existing_channel(tx, channel_id)
        trial = Trial(channel=record.name, by=grant.caller.name)
        outgoing = Outgoing(notification=trial, event_id=str(uuid4()), at=datetime.now(UTC))
        try:
            delivered = await self._sender.send(record, outgoing)
        except SendError as error:
            return Tried(delivered=False, status=error.status, detail=error.detail)
        return Tried(delivered=True, status=delivered.status, detail=delivered.note)

    async def notifications(
        self, _: AdminGrant, channel_id: str, *, state: OutboxState | None, after: str | None, limit: int
    ) -> Page[OutboxRecord]:
        """A page of its notifications, the newest first. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            record = await existing_channel(tx, channel_id)
            return await tx.outbox.list(record.id, state=state, after=after, limit=limit)

    async def send_again(self, grant: AdminGrant, channel_id: str, ids: Sequence[str] | None) -> int:
        """Let dead notifications wait again: these, or all with None. Returns how many. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            record = await existing_channel(tx, channel_id)
            count = await tx.outbox.send_again(record.id, ids)
            if count:
                await _audit(tx, grant, "notification.sent-again", record, after={"notifications": count})
            return count


async def existing_channel(tx: Transaction, channel_id: str) -> ChannelRecord:
    """The channel. Raises `NotFoundError` if there is none with this id."""
    record = await tx.channels.get(channel_id)
    if record is None:
        raise NotFoundError("channel", channel_id)
    return record


async def _view(tx: Transaction, record: ChannelRecord) -> ChannelView:
    (view,) = await _views(tx, [record])
    return view


async def _views(tx: Transaction, records: Sequence[ChannelRecord]) -> tuple[ChannelView, ...]:
    counts = await tx.outbox.counts([each.id for each in records])
    return tuple(ChannelView(record=each, counts=counts[each.id]) for each in records)


def _shown(record: ChannelRecord) -> dict[str, object]:
    """What the audit says of a channel: its settings, which hold no secret."""
    return {"name": record.name, "kind": record.kind.value, "settings": record.settings.to_json()}


async def _audit(
    tx: Transaction,
    grant: AdminGrant,
    action: str,
    record: ChannelRecord,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    target = Target(kind="channel", id=record.id, name=record.name)
    await tx.audit.add(AuditEntry.by(grant.caller, action, target, before=before, after=after))


def _new_secret() -> str:
    return new_secret(secrets.token_bytes(_SECRET_BYTES))
