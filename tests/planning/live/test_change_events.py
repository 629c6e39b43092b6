"""Who is told of a change: whoever sees where it is, and nobody else."""

import pytest

from domain.changed_rows import ChangedRow, KnownPlaces
from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope
from services.planning.live.change_events import ChangeEvent, ChangeTopic, merged
from services.planning.live.change_sources import PLACE_TABLES, events_of, overview_events

SHOP = ApplicationRef(id="shop-id", name="shop", labels={"team": "web"})
PRODUCTION, STAGING = EnvironmentRef(id="prod-id", name="Production"), EnvironmentRef(id="stag-id", name="Staging")
KNOWN = KnownPlaces(
    applications={SHOP.id: SHOP},
    environments={PRODUCTION.id: PRODUCTION, STAGING.id: STAGING},
    app_environments={"place": (SHOP.id, PRODUCTION.id)},
    clusters={"c1": "prod-eu", "c2": "spare"},
    holders={"c1": (PRODUCTION.id,)},
    freezes={"frozen": Scope(environments=frozenset({PRODUCTION.id}))},
)
HERE = (Scope(applications=frozenset({SHOP.id}), environments=frozenset({PRODUCTION.id})),)
BY_LABEL = (Scope(labels=frozenset({("team", "web")}), environments=frozenset({PRODUCTION.id})),)
ELSEWHERE = (Scope(applications=frozenset({SHOP.id}), environments=frozenset({STAGING.id})),)
OTHER_APPLICATION = (Scope(applications=frozenset({"api-id"}), environments=frozenset({PRODUCTION.id})),)
NOTHING: tuple[Scope, ...] = ()

# Rows, what is told of them, and whether who sees shop in Production, shop in Staging, api in Production is told.
CASES = [
    (ChangedRow(table="operations", app_environment="place", id="op"), "operation shop Production - op", (1, 0, 0)),
    (ChangedRow(table="releases", app_environment="place", id="r"), "release shop Production - r", (1, 0, 0)),
    (ChangedRow(table="image_push_verdicts", app_environment="place"), "image shop Production - -", (1, 0, 0)),
    (ChangedRow(table="image_pushes", app_environment="place"), "image shop Production - -", (1, 0, 0)),
    (ChangedRow(table="proposals", app_environment="place", id="p"), "proposal shop Production - p", (1, 0, 0)),
    (ChangedRow(table="proposal_votes", app_environment="place", id="p"), "proposal shop Production - p", (1, 0, 0)),
    (ChangedRow(table="app_environments", app_environment="place"), "application shop Production - -", (1, 0, 0)),
    (
        ChangedRow(table="app_environment_resources", app_environment="place"),
        "application shop Production - -",
        (1, 0, 0),
    ),
    (ChangedRow(table="applications", application="shop-id"), "application shop - - -", (1, 1, 0)),
    (ChangedRow(table="environments", environment="prod-id"), "environment - Production - -", (1, 0, 1)),
    (ChangedRow(table="environment_clusters", environment="prod-id"), "environment - Production - -", (1, 0, 1)),
    (ChangedRow(table="environment_namespaces", environment="prod-id"), "environment - Production - -", (1, 0, 1)),
    (ChangedRow(table="approval_policies", environment="prod-id"), "approval-policy - Production - -", (1, 0, 1)),
    (ChangedRow(table="clusters", cluster="c1"), "cluster - - prod-eu -", (1, 0, 1)),
    (ChangedRow(table="clusters", cluster="c2"), "cluster - - spare -", (0, 0, 0)),
    (ChangedRow(table="holds", environment="prod-id", id="h"), "hold - Production - h", (1, 0, 1)),
    (
        ChangedRow(table="holds", environment="prod-id", application="shop-id", id="h"),
        "hold shop Production - h",
        (1, 0, 0),
    ),
    (ChangedRow(table="stops", id="s"), "stop - - - s", (1, 1, 1)),
    (ChangedRow(table="stops", environment="prod-id", id="s"), "stop - Production - s", (1, 0, 1)),
    (ChangedRow(table="stops", cluster="c1", id="s"), "stop - - prod-eu s", (1, 0, 1)),
    (ChangedRow(table="freezes", id="frozen"), "freeze - - - frozen", (1, 0, 1)),
]


@pytest.mark.parametrize(("row", "told", "whom"), CASES, ids=[f"{row.table} {told}" for row, told, _ in CASES])
def test_a_change_is_told_to_whoever_sees_where_it_is(row: ChangedRow, told: str, whom: tuple[int, ...]):
    (event,) = events_of(row, KNOWN)
    parts = (event.topic, event.application, event.environment, event.cluster, event.id)
    assert " ".join(each or "-" for each in parts) == told
    assert tuple(event.is_told(seen) for seen in (HERE, ELSEWHERE, OTHER_APPLICATION)) == tuple(map(bool, whom))
    assert event.is_told(BY_LABEL) == event.is_told(HERE)
    assert event.is_told((EVERYWHERE,))
    assert event.is_told(NOTHING) == (told == "stop - - - s")


def test_what_nobody_knows_is_told_to_nobody():
    for table in {row.table for row, *_ in CASES}:
        ids = dict.fromkeys(("application", "environment", "app_environment", "cluster", "id"), "gone")
        assert events_of(ChangedRow(table=table, **ids), KNOWN) == ()
    assert events_of(ChangedRow(table="of the next release", id="x"), KNOWN) == ()


def test_rows_of_places_are_those_that_change_what_is_known():
    tables = {row.table for row, *_ in CASES}
    assert tables > PLACE_TABLES


def test_a_renamed_application_is_told_by_both_names_and_to_whoever_sees_either():
    renamed = ApplicationRef(id=SHOP.id, name="store", labels={"team": "shop"})
    now = KnownPlaces(applications={SHOP.id: renamed})
    events = merged(events_of(ChangedRow(table="applications", application=SHOP.id), KNOWN, now))
    assert [each.application for each in events] == ["shop", "store"]
    relabelled = KnownPlaces(applications={SHOP.id: ApplicationRef(id=SHOP.id, name="shop", labels={"team": "b"})})
    (both,) = merged(events_of(ChangedRow(table="applications", application=SHOP.id), KNOWN, relabelled))
    for team in ("web", "b"):
        assert both.is_told((Scope(labels=frozenset({("team", team)})),))
    assert not both.is_told((Scope(labels=frozenset({("team", "c")})),))


def test_a_change_is_told_once_in_a_batch():
    event = ChangeEvent(topic=ChangeTopic.HOLD, environment="Production", places=((None, PRODUCTION),))
    assert merged([event, event]) == (event,)


def test_how_a_place_looks_is_told_to_whoever_sees_it():
    (event,) = overview_events([(SHOP.id, PRODUCTION.id), ("gone", PRODUCTION.id)], KNOWN)
    assert event.told == (ChangeTopic.OVERVIEW, "shop", "Production", None, None)
    assert (event.is_told(HERE), event.is_told(ELSEWHERE)) == (True, False)
