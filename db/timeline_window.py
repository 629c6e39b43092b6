"""Which part of a timeline a query is asked for: a span of time, and where the former page ended.

Entries of several tables make one list, the newest first: by when they began, then by where they are from, then by the
key of their rows there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from domain.timeline_facts import Mark


@dataclass(frozen=True, kw_only=True)
class TimelineWindow:
    """Entries that began before `until` and had not ended before `since`, the first `limit` of them after `after`."""

    since: datetime
    until: datetime
    limit: int
    after: Mark | None = None


def bounds(
    window: TimelineWindow, source: str, *, at: Any, key: Any, until: Any | None = None
) -> list[ColumnElement[bool]]:
    """The conditions on the rows of one source; without a column `until` they are of one moment."""
    conditions = [at < window.until]
    if until is None:
        conditions.append(at >= window.since)
    else:
        conditions.append(or_(at >= window.since, until >= window.since, until.is_(None)))
    last = window.after
    if last is None:
        return conditions
    if source == last.source:
        conditions.append(or_(at < last.at, and_(at == last.at, key < last.key)))
    else:
        conditions.append(at <= last.at if source < last.source else at < last.at)
    return conditions
