"""Whether a cluster is shown as reachable: by its streams, where they know more than its last probe."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.words import Reachability
from services.reading.live.changes import StreamState
from services.reading.live.places import PODS
from services.reading.live.reachability import as_seen
from tests.support.pictures import stream
from tests.support.records import cluster_record
from tests.support.rollouts import at


def seen(*states, reachability=Reachability.REACHABLE, seconds: float = 1000.0):
    record = replace(cluster_record(), reachability=reachability, last_seen_at=at(60), last_error="The last probe.")
    return as_seen(record, states, now=at(seconds), stale_after=timedelta(seconds=15))


def down(state: StreamState = StreamState.UNREACHABLE, *, since: float = 900.0, **more):
    return stream(state=state, since=at(since), heard_at=at(890), **more)


def test_a_cluster_is_reachable_while_a_stream_stands_whatever_its_last_probe_said():
    found = seen(stream(heard_at=at(990)), down(), reachability=Reachability.UNREACHABLE)
    assert (found.reachability, found.last_seen_at, found.last_error) == (Reachability.REACHABLE, at(990), None)


def test_a_cluster_whose_streams_have_all_been_down_for_long_is_not_reachable_and_says_why():
    found = seen(down(message="No route."), replace(down(since=910), kind=PODS))
    assert (found.reachability, found.last_error) == (Reachability.UNREACHABLE, "No route.")
    assert found.last_seen_at == at(890)


@pytest.mark.parametrize("state", [down(StreamState.REFUSED), down(code="cluster-certificate")])
def test_a_cluster_that_refuses_the_credential_is_told_apart(state):
    assert seen(state).reachability is Reachability.REFUSED


@pytest.mark.parametrize(
    "states",
    [
        (),
        (down(since=990),),
        (down(StreamState.LISTING),),
        (down(StreamState.SILENT, code="cluster-unwatched"),),
        (stream(state=StreamState.NOT_SERVED),),
    ],
    ids=["nothing is watched", "down for a moment", "being listed", "nobody watches", "not served"],
)
def test_else_its_last_probe_is_all_that_is_known(states):
    assert seen(*states) == seen()
