"""What events are about, and when they happened. Pure."""

from datetime import UTC, datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import moment

_NEVER = datetime.fromtimestamp(0, tz=UTC)


def uid_of(event: Manifest) -> str:
    """The uid of the object that the event is about; empty where it names none."""
    return str((event.body.get("involvedObject") or {}).get("uid") or "")


def last_of(event: Manifest) -> datetime:
    """When it last happened. An event that is repeated has its times elsewhere (events.k8s.io/v1, `series`)."""
    body: Any = event.body
    times = (
        (body.get("series") or {}).get("lastObservedTime"),
        body.get("lastTimestamp"),
        body.get("eventTime"),
        event.metadata.get("creationTimestamp"),
    )
    found = [at for at in map(moment, times) if at is not None]
    return max(found) if found else _NEVER
