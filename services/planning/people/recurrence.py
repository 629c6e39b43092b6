"""The days of a recurrence rule (RFC 5545, section 3.3.10), for rules that recur once a day at most.

Each period (day, week, month or year) is computed on its own, so a question about a far-away date costs as much as one
about tomorrow. dateutil walks from the start, and a rule that never occurs to the year 9999: measured, a rule for the
30 February took nine seconds. Tests compare the days with dateutil's.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice

MAX_COUNT = 1000  # occurrences of a rule with COUNT, which have to be counted from its start
_MAX_INTERVAL = 366
_SPAN = timedelta(days=366 * 12)  # within which a rule has to occur: 29 February may be eight years away (1900, 2100)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


class RuleError(ValueError):
    """The rule cannot be used; its text tells a person why."""


class Frequency(StrEnum):
    """How long a period of a rule is."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A parsed rule. `by_day` are (ordinal or None, weekday from Monday = 0); `until` is UTC."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    by_month: frozenset[int] = frozenset()
    by_month_day: frozenset[int] = frozenset()
    by_day: frozenset[tuple[int | None, int]] = frozenset()
    by_position: frozenset[int] = frozenset()
    week_start: int = 0


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """Raises `RuleError`."""
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise RuleError(f"'{part}' is no part of a recurrence rule. Write it as in FREQ=WEEKLY;BYDAY=FR.")
        if name not in _PARTS:
            raise RuleError(f"A window recurs once a day at most and knows {', '.join(sorted(_PARTS))}; not {name}.")
        if name in parts:
            raise RuleError(f"{name} is named twice.")
        parts[name] = value
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("COUNT and UNTIL exclude each other.")
    frequency = _frequency(parts.get("FREQ"))
    rule = Rule(
        frequency=frequency,
        interval=_number(parts, "INTERVAL", 1, _MAX_INTERVAL) or 1,
        count=_number(parts, "COUNT", 1, MAX_COUNT),
        until=_until(parts.get("UNTIL")),
        by_month=_numbers(parts, "BYMONTH", 12, negative=False),
        by_month_day=_numbers(parts, "BYMONTHDAY", 31),
        by_day=_by_day(parts.get("BYDAY"), frequency),
        by_position=_numbers(parts, "BYSETPOS", 366),
        week_start=_week_start(parts.get("WKST")),
    )
    if rule.by_position and not (rule.by_day or rule.by_month_day or rule.by_month):
        raise RuleError("BYSETPOS chooses among the days of BYDAY, BYMONTHDAY or BYMONTH: name one of these.")
    if rule.by_month_day and frequency is Frequency.WEEKLY:
        raise RuleError("BYMONTHDAY cannot be used with FREQ=WEEKLY.")
    return rule


def check_occurs(rule: Rule, start: date) -> None:
    """Raises `RuleError` where the rule does not occur within a dozen years of its start."""
    if next(_days(rule, start, start, start + _SPAN), None) is None:
        raise RuleError(f"The rule never occurs after {start}. Check BYMONTHDAY, BYDAY and INTERVAL.")


def days(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """The days on which the rule occurs, from `first` to `last`, both included. UNTIL is the caller's to apply."""
    if rule.count is None:
        yield from _days(rule, start, max(start, first), last)
        return
    yield from (day for day in _counted(rule, start) if first <= day <= last)


@lru_cache(maxsize=256)
def _counted(rule: Rule, start: date) -> tuple[date, ...]:
    """All days of a rule with COUNT; a rule that hardly ever occurs ends after as many spans as it has occurrences."""
    assert rule.count is not None
    end = min(date.max - timedelta(days=366), start + min(rule.count * 366, 366 * 500) * timedelta(days=1) + _SPAN)
    return tuple(islice(_days(rule, start, start, end), rule.count))


def _days(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    period = _period_before(rule, start, first)
    while (begin := _begin(rule, start, period)) is not None and begin <= last:
        for day in _of_period(rule, start, begin):
            if day > last:
                return
            if day >= first:
                yield day
        period += 1


def _period_before(rule: Rule, start: date, day: date) -> int:
    """The number of the last period of the rule that begins on or before the day; 0 is the one with the start."""
    match rule.frequency:
        case Frequency.DAILY:
            passed = (day - start).days
        case Frequency.WEEKLY:
            passed = (day - _week_of(start, rule)).days // 7
        case Frequency.MONTHLY:
            passed = (day.year - start.year) * 12 + day.month - start.month
        case Frequency.YEARLY:
            passed = day.year - start.year
    return max(0, passed // rule.interval)


def _begin(rule: Rule, start: date, period: int) -> date | None:
    """The first day of a period; None beyond the calendar."""
    steps = period * rule.interval
    try:
        match rule.frequency:
            case Frequency.DAILY:
                return start + timedelta(days=steps)
            case Frequency.WEEKLY:
                return _week_of(start, rule) + timedelta(weeks=steps)
            case Frequency.MONTHLY:
                months = start.month - 1 + steps
                return date(start.year + months // 12, months % 12 + 1, 1)
            case Frequency.YEARLY:
                return date(start.year + steps, 1, 1)
    except (OverflowError, ValueError):
        return None


def _of_period(rule: Rule, start: date, begin: date) -> list[date]:
    """The days of the rule in the period that begins there; those before the start do not count, BYSETPOS aside."""
    found = [day for day in _candidates(rule, begin) if _matches(rule, start, day)]
    if rule.by_position:
        chosen = {position - 1 if position > 0 else len(found) + position for position in rule.by_position}
        found = [day for number, day in enumerate(found) if number in chosen]
    return [day for day in found if day >= start]


def _candidates(rule: Rule, begin: date) -> Iterator[date]:
    match rule.frequency:
        case Frequency.DAILY:
            length = 1
        case Frequency.WEEKLY:
            length = 7
        case Frequency.MONTHLY:
            length = _month_length(begin)
        case Frequency.YEARLY:
            length = (date(begin.year, 12, 31) - begin).days + 1
    for number in range(length):
        try:
            yield begin + timedelta(days=number)
        except OverflowError:
            return


def _matches(rule: Rule, start: date, day: date) -> bool:
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day and not {day.day, day.day - _month_length(day) - 1} & rule.by_month_day:
        return False
    if rule.by_day:
        return any(
            weekday == day.weekday() and (ordinal is None or ordinal in _ordinals(rule, day))
            for ordinal, weekday in rule.by_day
        )
    return bool(rule.by_month_day) or _as_at_start(rule, start, day)


def _as_at_start(rule: Rule, start: date, day: date) -> bool:
    """What the rule leaves open is as at the start (RFC 5545, 3.3.10: "information missing from the rule")."""
    match rule.frequency:
        case Frequency.DAILY:
            return True
        case Frequency.WEEKLY:
            return day.weekday() == start.weekday()
        case Frequency.MONTHLY:
            return day.day == start.day
        case Frequency.YEARLY:
            return day.day == start.day and (bool(rule.by_month) or day.month == start.month)


def _ordinals(rule: Rule, day: date) -> tuple[int, int]:
    """Which one of its weekday the day is, from the front and from the back: of its year, or of its month."""
    if rule.frequency is Frequency.YEARLY and not rule.by_month:
        before, length = day.timetuple().tm_yday - 1, date(day.year, 12, 31).timetuple().tm_yday
    else:
        before, length = day.day - 1, _month_length(day)
    return before // 7 + 1, -((length - before - 1) // 7 + 1)


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _week_of(day: date, rule: Rule) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _frequency(value: str | None) -> Frequency:
    try:
        return Frequency(value or "")
    except ValueError:
        names = ", ".join(each.value for each in Frequency)
        raise RuleError(f"FREQ has to be one of {names}: a window recurs once a day at most.") from None


def _number(parts: dict[str, str], name: str, least: int, most: int) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not least <= int(value[:9]) <= most:
        raise RuleError(f"{name} has to be a number from {least} to {most}.")
    return int(value)


def _numbers(parts: dict[str, str], name: str, most: int, *, negative: bool = True) -> frozenset[int]:
    value = parts.get(name)
    if value is None:
        return frozenset()
    found = set()
    for each in value.split(","):
        if not re.fullmatch(r"[+-]?\d{1,3}", each, re.ASCII) or not 1 <= abs(int(each)) <= most:
            raise RuleError(f"{name} has to be numbers from 1 to {most}, as in {name}=1,15.")
        if int(each) < 0 and not negative:
            raise RuleError(f"{name} has to be numbers from 1 to {most}, as in {name}=1,15.")
        found.add(int(each))
    return frozenset(found)


def _by_day(value: str | None, frequency: Frequency) -> frozenset[tuple[int | None, int]]:
    if value is None:
        return frozenset()
    found = set()
    for each in value.split(","):
        matched = _BY_DAY.fullmatch(each)
        if matched is None or (matched[1] and int(matched[1]) == 0):
            raise RuleError(f"BYDAY has to be days of the week, as in BYDAY=MO,FR or BYDAY=-1SU; not {each}.")
        if matched[1] and frequency not in {Frequency.MONTHLY, Frequency.YEARLY}:
            raise RuleError(f"BYDAY={each} counts days of a month or year: use it with FREQ=MONTHLY or FREQ=YEARLY.")
        found.add((int(matched[1]) if matched[1] else None, _DAYS.index(matched[2])))
    return frozenset(found)


def _week_start(value: str | None) -> int:
    if value is None:
        return 0
    if value not in _DAYS:
        raise RuleError("WKST has to be a day of the week, as in WKST=MO.")
    return _DAYS.index(value)


def _until(value: str | None) -> datetime | None:
    """RFC 5545, 3.3.10: where the start has a time zone, UNTIL is UTC."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise RuleError("UNTIL has to be a moment in UTC, as in UNTIL=20261231T230000Z.") from None
