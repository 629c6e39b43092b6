"""Channels with routes, for tests."""

import json
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from db.base import new_id
from db.channels import ChannelRecord
from db.keys import Keyring, Locked, new_key
from db.transaction import Database
from domain.notification_types import NotificationType
from domain.stored.channels import ChannelSecrets, ChannelSettings
from domain.words import ChannelKind

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def make_channel(
    database: Database,
    name: str = "Releases",
    *,
    kind: ChannelKind = ChannelKind.WEBHOOK,
    settings: ChannelSettings | None = None,
    secrets: ChannelSecrets | None = None,
    events: Collection[NotificationType] | None = None,
    applications: Collection[str] | None = None,
    environments: Collection[str] | None = None,
    routed: bool = True,
) -> ChannelRecord:
    """A channel and, if `routed`, one route to it."""
    async with database.begin() as tx:
        channel = await tx.channels.add(
            name=name,
            kind=kind,
            settings=settings or ChannelSettings(destination="https://hooks.example"),
            secrets=secrets or ChannelSecrets(url="https://hooks.example/T0/secret", signing=SECRET),
        )
        if routed:
            await tx.notification_routes.add(
                channel_id=channel.id, events=events, applications=applications, environments=environments
            )
    return channel


async def told(database: Database, channel: ChannelRecord) -> tuple[Any, ...]:
    """The notifications in the outbox of a channel, in their order."""
    async with database.read() as tx:
        page = await tx.outbox.list(channel.id, state=None, limit=100)
    return tuple(each.notification for each in reversed(page.items))


def unsaved_channel(kind: ChannelKind, *, former_until: datetime | None = None, **given: Any) -> ChannelRecord:
    """A channel without a row; `given` are settings and secrets."""
    secrets = {each.name for each in fields(ChannelSecrets)}
    keys = Keyring([new_key()])
    sealed = keys.seal(
        json.dumps(ChannelSecrets(**{name: given[name] for name in given if name in secrets}).to_json()), context="-"
    )
    now = datetime.now(UTC)
    return ChannelRecord(
        id=new_id(),
        name="Releases",
        kind=kind,
        settings=ChannelSettings(**{name: given[name] for name in given if name not in secrets}),
        locked=Locked(sealed, "-", keys),
        former_until=former_until,
        disabled_at=None,
        disabled_because=None,
        created_at=now,
        updated_at=now,
    )
