"""Who is told of a change: whoever sees where it is, and nobody else."""

import pytest

from domain.changed_rows import ChangedRow, KnownPlaces
from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope
from services.planning.live.change_events import ChangeEvent, ChangeTopic, Viewer, merged
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


def sees(event: ChangeEvent, *scopes: Scope) -> bool:
    return event.is_told(Viewer(seen=scopes))


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
    (ChangedRow(table="divergences", app_environment="place"), "drift shop Production - -", (1, 0, 0)),
    (ChangedRow(table="receivers", application="shop-id", id="r"), "receiver shop - - r", (1, 1, 0)),
    (ChangedRow(table="receivers", id="r"), "receiver - - - r", (0, 0, 0)),
    (ChangedRow(table="deliveries", application="shop-id", id="r"), "delivery shop - - r", (1, 1, 0)),
    (ChangedRow(table="registries"), "registry - - - -", (0, 0, 0)),
    (ChangedRow(table="polls"), "poll - - - -", (0, 0, 0)),
    (ChangedRow(table="app_environment_events", app_environment="place"), "timeline shop Production - -", (1, 0, 0)),
    (ChangedRow(table="git_repositories"), "git-repository - - - -", (0, 0, 0)),
    (ChangedRow(table="declared_kinds"), "declared-kind - - - -", (0, 0, 0)),
    (
        ChangedRow(table="expected_differences", application="shop-id", environment="prod-id"),
        "expected-difference shop Production - -",
        (1, 0, 0),
    ),
    (ChangedRow(table="application_group_members", application="shop-id"), "application-group - - - -", (1, 1, 0)),
    (ChangedRow(table="promotion_sets", app_environment="place"), "promotion-set shop Production - -", (1, 0, 0)),
]


@pytest.mark.parametrize(("row", "told", "whom"), CASES, ids=[f"{row.table} {told}" for row, told, _ in CASES])
def test_a_change_is_told_to_whoever_sees_where_it_is(row: ChangedRow, told: str, whom: tuple[int, ...]):
    (event,) = events_of(row, KNOWN)
    parts = (event.topic, event.application, event.environment, event.cluster, event.id)
    assert " ".join(each or "-" for each in parts) == told
    assert tuple(sees(event, *seen) for seen in (HERE, ELSEWHERE, OTHER_APPLICATION)) == tuple(map(bool, whom))
    assert sees(event, *BY_LABEL) == sees(event, *HERE)
    assert sees(event, EVERYWHERE)
    assert sees(event) == (told == "stop - - - s")


# Rows of what administrators alone see, and of whom else it is.
ADMINISTERED = [
    (ChangedRow(table="channels"), "channel -", ""),
    (ChangedRow(table="notification_routes"), "channel -", ""),
    (ChangedRow(table="outbox", id="c"), "notification c", ""),
    (ChangedRow(table="people"), "person -", ""),
    (ChangedRow(table="sign_ins", subject="ann"), "session -", "ann"),
    (ChangedRow(table="tokens", subject="ann"), "token -", "ann"),
    (ChangedRow(table="tokens", subject="bot", owner="ann"), "token -", "ann bot"),
    (ChangedRow(table="service_accounts", owner="ann"), "service-account -", "ann"),
    (ChangedRow(table="trusts"), "trust -", ""),
    (ChangedRow(table="bindings"), "binding -", ""),
]


@pytest.mark.parametrize(("row", "told", "owners"), ADMINISTERED, ids=[row.table for row, *_ in ADMINISTERED])
def test_what_administrators_see_is_told_to_them_and_to_whose_own_it_is(row: ChangedRow, told: str, owners: str):
    (event,) = events_of(row, KNOWN)
    assert f"{event.topic} {event.id or '-'}" == told
    assert event.is_told(Viewer(administers=True))
    assert not event.is_told(Viewer(seen=(EVERYWHERE,), own=frozenset({"ben"})))
    for each in ("ann", "bot", "ben"):
        assert event.is_told(Viewer(own=frozenset({each}))) == (each in owners.split())


def test_tokens_of_several_owners_that_change_together_are_told_to_each_of_them():
    rows = [ChangedRow(table="tokens", subject=each) for each in ("ann", "ben")]
    (both,) = merged(event for row in rows for event in events_of(row, KNOWN))
    assert [both.is_told(Viewer(own=frozenset({each}))) for each in ("ann", "ben", "cem")] == [True, True, False]


def test_what_nobody_knows_is_told_to_nobody():
    for table in {row.table for row, *_ in CASES}:
        ids = dict.fromkeys(("application", "environment", "app_environment", "cluster", "id"), "gone")
        if table not in {"registries", "polls", "git_repositories", "declared_kinds"}:  # they are nowhere
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
        assert sees(both, Scope(labels=frozenset({("team", team)})))
    assert not sees(both, Scope(labels=frozenset({("team", "c")})))


def test_a_change_is_told_once_in_a_batch():
    event = ChangeEvent(topic=ChangeTopic.HOLD, environment="Production", places=((None, PRODUCTION),))
    assert merged([event, event]) == (event,)


def test_how_a_place_looks_is_told_to_whoever_sees_it():
    (event,) = overview_events([(SHOP.id, PRODUCTION.id), ("gone", PRODUCTION.id)], KNOWN)
    assert event.told == (ChangeTopic.OVERVIEW, "shop", "Production", None, None)
    assert (sees(event, *HERE), sees(event, *ELSEWHERE)) == (True, False)
