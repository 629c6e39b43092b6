"""What is known of custom resources is as good as the stream of their kind, and no worse for another one's."""

import pytest

from domain.resources import Kind, ResourceId
from services.planning.health.values import Health, HealthState
from services.planning.images.custom_facts import CustomResourceFacts
from services.reading.live.changes import KindState, StreamState
from services.reading.live.custom_standing import CustomStanding, as_known, custom_standing
from services.reading.live.standing import STALE_AFTER
from tests.support.pictures import stream
from tests.support.rollouts import at

WIDGETS, CERTIFICATES = Kind.of("shop.example/v1", "Widget"), Kind.of("cert-manager.io/v1", "Certificate")
KEY = ("shop.example", "Widget")
NOW = 100.0


def stands(*states: KindState, kinds=(WIDGETS,), seconds: float = NOW) -> CustomStanding:
    return custom_standing(states, kinds, "shop", now=at(seconds), stale_after=STALE_AFTER)


def widgets(state: StreamState, **more) -> KindState:
    return stream(WIDGETS, state, **{"since": at(95), "heard_at": at(90), **more})


@pytest.mark.parametrize("state", [StreamState.LIVE, StreamState.POLLED])
def test_what_was_judged_is_shown_while_its_stream_stands(state):
    assert stands(widgets(state)) == CustomStanding(instead={})


def test_a_kind_whose_stream_has_not_listed_yet_is_being_read():
    for found in (stands(), stands(widgets(StreamState.LISTING, heard_at=None))):
        assert (found.instead[KEY].state, found.instead[KEY].reason) == (HealthState.UNKNOWN, "cluster-not-read-yet")


@pytest.mark.parametrize(
    ("state", "health", "reason"),
    [
        (StreamState.REFUSED, HealthState.UNKNOWN, "cluster-access-denied"),
        (StreamState.NOT_SERVED, HealthState.MISSING, "kind-not-served"),
    ],
)
def test_what_may_not_be_read_or_is_not_served_is_told_at_once_and_since_when(state, health, reason):
    shown = stands(widgets(state)).instead[KEY]
    assert (shown.state, shown.reason, shown.since) == (health, reason, at(95))


@pytest.mark.parametrize("state", [StreamState.UNREACHABLE, StreamState.SILENT, StreamState.LISTING])
def test_a_stream_that_ended_a_moment_ago_changes_nothing_until_it_has_been_down_for_long(state):
    assert stands(widgets(state)) == CustomStanding(instead={}, stale_at=at(95) + STALE_AFTER)
    assert stands(widgets(state), seconds=111).instead[KEY].state is HealthState.UNKNOWN


def test_of_two_streams_of_a_kind_that_which_stands_counts_and_those_of_other_namespaces_do_not():
    refused, live = widgets(StreamState.REFUSED), widgets(StreamState.LIVE, namespace="shop")
    assert not stands(refused, live).instead
    assert not stands(live, refused).instead
    assert stands(widgets(StreamState.LIVE, namespace="other")).instead


def test_only_the_kind_that_is_not_known_is_shown_otherwise():
    ready = Health(state=HealthState.READY, message="It reports Ready.")
    facts = tuple(
        CustomResourceFacts(resource=ResourceId(kind=each, name="x"), health=ready) for each in (WIDGETS, CERTIFICATES)
    )
    standing = stands(widgets(StreamState.REFUSED), stream(CERTIFICATES), kinds=(WIDGETS, CERTIFICATES))
    assert [each.health.state for each in as_known(facts, standing)] == [HealthState.UNKNOWN, HealthState.READY]
