"""The days of rules are those that dateutil finds, and it needs no walk to find them."""

from datetime import date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from services.planning.people.recurrence import days, parse_rule

_WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    if draw(st.booleans()):
        months = draw(st.lists(st.integers(1, 12), min_size=4, max_size=12, unique=True))
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    chooses = frequency in {"MONTHLY", "YEARLY"}
    if draw(st.booleans()):
        named = draw(st.lists(st.sampled_from(_WEEKDAYS), min_size=1, max_size=4, unique=True))
        ordinal = draw(st.sampled_from(["", "1", "2", "-1"])) if chooses else ""
        parts.append("BYDAY=" + ",".join(ordinal + day for day in named))
        if chooses and draw(st.booleans()):
            parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '1,2']))}")
    elif frequency != "WEEKLY" and draw(st.booleans()):
        month_days = draw(st.lists(st.sampled_from([1, 2, 15, 28, 31, -1, -3]), min_size=1, max_size=3, unique=True))
        parts.append("BYMONTHDAY=" + ",".join(map(str, month_days)))
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(_WEEKDAYS))}")
    return ";".join(parts)


@settings(max_examples=150, deadline=None)
@given(text=rules(), start=st.dates(date(2020, 1, 1), date(2028, 12, 31)), skipped=st.integers(0, 2000))
def test_days_are_those_of_dateutil(text: str, start: date, skipped: int) -> None:
    first = start + timedelta(days=skipped)
    last = first + timedelta(days=800)
    theirs = rrulestr(text, dtstart=datetime.combine(start, datetime.min.time()))
    found = islice(theirs.xafter(datetime.combine(first, datetime.min.time()), inc=True), 900)
    expected = [each.date() for each in found if each.date() <= last]
    assert list(days(parse_rule(text), start, first, last)) == expected


def test_the_last_friday_of_a_month_and_the_first_working_day_are_found() -> None:
    last_friday = parse_rule("RRULE:FREQ=MONTHLY;BYDAY=-1FR")
    assert list(days(last_friday, date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31))) == [
        date(2026, 1, 30),
        date(2026, 2, 27),
        date(2026, 3, 27),
    ]
    first_working = parse_rule("freq=monthly;byday=MO,TU,WE,TH,FR;bysetpos=1")
    assert list(days(first_working, date(2026, 8, 1), date(2026, 8, 1), date(2026, 9, 30))) == [
        date(2026, 8, 3),
        date(2026, 9, 1),
    ]
