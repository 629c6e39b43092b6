"""Registries, the repositories that are polled, and the receivers of what registries report."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.stored.deliveries import ReportedEvent
from domain.stored.receivers import ReceiverSettings
from domain.words import CredentialKind, DeliveryFate, Provider


@dataclass(frozen=True, kw_only=True)
class ReceiverRecord:
    """An address for a registry's reports; `application` is the name of the only one that it is for, None for all.

    `secrets` are those that count now: the current one, and the former one until `former_until`.
    """

    id: str
    name: str
    provider: Provider
    application_id: str | None
    application: str | None
    settings: ReceiverSettings
    secrets: tuple[str, ...] = field(repr=False)
    former_until: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryRecord:
    """A request to a receiver. `events` are the parsed ones; `kept` says whether its body is stored."""

    id: str
    receiver_id: str
    received_at: datetime
    provider_key: str | None
    fate: DeliveryFate
    code: str | None
    reason: str | None
    events: tuple[ReportedEvent, ...]
    headers: dict[str, str]
    kept: bool


@dataclass(frozen=True, kw_only=True)
class RegistryRecord:
    """A registry with its credential; `host` is as in image references."""

    id: str
    host: str
    plain_http: bool
    kind: CredentialKind
    username: str | None
    secret: str | None = field(repr=False)
    last_seen_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PollRecord:
    """A repository that is polled every `seconds`."""

    id: str
    repository: str
    seconds: int
    next_at: datetime
    last_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime
