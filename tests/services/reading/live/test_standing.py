"""How far what is known can be relied on, by the states of the streams that tell of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.resources import Kind
from services.reading.live.changes import StreamState
from services.reading.live.places import PODS
from services.reading.live.standing import STALE_AFTER, Standing, longest_down, standing, worst_state
from tests.support.pictures import DEPLOYMENTS, stream
from tests.support.rollouts import START, at

STATEFUL_SETS = Kind(group="apps", version="v1", name="StatefulSet")


def stands(*states, kinds=(DEPLOYMENTS,), seconds: float = 100.0, **more) -> Standing:
    return standing(states, kinds, "shop", now=at(seconds), **more)


def why(found: Standing) -> tuple[str, str]:
    """The code and the words of its failure."""
    assert found.failure is not None
    return found.failure.code, found.failure.detail


def down(state: StreamState, *, since: float = 95.0, **more):
    return stream(state=state, since=at(since), heard_at=at(90), **more)


def test_a_place_whose_streams_stand_is_live_since_the_last_of_them_does():
    found = stands(stream(heard_at=at(50)), stream(PODS, since=at(20), heard_at=at(60)))
    assert (found.known, found.live, found.failure) == (True, True, None)
    assert (found.since, found.heard_at) == (at(20), at(50))


def test_the_state_of_a_cluster_is_that_of_its_worst_stream():
    for worst, states in (
        (StreamState.LIVE, (StreamState.LIVE, StreamState.NOT_SERVED)),
        (StreamState.POLLED, (StreamState.LIVE, StreamState.POLLED)),
        (StreamState.SILENT, (StreamState.LISTING, StreamState.SILENT)),
        (StreamState.REFUSED, (StreamState.UNREACHABLE, StreamState.REFUSED)),
        (StreamState.NOT_SERVED, (StreamState.NOT_SERVED,)),
    ):
        assert worst_state([stream(state=each) for each in states]) is worst
    assert worst_state([]) is StreamState.NOT_SERVED


def test_what_has_been_down_for_longest_counts_and_what_is_being_listed_is_not_down():
    states = [down(StreamState.SILENT, since=95), down(StreamState.REFUSED, since=80)]
    listing = down(StreamState.LISTING, since=10)
    assert longest_down([*states, listing], now=at(100)) == timedelta(seconds=20)
    assert longest_down([stream(), listing], now=at(100)) == timedelta()


def test_a_namespace_that_is_read_beside_the_watch_of_its_cluster_is_as_its_own_list_says():
    for added, live in ((down(StreamState.LISTING), False), (stream(), True)):
        beside = replace(added, namespace="shop")
        elsewhere = replace(added, namespace="other")
        for states in ((stream(), beside), (beside, stream())):
            assert stands(*states, stream(PODS)).live is live
        assert stands(stream(), elsewhere, stream(PODS)).live


def test_a_stream_of_the_namespace_that_has_just_begun_counts_once_it_was_heard_of():
    begun = stream(state=StreamState.LISTING, namespace="shop", heard_at=None)
    assert stands(stream(), begun, stream(PODS)).live


def test_a_kind_that_is_polled_stands_as_well():
    assert stands(stream(state=StreamState.POLLED), stream(PODS)).live


@pytest.mark.parametrize("state", [StreamState.UNREACHABLE, StreamState.SILENT, StreamState.LISTING])
def test_a_stream_that_ended_a_moment_ago_leaves_what_is_known_as_it_was(state):
    found = stands(down(state), stream(PODS))
    assert (found.known, found.live, found.failure) == (True, False, None)
    assert found.stale_at == at(95) + STALE_AFTER


def test_what_is_known_becomes_stale_and_says_why():
    found = stands(down(StreamState.UNREACHABLE, code="cluster-unreachable", message="No route."), stream(PODS))
    later = stands(
        down(StreamState.UNREACHABLE, code="cluster-unreachable", message="No route."), stream(PODS), seconds=111
    )
    assert found.failure is None
    assert (later.known, why(later)) == (True, ("cluster-unreachable", "No route."))
    assert (later.heard_at, later.since) == (START, at(95))


def test_what_went_down_at_a_time_that_is_still_to_come_counts_as_long_ago():
    later = STALE_AFTER.total_seconds()
    near, far = (stands(down(StreamState.SILENT, since=100 + later + more), stream(PODS)) for more in (-1, 1))
    assert (near.failure, why(far)[0]) == (None, "cluster-silent")


def test_a_refused_credential_is_told_at_once():
    assert why(stands(down(StreamState.REFUSED), stream(PODS)))[0] == "cluster-access-denied"


def test_a_place_of_which_a_kind_was_never_read_is_not_known():
    for states in (
        (),
        (stream(),),
        (stream(), stream(PODS, StreamState.LISTING, heard_at=None)),
        (stream(PODS),),
    ):
        found = stands(*states)
        assert (found.known, why(found)[0]) == (False, "cluster-not-read-yet")


def test_a_cluster_that_never_answered_says_so_and_not_that_it_is_being_read():
    states = (
        stream(state=StreamState.UNREACHABLE, heard_at=None, code="cluster-unreachable", message="No route."),
        stream(PODS, StreamState.LISTING, heard_at=None),
    )
    found = stands(*states)
    assert (found.known, why(found)[1], found.since) == (False, "No route.", START)


@pytest.mark.parametrize("state", [StreamState.REFUSED, StreamState.NOT_SERVED])
def test_a_cluster_that_does_not_let_pods_be_read_is_judged_without_them(state):
    assert stands(stream(), stream(PODS, state, heard_at=None)).live


def test_pods_that_are_resources_themselves_have_to_be_read():
    refused = stream(PODS, StreamState.REFUSED, heard_at=None, code="cluster-access-denied", message="No.")
    assert why(stands(refused, kinds=(PODS,)))[1] == "No."


def test_a_kind_that_is_not_served_has_no_objects():
    found = stands(
        stream(),
        stream(STATEFUL_SETS, StreamState.NOT_SERVED, heard_at=None),
        stream(PODS),
        kinds=(DEPLOYMENTS, STATEFUL_SETS),
    )
    assert (found.known, found.live) == (True, True)


def test_streams_of_other_namespaces_and_kinds_do_not_count():
    others = (
        stream(namespace="other", state=StreamState.UNREACHABLE, heard_at=None),
        stream(STATEFUL_SETS, StreamState.UNREACHABLE, heard_at=None),
    )
    assert stands(stream(namespace="shop"), stream(PODS, namespace="shop"), *others).live


def test_a_stream_that_stands_counts_before_one_of_the_same_kind_that_does_not():
    ended = stream(namespace="shop", state=StreamState.UNREACHABLE)
    assert stands(stream(), ended, stream(PODS)).live
    assert stands(ended, stream(), stream(PODS)).live


def test_a_place_without_workloads_is_known():
    assert stands(kinds=()).live


def test_the_time_until_it_is_stale_can_be_set():
    found = stands(down(StreamState.SILENT), stream(PODS), stale_after=timedelta(seconds=1))
    assert why(found)[0] == "cluster-silent"


CERTIFICATES, CLUSTERS = Kind.of("cert-manager.io/v1", "Certificate"), Kind.of("postgresql.cnpg.io/v1", "Cluster")


@pytest.mark.parametrize(
    ("certificates", "clusters", "known", "code"),
    [
        (StreamState.LIVE, StreamState.REFUSED, True, None),
        (StreamState.LIVE, StreamState.UNREACHABLE, True, None),
        (StreamState.LIVE, None, True, None),
        (StreamState.NOT_SERVED, StreamState.REFUSED, True, None),
        (StreamState.REFUSED, StreamState.REFUSED, True, "cluster-access-denied"),
        (StreamState.UNREACHABLE, StreamState.UNREACHABLE, True, "cluster-unreachable"),
        (None, None, False, "cluster-not-read-yet"),
    ],
)
def test_without_workloads_a_custom_kind_that_stands_says_that_the_cluster_answers(certificates, clusters, known, code):
    kinds = {CERTIFICATES: certificates, CLUSTERS: clusters}
    states = [down(state, since=50, kind=kind) for kind, state in kinds.items() if state is not None]
    found = stands(*states, kinds=(), custom=kinds)
    assert (found.known, found.failure.code if found.failure else None) == (known, code)


def test_beside_workloads_a_custom_kind_says_nothing_of_the_cluster():
    refused = down(StreamState.REFUSED, kind=CERTIFICATES)
    assert stands(stream(), stream(PODS), refused, custom=(CERTIFICATES,)).failure is None
