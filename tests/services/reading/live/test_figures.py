"""What the metrics say of the live picture."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from domain.divergences import Divergence, DivergenceKind, OpenDivergence
from services.reading.live.cache import LiveCache
from services.reading.live.changes import StreamState
from services.reading.live.live import Live
from services.reading.live.place_rows import Places
from services.reading.live.places import PODS
from tests.support.pictures import WEB, Clock, picture_of, places_of, pod_of, stream, told, web
from tests.support.records import app_environment_record
from tests.support.rollouts import START

DRIFTED = OpenDivergence(
    id="id-1",
    divergence=Divergence(kind=DivergenceKind.SKEW, workload=WEB, container="web", init=False, found=()),
    since=START,
    opened_at=START,
)


def test_the_figures_count_streams_records_and_clusters_that_are_not_kept_up_to_date():
    cache, now = LiveCache(), datetime.now(UTC)
    both = app_environment_record(clusters=("prod-eu", "prod-us"))
    places = SimpleNamespace(now=places_of(both, divergences=(DRIFTED,)))
    live = Live(places=cast("Places", places), cache=cache, picture=picture_of(cache, Clock()))
    fresh, silent = now - timedelta(seconds=1), now - timedelta(seconds=40)
    cache.apply(told(web(), pod_of(web()), states=(stream(heard_at=fresh), stream(PODS, heard_at=fresh))))
    down = stream(state=StreamState.UNREACHABLE, heard_at=silent)
    # What a cluster does not serve is not heard of, and nothing is amiss.
    absent = stream(PODS, StreamState.NOT_SERVED, heard_at=now - timedelta(days=1))
    cache.apply(told(web(), cluster="prod-us", states=(down, absent)))
    figures = live.figures()
    assert (figures.records, figures.stale_clusters, figures.revision) == (3, 1, 0)
    assert {state: count for state, count in figures.streams.items() if count} == {
        StreamState.LIVE: 2,
        StreamState.UNREACHABLE: 1,
        StreamState.NOT_SERVED: 1,
    }
    assert 40 <= figures.oldest < 80
    assert {state: count for state, count in figures.clusters.items() if count} == {
        StreamState.LIVE: 1,
        StreamState.UNREACHABLE: 1,
    }
    assert figures.down >= (now - down.since).total_seconds() > 0
    assert {kind: count for kind, count in figures.divergences.items() if count} == {DivergenceKind.SKEW: 1}


def test_a_cluster_of_no_environment_any_more_is_not_counted():
    cache = LiveCache()
    places = SimpleNamespace(now=places_of(app_environment_record()))
    live = Live(places=cast("Places", places), cache=cache, picture=picture_of(cache, Clock()))
    cache.apply(told(web(), cluster="deleted", states=(stream(state=StreamState.UNREACHABLE, heard_at=START),)))
    figures = live.figures()
    assert (figures.records, figures.stale_clusters, figures.down) == (0, 0, 0)
    assert figures.clusters[StreamState.UNREACHABLE] == figures.streams[StreamState.UNREACHABLE] == 0
