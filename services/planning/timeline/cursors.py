"""The text that says where a page of a timeline ended. Pure."""

from datetime import datetime
from uuid import UUID

from domain.timeline_facts import Mark

_NUMBERED = "gate"  # the source whose rows have numbers as keys
_SOURCES = frozenset({"event", "operation", "release", "divergence", _NUMBERED, "expired", "freeze"})
_MOST = 2**63  # beyond what PostgreSQL's bigint holds


def cursor_of(mark: Mark) -> str:
    return f"{mark.at.isoformat()}|{mark.source}|{mark.key}"


def mark_of(cursor: str) -> Mark | None:
    """What `cursor_of` was given; None where the text is of another list."""
    moment, _, rest = cursor.partition("|")
    source, _, key = rest.partition("|")
    try:
        at, found = datetime.fromisoformat(moment), int(key) if source == _NUMBERED else str(UUID(key))
    except ValueError:
        return None
    if source not in _SOURCES or at.tzinfo is None or (isinstance(found, int) and not 0 <= found < _MOST):
        return None
    return Mark(at=at, source=source, key=found)
