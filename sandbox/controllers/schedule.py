"""Cron schedules: the next minute at which one is due. Five fields, names, steps, ranges, and the `@` words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_HORIZON = timedelta(days=366 * 5)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The minutes that a cron expression names, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        """The first due minute later than `moment`, in UTC; None if there is none in the next five years."""
        local = moment.astimezone(self.zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = local + _HORIZON
        while local < end:
            if local.month not in self.months or not self._is_day(local):
                local = local.replace(hour=0, minute=0) + timedelta(days=1)
            elif local.hour not in self.hours:
                local = local.replace(minute=0) + timedelta(hours=1)
            elif local.minute not in self.minutes:
                local += timedelta(minutes=1)
            else:
                return local.astimezone(UTC)
        return None

    def _is_day(self, local: datetime) -> bool:
        day, weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        # Cron's oldest surprise: when both fields are restricted, either of them is enough.
        return (day and weekday) if self.any_day or self.any_weekday else (day or weekday)


def parse_schedule(text: str, *, zone: str = "UTC") -> Schedule:
    """Raises `ValueError` for what is no schedule, `KeyError` (a `ZoneInfoNotFoundError`) for what is no time zone."""
    fields = _WORDS.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: {text}")
    return Schedule(
        minutes=_values(fields[0], 0, 59),
        hours=_values(fields[1], 0, 23),
        days=_values(fields[2], 1, 31),
        months=_values(fields[3], 1, 12, names=_MONTHS),
        weekdays=frozenset(day % 7 for day in _values(fields[4], 0, 7, names=_DAYS)),
        any_day=fields[2][0] in "*?",
        any_weekday=fields[4][0] in "*?",
        zone=_zone(zone),
    )


def _zone(name: str) -> tzinfo:
    # A small container image may hold no table of time zones; what nearly every schedule uses needs none.
    return UTC if name in {"UTC", "Etc/UTC"} else ZoneInfo(name)


def _values(text: str, low: int, high: int, *, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in {"*", "?"}:
            start, end = low, high
        else:
            start = _number(first, low, names)
            end = _number(last, low, names) if dash else (high if step else start)
        if not low <= start <= end <= high or (step and int(step) < 1):
            raise ValueError(f"out of range: {text}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    return names.index(text) + low if text in names else int(text)
