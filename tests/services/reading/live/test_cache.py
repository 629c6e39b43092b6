"""What is kept of clusters, and what changes of it mark."""

from dataclasses import replace

from domain.resources import Manifest
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, StreamState
from services.reading.live.judging import ANY_WORKLOAD
from tests.support.live import record_of
from tests.support.pictures import gone, pod_of, stream, told, web
from tests.support.rollouts import at

SPOT = ("id-of-prod-eu", "shop")


def cache_with(*changes: Changes) -> LiveCache:
    cache = LiveCache()
    for each in changes:
        cache.apply(each)
    cache.marks()
    return cache


def marked(cache: LiveCache) -> set[tuple[str, str]]:
    return set(cache.marks().workloads.get(SPOT, ()))


def names(cache: LiveCache, kind: tuple[str, str] = ("apps", "Deployment")) -> list[str]:
    return sorted(each.key.name for each in cache.records(*SPOT).get(kind, ()))


def test_records_are_kept_by_cluster_namespace_and_kind():
    cache = cache_with(told(web(), pod_of(web())), told(web(name="other"), namespace="elsewhere"))
    assert (names(cache), names(cache, ("", "Pod"))) == (["web"], ["web-abc-1"])
    assert cache.count("id-of-prod-eu") == 3
    assert {key.name for key in cache.keys("id-of-prod-eu")} == {"web", "other", "web-abc-1"}


def test_a_pod_marks_the_deployment_that_it_is_below():
    cache = cache_with(told(web()))
    cache.apply(told(pod_of(web())))
    assert ("Deployment", "web") in marked(cache)
    cache.apply(gone(pod_of(web())))
    assert ("Deployment", "web") in marked(cache)


def test_an_object_whose_workload_cannot_be_told_marks_all_of_its_namespace():
    event = Manifest({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "reason": "FailedMount"})
    cache = LiveCache()
    cache.apply(told(event))
    assert marked(cache) == {ANY_WORKLOAD}


def test_a_new_version_of_the_same_marks_nothing_and_wakes_nobody():
    cache = cache_with(told(web()))
    again = web().edited()
    again["metadata"] |= {"resourceVersion": "2", "namespace": "shop"}
    cache.apply(Changes(cluster_id="id-of-prod-eu", put=(record_of(again),)))
    assert not cache.woken.is_set()
    assert marked(cache) == set()
    (kept,) = cache.records(*SPOT)["apps", "Deployment"]
    assert kept.version == "2"


def test_what_is_gone_is_dropped_and_what_was_never_there_marks_nothing():
    cache = cache_with(told(web()))
    cache.apply(gone(web(name="never")))
    assert marked(cache) == set()
    cache.apply(gone(web()))
    assert (names(cache), cache.keys("id-of-prod-eu")) == ([], ())


def test_marks_are_given_once():
    cache = LiveCache()
    cache.apply(told(web()))
    first, second = cache.marks(), cache.marks()
    assert first.workloads[SPOT] == {("Deployment", "web")}
    assert first.states == {"id-of-prod-eu": cache.states("id-of-prod-eu")}
    assert (second.workloads, second.states) == ({}, {})


def test_a_heartbeat_is_kept_and_marks_nothing():
    cache = cache_with(told(web()))
    cache.apply(Changes(cluster_id="id-of-prod-eu", states=(stream(heard_at=at(60)),)))
    assert cache.marks().states == {}
    assert at(60) in {each.heard_at for each in cache.states("id-of-prod-eu")}


def test_a_stream_that_ended_has_ended_since_then_whatever_is_tried():
    cache = cache_with(told())
    for seconds, state in ((10, StreamState.UNREACHABLE), (12, StreamState.LISTING), (14, StreamState.UNREACHABLE)):
        cache.apply(Changes(cluster_id="id-of-prod-eu", states=(stream(state=state, since=at(seconds)),)))
    assert {each.since for each in cache.states("id-of-prod-eu") if each.state is StreamState.UNREACHABLE} == {at(10)}
    cache.apply(Changes(cluster_id="id-of-prod-eu", states=(stream(since=at(20)),)))
    assert at(20) in {each.since for each in cache.states("id-of-prod-eu")}


def test_streams_that_nobody_wants_any_more_are_gone():
    cache = cache_with(told())
    kept = stream()
    cache.restate("id-of-prod-eu", [kept])
    assert cache.states("id-of-prod-eu") == (kept,)
    assert cache.marks().states == {"id-of-prod-eu": (kept,)}
    cache.restate("id-of-prod-eu", [replace(kept, heard_at=at(1))])
    assert cache.marks().states == {}


def test_a_cluster_that_was_deleted_leaves_nothing():
    cache = cache_with(told(web()))
    cache.forget("id-of-prod-eu")
    assert (names(cache), cache.states("id-of-prod-eu"), cache.clusters()) == ([], (), ())
    assert marked(cache) == {ANY_WORKLOAD}
