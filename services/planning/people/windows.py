"""When windows are open: wall-clock spans, once or recurring, as moments in UTC.

Start and end are converted apart: a window from Friday 15:00 to Monday 07:00 ends at 07:00 also where the clock
changes on the Sunday. A time that the clock skips is read with the offset before the change (02:30 becomes 03:30), and
of a time that it shows twice the first one counts (RFC 5545, section 3.3.5).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.gates import Window
from services.planning.people.recurrence import Rule, RuleError, check_occurs, days, parse_rule

LONGEST = timedelta(days=366)  # of one occurrence
FOREVER = datetime.max.replace(tzinfo=UTC)  # the end of a window in which no break is known
_AHEAD = timedelta(days=366 * 12)  # how far the next occurrence is looked for
_JOINED = 400  # occurrences that follow each other without a break, after which a window counts as open for good


class WindowError(ValueError):
    """The window cannot be used. `field` names its member, the text tells a person why."""

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True, kw_only=True, order=True)
class Occurrence:
    """One time that a window is open: from `starts` until before `ends`, both UTC."""

    starts: datetime
    ends: datetime


def check_window(window: Window) -> None:
    """Raises `WindowError` where a window can never be open, or cannot be understood."""
    try:
        zone_of(window.zone)
    except WindowError as unknown:
        raise unknown from None
    if window.starts.tzinfo is not None or window.ends.tzinfo is not None:
        raise WindowError(
            "Write times of the wall clock, without an offset; `zone` says where it hangs.", field="starts"
        )
    if not date(1970, 1, 1) <= window.starts.date() <= date(9000, 1, 1):
        raise WindowError("The start has to be after 1970.", field="starts")
    if window.ends <= window.starts:
        raise WindowError("The end has to be after the start.", field="ends")
    if window.length > LONGEST:
        raise WindowError(f"A window is open for {LONGEST.days} days at most. Use several.", field="ends")
    if window.rrule is not None:
        try:
            rule = parse_rule(window.rrule)
            check_occurs(rule, window.starts.date())
        except RuleError as error:
            raise WindowError(str(error), field="rrule") from None


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone; raises `WindowError`."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        raise WindowError(
            f"There is no time zone '{name}'. Use an IANA name, as Europe/Berlin.", field="zone"
        ) from None


def occurrences(window: Window, since: datetime, until: datetime) -> Iterator[Occurrence]:
    """Every time that the window is open between two moments (UTC), also those that began before; by their start."""
    zone = zone_of(window.zone)
    day = timedelta(days=1)
    # One day more on both sides: a wall clock is ahead of UTC, or behind it, by up to 14 hours.
    first = _date_of(since, -(window.length + day))
    last = _date_of(until, day)
    for begins in _days(window, first, last):
        found = _at(window, begins, zone)
        if found.starts >= until:
            return
        if found.ends > since:
            yield found


def open_at(window: Window, at: datetime) -> Occurrence | None:
    """The occurrence that is open at this moment (UTC), with those that follow it without a break; None if closed.

    Its end is `FOREVER` where no break is known.
    """
    now: Occurrence | None = None
    joined = 0
    for each in occurrences(window, at, at + _AHEAD):
        if now is None:
            if each.starts > at:
                return None
            now = each
        elif each.starts > now.ends:
            return now
        else:
            now = Occurrence(starts=now.starts, ends=max(now.ends, each.ends))
            joined += 1
            if joined == _JOINED:
                return Occurrence(starts=now.starts, ends=FOREVER)
    return now


def next_start(window: Window, at: datetime) -> datetime | None:
    """When the window opens the next time after this moment (UTC); None where it does not within a dozen years."""
    return next((each.starts for each in occurrences(window, at, at + _AHEAD) if each.starts > at), None)


def next_change(window: Window, at: datetime) -> datetime | None:
    """The next moment (UTC) at which the window opens or closes; None where it never does again."""
    now = open_at(window, at)
    if now is None:
        return next_start(window, at)
    return None if now.ends == FOREVER else now.ends


def _days(window: Window, first: date, last: date) -> Iterator[date]:
    start = window.starts.date()
    if window.rrule is None:
        if first <= start <= last:
            yield start
        return
    rule: Rule = parse_rule(window.rrule)
    zone = zone_of(window.zone)
    for day in days(rule, start, first, last):
        if rule.until is not None and _at(window, day, zone).starts > rule.until:
            return
        yield day


def _at(window: Window, day: date, zone: ZoneInfo) -> Occurrence:
    wall = datetime.combine(day, window.starts.time())
    starts, ends = _utc(wall, zone), _utc(wall + window.length, zone)
    # The clock skipped the start beyond the end (02:30 to 02:45, or to 03:15): the window moves with its start.
    return Occurrence(starts=starts, ends=ends if ends > starts else starts + window.length)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _date_of(moment: datetime, shift: timedelta) -> date:
    try:
        return (moment + shift).date()
    except OverflowError:
        return date.min if shift < timedelta(0) else date.max
