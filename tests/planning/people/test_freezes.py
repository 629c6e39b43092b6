"""Which freezes close a place: deny wins, and where something is allowed, one allow window has to be open."""

from datetime import UTC, datetime

from domain.gates import Freeze, FreezeEffect, GateKind, Window
from domain.rights import ApplicationRef, EnvironmentRef, Scope
from services.planning.people.freezes import calendar, closed_by, concerning, next_decision

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)  # a Wednesday
SHOP = ApplicationRef(id="shop", name="shop", labels={"team": "shop"})
PRODUCTION = EnvironmentRef(id="production", name="Production")


def freeze(
    name: str,
    effect: FreezeEffect,
    hours: tuple[int, int],
    *,
    rrule: str | None = "FREQ=DAILY",
    scope: Scope | None = None,
) -> Freeze:
    starts, ends = (datetime.fromisoformat(f"2026-06-01T{hour:02}:00") for hour in hours)
    return Freeze(
        id=name,
        name=name,
        effect=effect,
        window=Window(starts=starts, ends=ends, zone="UTC", rrule=rrule),
        reason=f"because of {name}",
        scope=scope or Scope(),
    )


def deny(name: str, *hours: int) -> Freeze:
    return freeze(name, FreezeEffect.DENY, (hours[0], hours[1]))


def allow(name: str, *hours: int) -> Freeze:
    return freeze(name, FreezeEffect.ALLOW, (hours[0], hours[1]))


def test_without_freezes_nothing_is_closed() -> None:
    assert closed_by([], NOON) == ()
    assert next_decision([], NOON) is None


def test_an_open_deny_window_closes_and_says_until_when_and_why() -> None:
    [gate] = closed_by([deny("lunch", 11, 14), deny("night", 20, 23)], NOON)
    assert (gate.kind, gate.id, gate.reason) == (GateKind.FREEZE, "lunch", "because of lunch")
    assert gate.until == NOON.replace(hour=14)


def test_every_open_deny_window_is_named() -> None:
    assert [each.id for each in closed_by([deny("a", 11, 14), deny("b", 10, 13)], NOON)] == ["a", "b"]


def test_where_an_allow_window_exists_one_has_to_be_open() -> None:
    assert closed_by([allow("office", 9, 17)], NOON) == ()
    assert closed_by([allow("morning", 6, 8), allow("office", 9, 17)], NOON) == ()
    [gate] = closed_by([allow("evening", 18, 20), allow("morning", 6, 8)], NOON)
    assert gate.until == NOON.replace(hour=18)
    assert "evening, morning" in gate.reason


def test_deny_wins_over_allow() -> None:
    assert [each.id for each in closed_by([allow("office", 9, 17), deny("lunch", 11, 14)], NOON)] == ["lunch"]


def test_an_allow_window_that_never_comes_again_stays_closed_without_an_end() -> None:
    [gate] = closed_by([freeze("launch", FreezeEffect.ALLOW, (9, 17), rrule=None)], NOON)
    assert gate.until is None


def test_only_freezes_whose_scope_has_application_and_environment_concern_a_place() -> None:
    def scoped(name: str, scope: Scope) -> Freeze:
        return freeze(name, FreezeEffect.DENY, (11, 14), scope=scope)

    every = [
        scoped("all", Scope()),
        scoped("here", Scope(applications=frozenset({"shop"}), environments=frozenset({"production"}))),
        scoped("team", Scope(labels=frozenset({("team", "shop")}))),
        scoped("other application", Scope(applications=frozenset({"pay"}))),
        scoped("other environment", Scope(environments=frozenset({"staging"}))),
        scoped("other team", Scope(labels=frozenset({("team", "pay")}))),
    ]
    assert [each.name for each in concerning(every, SHOP, PRODUCTION)] == ["all", "here", "team"]


def test_the_next_decision_is_at_the_first_edge_of_any_window() -> None:
    assert next_decision([deny("lunch", 11, 14), allow("office", 9, 13)], NOON) == NOON.replace(hour=13)


def test_the_calendar_has_what_is_open_in_the_span_by_start() -> None:
    found = calendar([deny("b", 11, 14), deny("a", 10, 13)], NOON, NOON.replace(day=5), limit=10)
    assert [(each.freeze.name, each.occurrence.starts.day) for each in found] == [
        ("a", 3),
        ("b", 3),
        ("a", 4),
        ("b", 4),
        ("a", 5),
        ("b", 5),
    ]
    assert len(calendar([deny("b", 11, 14)], NOON, NOON.replace(year=2027), limit=7)) == 7
