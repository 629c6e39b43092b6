"""What all notifications have in common: what they are about, and their members as plain JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.notification_types import NotificationType

MOST_LISTED = 20  # clusters, or images, that one notification names
LONGEST_TEXT = 500  # characters of a text that a person or a cluster wrote

Readers = Mapping[str, Callable[[Any], Any]]


@dataclass(frozen=True, kw_only=True)
class Concerns:
    """What a notification is about, by ids: routes with other applications or environments pass it over.

    None is all of them, as for a freeze of everything. `app_environment` stands for its application and environment.
    `source` is the app environment that it takes from: a channel whose routes pass that one over is not told its name.
    """

    applications: frozenset[str] | None = None
    environments: frozenset[str] | None = None
    app_environment: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotificationValue:
    """The members of a notification as plain JSON, and back. Members that a row lacks get their default.

    `_READ` has a function for each member that is no plain JSON.
    """

    _READ: ClassVar[Readers] = {}

    def to_json(self) -> dict[str, Any]:
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name != "concerns"}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {each.name for each in fields(cls)}
        return cls(**{name: cls._read(name, value) for name, value in stored.items() if name in known})

    @classmethod
    def _read(cls, name: str, value: Any) -> Any:
        if value is None:
            return None
        read = cls._READ.get(name)
        if read is None:
            return tuple(value) if isinstance(value, list) else value
        return tuple(map(read, value)) if isinstance(value, list) else read(value)


@dataclass(frozen=True, kw_only=True)
class Notification(NotificationValue):
    """What all have in common. `subject` names what later notifications are about, too: an operation, a proposal."""

    concerns: Concerns = Concerns()  # for finding the routes; not stored

    @property
    def type(self) -> NotificationType:
        raise NotImplementedError

    @property
    def subject(self) -> str | None:
        """Where a channel can change a message that it sent, the next one of the same subject takes its place."""
        return None

    @property
    def without_source(self) -> Self:
        """As it is told where the environment that it takes from is not to be named."""
        return self


def _plain(value: Any) -> Any:
    if isinstance(value, NotificationValue):
        return value.to_json()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"
    if isinstance(value, tuple):
        return [_plain(each) for each in value[:MOST_LISTED]]
    return value
