"""When windows are open, over clock changes, counts, ends and the centuries."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.gates import Window
from services.planning.people.windows import (
    WindowError,
    check_window,
    next_change,
    next_start,
    occurrences,
    open_at,
)

YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def window(starts: str, ends: str, *, zone: str = "Europe/Berlin", rrule: str | None = None) -> Window:
    made = Window(starts=datetime.fromisoformat(starts), ends=datetime.fromisoformat(ends), zone=zone, rrule=rrule)
    check_window(made)
    return made


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans(of: Window, since: datetime = YEAR[0], until: datetime = YEAR[1]) -> list[tuple[str, str]]:
    return [(f"{each.starts:%m-%d %H:%M}", f"{each.ends:%m-%d %H:%M}") for each in occurrences(of, since, until)]


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "expected"),
    [
        # Friday 15:00 to Monday 07:00 on the wall, over the Sunday on which the clock changes.
        ("Europe/Berlin", "2026-03-27T15:00", "2026-03-30T07:00", ("03-27 14:00", "03-30 05:00")),
        ("Europe/Berlin", "2026-10-23T15:00", "2026-10-26T07:00", ("10-23 13:00", "10-26 06:00")),
        ("America/New_York", "2026-03-06T15:00", "2026-03-09T07:00", ("03-06 20:00", "03-09 11:00")),
        ("America/New_York", "2026-10-30T15:00", "2026-11-02T07:00", ("10-30 19:00", "11-02 12:00")),
        # A start that the clock skips: 02:30 becomes 03:30.
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T06:00", ("03-29 01:30", "03-29 04:00")),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T06:00", ("03-08 07:30", "03-08 10:00")),
        # An end that the clock skips.
        ("Europe/Berlin", "2026-03-29T00:00", "2026-03-29T02:30", ("03-28 23:00", "03-29 01:30")),
        # A start that the clock shows twice: the first one.
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T04:00", ("10-25 00:30", "10-25 03:00")),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T03:00", ("11-01 05:30", "11-01 08:00")),
        # The whole of it is skipped, or its start beyond its end: it moves with its start, and does not vanish.
        ("Europe/Berlin", "2026-03-29T02:15", "2026-03-29T02:45", ("03-29 01:15", "03-29 01:45")),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:15", ("03-29 01:30", "03-29 02:15")),
    ],
)
def test_start_and_end_are_times_of_the_wall_clock(
    zone: str, starts: str, ends: str, expected: tuple[str, str]
) -> None:
    assert spans(window(starts, ends, zone=zone)) == [expected]


def test_a_nightly_window_is_there_every_night_of_the_year_though_the_clock_changes() -> None:
    for zone in ("Europe/Berlin", "America/New_York"):
        nightly = window("2026-01-01T02:15", "2026-01-01T02:45", zone=zone, rrule="FREQ=DAILY")
        found = list(occurrences(nightly, *YEAR))
        local = [each.starts.astimezone(ZoneInfo(zone)) for each in found]
        assert len({each.date() for each in local}) == len(local) == 365
        assert sum(each.hour != 2 for each in local) == 1  # the night on which there is no 02:15
        assert all(each.ends > each.starts for each in found)


def test_until_is_a_moment_in_utc_and_is_the_last_start() -> None:
    # 23:30 in Berlin is 22:30 UTC: the one on the 3rd starts exactly then.
    daily = window("2026-01-01T23:30", "2026-01-02T01:00", rrule="FREQ=DAILY;UNTIL=20260103T223000Z")
    assert [start for start, _ in spans(daily)] == ["01-01 22:30", "01-02 22:30", "01-03 22:30"]
    shorter = window("2026-01-01T23:30", "2026-01-02T01:00", rrule="FREQ=DAILY;UNTIL=20260103T222959Z")
    assert len(spans(shorter)) == 2


def test_count_counts_from_the_start_wherever_one_looks() -> None:
    counted = window("2026-01-05T08:00", "2026-01-05T09:00", rrule="FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3")
    assert [start for start, _ in spans(counted)] == ["01-05 07:00", "01-07 07:00", "01-12 07:00"]
    assert [start for start, _ in spans(counted, since=utc("2026-01-08"))] == ["01-12 07:00"]
    assert next_start(counted, utc("2026-02-01")) is None


def test_a_window_is_open_from_its_start_until_before_its_end() -> None:
    once = window("2026-06-01T10:00", "2026-06-01T12:00", zone="UTC")
    assert open_at(once, utc("2026-06-01T09:59:59")) is None
    assert open_at(once, utc("2026-06-01T10:00")) is not None
    assert open_at(once, utc("2026-06-01T12:00")) is None
    assert next_change(once, utc("2026-06-01T09:00")) == utc("2026-06-01T10:00")
    assert next_change(once, utc("2026-06-01T11:00")) == utc("2026-06-01T12:00")
    assert next_change(once, utc("2026-06-01T12:00")) is None


def test_occurrences_that_follow_without_a_break_are_open_as_one() -> None:
    weekend = window("2026-06-06T00:00", "2026-06-07T00:00", zone="UTC", rrule="FREQ=WEEKLY;BYDAY=SA,SU")
    assert next_change(weekend, utc("2026-06-06T12:00")) == utc("2026-06-08T00:00")


def test_a_window_without_any_break_never_changes() -> None:
    always = window("2026-06-06T00:00", "2026-06-07T00:00", zone="UTC", rrule="FREQ=DAILY")
    assert open_at(always, utc("2030-01-01")) is not None
    assert next_change(always, utc("2030-01-01")) is None


def test_a_window_that_is_open_for_a_week_is_found_on_its_last_day() -> None:
    monthly = window("2026-01-20T00:00", "2026-01-27T00:00", zone="UTC", rrule="FREQ=MONTHLY")
    found = open_at(monthly, utc("2026-05-26T23:00"))
    assert found is not None
    assert found.ends == utc("2026-05-27")


def test_far_away_dates_cost_as_little_as_near_ones() -> None:
    daily = window("1970-01-01T15:00", "1970-01-01T16:00", rrule="FREQ=DAILY;INTERVAL=3")
    leap = window("2024-02-29T15:00", "2024-02-29T16:00", rrule="FREQ=YEARLY")
    began = time.process_time()
    for year in (1800, 2500, 8999):
        at = datetime(year, 6, 1, tzinfo=UTC)
        next_change(daily, at)
        next_change(leap, at)
        assert len(list(occurrences(daily, at, at + timedelta(days=30)))) == (0 if year == 1800 else 10)
    # dateutil takes ten seconds for the last of these dates alone; a loaded machine is slower, not a hundred times.
    assert time.process_time() - began < 2


def test_the_edges_of_the_calendar_raise_nothing() -> None:
    daily = window("2026-01-01T15:00", "2026-01-01T16:00", rrule="FREQ=DAILY")
    assert list(occurrences(daily, datetime.min.replace(tzinfo=UTC), utc("2026-01-02"))) != []
    last = datetime.max.replace(tzinfo=UTC)
    assert len(list(occurrences(daily, last - timedelta(days=2), last))) in {1, 2, 3}


@pytest.mark.parametrize(
    ("starts", "ends", "zone", "rrule", "field"),
    [
        ("2026-01-01T10:00", "2026-01-01T10:00", "UTC", None, "ends"),
        ("2026-01-01T10:00", "2027-06-01T10:00", "UTC", None, "ends"),
        ("2026-01-01T10:00+01:00", "2026-01-01T11:00+01:00", "UTC", None, "starts"),
        ("1900-01-01T10:00", "1900-01-01T11:00", "UTC", None, "starts"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "Mars/Olympus", None, "zone"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "../etc/passwd", None, "zone"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "Europe", None, "zone"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "", None, "zone"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=HOURLY", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;BYHOUR=1,2", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;UNTIL=20260103", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;COUNT=2;UNTIL=20260103T000000Z", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;COUNT=0", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;COUNT=1000000", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;FREQ=WEEKLY", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY\nRDATE:20260101T000000Z", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=WEEKLY;BYDAY=1MO", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "FREQ=DAILY;BYSETPOS=1", "rrule"),
        ("2026-01-01T10:00", "2026-01-01T11:00", "UTC", "every friday", "rrule"),
    ],
)
def test_a_window_that_nobody_can_mean_is_refused_with_the_member_that_is_wrong(
    starts: str, ends: str, zone: str, rrule: str | None, field: str
) -> None:
    with pytest.raises(WindowError) as refused:
        window(starts, ends, zone=zone, rrule=rrule)
    assert refused.value.field == field
