"""What is shown of places: judged once when something changes, marked where it cannot be relied on."""

from dataclasses import replace

import orjson
import pytest
from structlog.testing import capture_logs

from api.schemas.overview import MatrixCell, cell_json
from domain.namespaces import GivenNamespace
from domain.resources import Manifest
from services.planning.health.values import HealthState
from services.reading.live.cells import Cell
from services.reading.live.changes import Changes, StreamState
from services.reading.live.judging import judged
from tests.support.pictures import (
    DIGEST,
    WEB,
    Shown,
    gone,
    places_of,
    pod_of,
    production,
    stream,
    told,
    web,
)
from tests.support.rollouts import START, at


@pytest.fixture
async def shown() -> Shown:
    """Web runs on prod-eu and is ready."""
    return await Shown().after(told(web(), pod_of(web())))


async def test_a_cell_says_what_pods_run_and_how_it_is(shown):
    (image,) = shown.cell.images
    assert (image.workload, image.tag, image.digest) == ("Deployment/web", "1", DIGEST)
    assert (shown.cell.health, shown.cell.skew, shown.cell.stale) == (HealthState.READY, False, False)


async def test_the_page_of_the_application_shows_the_same(shown):
    (cluster,) = shown.clusters
    (workload,) = cluster.facts.workloads
    assert (workload.health.state, workload.containers[0].image.digest) == (HealthState.READY, DIGEST)
    assert (cluster.reachable, cluster.live, cluster.read_at) == (True, True, START)


async def test_a_change_is_shown_with_a_later_revision(shown):
    before = shown.picture.revision
    await shown.after(told(web("2"), states=()))
    assert [each.tag for each in shown.cell.images] == ["2"]
    assert shown.picture.revision == before + 1
    assert shown.picture.changes_after(before) == {shown.place.key}


async def test_what_does_not_change_what_is_shown_raises_no_revision(shown):
    before, judged = shown.picture.revision, shown.picture.judgements.count
    moved = web().edited()
    moved["metadata"]["resourceVersion"] = "2"
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(stream(heard_at=at(900)),)))
    assert (shown.picture.revision, shown.picture.judgements.count) == (before, judged)
    assert shown.clusters[0].live


async def test_only_the_application_is_judged_of_which_something_changed():
    blog = production()
    blog = replace(blog, id="blog", application=replace(blog.application, id="id-of-blog", name="blog"))
    other = replace(WEB, name="other")
    shown = await Shown(production(), replace(blog, resources=(other,))).after(told(web(), web(name="other")))
    judged = shown.picture.judgements.count
    await shown.after(told(pod_of(web()), states=()))
    assert shown.picture.judgements.count == judged + 1


async def test_a_workload_that_is_not_there_is_missing_once_its_kind_has_been_read():
    shown = await Shown().after(told(states=(stream(state=StreamState.LISTING, heard_at=None),)))
    assert (shown.cell.stale, shown.cell.health) == (True, HealthState.UNKNOWN)
    await shown.after(told())
    assert (shown.cell.stale, shown.cell.health) == (False, HealthState.MISSING)


async def test_while_a_kind_is_listed_anew_what_was_known_is_shown_and_what_is_new_is_being_read(shown):
    other = replace(production(), id="blog", application=replace(production().application, id="id-of-blog"))
    other = replace(other, resources=(replace(WEB, name="other"),))
    anew = stream(state=StreamState.LISTING, since=at(1000), heard_at=None)
    shown.cache.apply(Changes(cluster_id="id-of-prod-eu", states=(anew,)))
    await shown.replaced(production(), other)
    known, new = (MatrixCell.model_validate_json(shown.picture.cell(each).encoded) for each in shown.places.all)
    assert ([each.tag for each in known.images], known.stale) == (["1"], False)
    assert (new.health, new.stale) == (HealthState.UNKNOWN, True)
    await shown.after(told(web(name="other")))
    new = MatrixCell.model_validate_json(shown.picture.cell(shown.places.all[1]).encoded)
    assert (new.health, new.stale) == (HealthState.READY, False)


async def test_what_is_read_while_others_are_judged_is_not_missing_until_it_is_judged(monkeypatch):
    shown = Shown()
    judge = shown.picture.judgements.judge

    async def slow(marks, *, now):
        changed = await judge(marks, now=now)
        shown.cache.apply(told(web()))
        return changed

    monkeypatch.setattr(shown.picture.judgements, "judge", slow)
    await shown.after()
    assert (shown.cell.health, shown.cell.stale) == (HealthState.UNKNOWN, True)
    await shown.after()
    assert (shown.cell.health, shown.cell.stale) == (HealthState.READY, False)


async def test_a_workload_that_was_deleted_is_missing(shown):
    await shown.after(gone(web()))
    assert shown.cell.health is HealthState.MISSING


async def test_clusters_that_run_different_images_are_skewed():
    shown = Shown(production(clusters=("prod-eu", "prod-us")))
    await shown.after(told(web("1")), told(web("2"), cluster="prod-us"))
    assert (shown.cell.skew, [each.tag for each in shown.cell.images]) == (True, ["1"])


async def test_a_cluster_that_stops_answering_is_shown_as_it_was_and_then_marked(shown):
    lost = Changes(
        cluster_id="id-of-prod-eu",
        states=(stream(state=StreamState.UNREACHABLE, since=at(1000), message="No route."),),
    )
    await shown.after(lost)
    (cluster,) = shown.clusters
    assert (cluster.reachable, cluster.live, shown.cell.stale) == (True, False, False)
    await shown.after(seconds=16)
    (cluster,) = shown.clusters
    assert (cluster.reachable, cluster.stale, cluster.error, cluster.since) == (False, True, "No route.", at(1000))
    assert cluster.read_at == START
    assert (shown.cell.stale, shown.cell.health) == (True, HealthState.UNKNOWN)
    assert [each.tag for each in shown.cell.images] == ["1"]


async def test_a_cluster_that_is_back_in_time_was_never_marked(shown):
    ended = stream(state=StreamState.UNREACHABLE, since=at(1000))
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(ended,)))
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(stream(since=at(1005)),)), seconds=5)
    await shown.after(seconds=60)
    assert (shown.cell.stale, shown.clusters[0].live) == (False, True)


async def test_a_cluster_that_answers_says_what_runs_before_one_that_does_not():
    shown = Shown(production(clusters=("prod-eu", "prod-us")))
    await shown.after(told(web("1")), told(web("2"), cluster="prod-us"))
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(stream(state=StreamState.REFUSED),)))
    assert ([each.tag for each in shown.cell.images], shown.cell.stale) == (["2"], True)


async def test_what_is_not_known_now_is_a_failure_for_whoever_asks_what_runs(shown):
    (facts,) = shown.picture.facts(shown.place.target)
    assert (facts.failure, [each.image.tag for each in facts.images]) == (None, ["1"])
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(stream(state=StreamState.REFUSED),)))
    (facts,) = shown.picture.facts(shown.place.target)
    assert (facts.failure.code, facts.images) == ("cluster-access-denied", ())


async def test_a_namespace_that_was_taken_back_reads_as_such_and_shows_nothing(shown):
    taken = replace(shown.place.target.environment, given=())
    await shown.replaced(replace(production(), environment=taken))
    (cluster,) = shown.clusters
    assert (cluster.facts, cluster.failure.code) == (None, "namespace-not-given")
    assert (shown.cell.images, shown.cell.stale) == ([], True)
    assert shown.places.wanted() == {}


async def test_what_was_given_again_is_judged_again(shown):
    environment = shown.place.target.environment
    given = (GivenNamespace(environment_id=environment.id, pattern="shop", applications=None),)
    for each in ((), given):
        await shown.replaced(replace(production(), environment=replace(environment, given=each)))
    assert [each.tag for each in shown.cell.images] == ["1"]


async def test_rows_of_the_database_are_shown_as_soon_as_they_are_read(shown):
    before = shown.picture.revision
    shown.places = places_of(production(active_operation="0190"))
    shown.picture.place(shown.places)
    assert shown.picture.is_unfinished(shown.place)
    assert shown.cell.active_operation == "0190"
    await shown.after()
    assert (shown.picture.revision, shown.picture.is_unfinished(shown.place)) == (before + 1, False)


async def test_rows_that_say_the_same_change_nothing(shown):
    before, judged = shown.picture.revision, shown.picture.judgements.count
    await shown.replaced(production())
    assert (shown.picture.revision, shown.picture.judgements.count) == (before, judged)


async def test_another_namespace_is_another_place(shown):
    await shown.replaced(production(namespace="elsewhere"))
    assert shown.cell.health is HealthState.MISSING


async def test_what_is_moved_while_it_is_judged_is_judged_where_it_is(shown, monkeypatch):
    both = ("prod-eu", "prod-us")
    await shown.replaced(production(clusters=both))
    await shown.after(told(web("2"), pod_of(web("2")), cluster="prod-us"))

    def moving(*given, **more):
        shown.places = places_of(production(clusters=both, namespace="elsewhere"))
        shown.picture.place(shown.places)
        return judged(*given, **more)

    with monkeypatch.context() as context:
        context.setattr("services.reading.live.judgements.judged", moving)
        await shown.after(told(web("3")), told(web("3"), cluster="prod-us"))
    await shown.after()
    assert [len(each.facts.workloads) for each in shown.clusters] == [0, 0]  # none is there


async def test_nothing_is_kept_of_what_was_deleted_or_runs_elsewhere(shown):
    await shown.replaced(production(clusters=("prod-us",)))
    picture = shown.picture
    assert {cluster_id for _, cluster_id in picture._standing} == {"id-of-prod-us"}
    picture.place(places_of())
    await shown.after()
    assert [picture._standing, picture._revisions, picture._cells] == [{}, {}, {}]
    assert [picture.judgements._known, picture.judgements._due, picture.judgements._dirty] == [{}, {}, set()]


async def test_a_cluster_that_was_added_is_being_read(shown):
    await shown.replaced(production(clusters=("prod-eu", "prod-us")))
    eu, us = shown.clusters
    assert (eu.reachable, us.reachable, us.failure.code) == (True, False, "cluster-not-read-yet")


async def test_what_is_deleted_changes_as_well(shown):
    key, before = shown.place.key, shown.picture.revision
    shown.picture.place(places_of())
    await shown.after()
    assert shown.picture.changes_after(before) == {key}


async def test_an_unconfigured_place_names_its_clusters_and_asks_none():
    shown = await Shown(production(configured_at=None, namespace=None)).after()
    (cluster,) = shown.clusters
    assert (cluster.reachable, cluster.facts, shown.cell.configured, shown.cell.stale) == (True, None, False, False)
    assert shown.picture.facts(shown.place.target) == ()


async def test_changes_of_long_ago_or_of_another_run_are_not_known(shown):
    assert shown.picture.changes_after(shown.picture.revision + 1) is None
    assert shown.picture.changes_after(shown.picture.revision) == frozenset()
    for number in range(1100):
        await shown.after(told(web(str(number)), states=()))
    assert shown.picture.changes_after(5) is None
    assert shown.picture.changes_after(shown.picture.revision - 3) == {shown.place.key}


def crashing(*, restarts: int, running_since: str | None):
    """A pod whose container has crashed, and waits, or runs again."""
    ended = {"terminated": {"exitCode": 1, "startedAt": "2026-01-01T12:15:00Z", "finishedAt": "2026-01-01T12:15:20Z"}}
    state = {"running": {"startedAt": running_since}} if running_since else {"waiting": {"reason": "CrashLoopBackOff"}}
    status = {"ready": running_since is not None, "restartCount": restarts, "state": state, "lastState": ended}
    return pod_of(web(), status=status)


async def test_health_does_not_flap_at_each_restart_and_recovers_with_time_alone(shown):
    # 12:16:40 is the time of the clock, 1000 seconds after the start.
    replica_set = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "web-abc",
            "uid": "uid-abc",
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "uid-web", "controller": True}],
        },
    }
    deployment = web().edited()
    deployment["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "1"}
    as_is = [Manifest(deployment), Manifest(replica_set)]
    healths = []
    await shown.after(told(*as_is, crashing(restarts=4, running_since=None), states=()))
    healths.append(shown.health.state)
    await shown.after(told(crashing(restarts=4, running_since="2026-01-01T12:16:45Z"), states=()), seconds=6)
    healths.append(shown.health.state)
    await shown.after(seconds=10)
    healths.append(shown.health.state)
    await shown.after(seconds=40)
    healths.append(shown.health.state)
    assert healths == [HealthState.FAILED, HealthState.FAILED, HealthState.FAILED, HealthState.READY]


async def test_the_longer_nothing_happens_the_less_often_time_is_asked():
    shown = await Shown().after(told(web(ready=1)))
    assert shown.cell.health is HealthState.PROGRESSING
    counts = []
    for seconds in (1, 60, 3600):
        await shown.after(seconds=seconds)
        before = shown.picture.judgements.count
        for _ in range(10):
            await shown.after(seconds=1)
        counts.append(shown.picture.judgements.count - before)
    assert counts[0] >= 9
    assert counts[0] > counts[1] > counts[2]


async def test_a_clock_that_is_set_back_keeps_nothing_waiting():
    shown = await Shown().after(told(web(ready=1)))
    shown.clock.set_back = 3600.0
    judged = shown.picture.judgements.count
    await shown.after(seconds=2)
    assert shown.picture.judgements.count == judged + 1
    shown.clock.set_back = 0.0
    await shown.after(Changes(cluster_id="id-of-prod-eu", states=(stream(state=StreamState.SILENT, since=at(1002)),)))
    assert not shown.cell.stale
    shown.clock.set_back = 3600.0
    await shown.after(seconds=16)
    assert shown.cell.stale


async def test_what_is_decided_is_not_judged_again_by_time(shown):
    judged = shown.picture.judgements.count
    await shown.after(seconds=7200)
    assert shown.picture.judgements.count == judged


async def test_whoever_waits_is_told_of_a_later_revision(shown):
    now = shown.picture.revision
    await shown.after(told(web("2"), states=()))
    assert await shown.picture.changed_after(now) == now + 1


async def test_equal_cells_have_equal_digests_in_every_process(shown):
    other = await Shown().after(told(web(), pod_of(web())))
    assert shown.picture.cell(shown.place) == other.picture.cell(other.place)
    await other.after(told(web("2"), states=()))
    assert shown.picture.cell(shown.place).digest != other.picture.cell(other.place).digest
    assert orjson.loads(shown.picture.cell(shown.place).encoded)["environment"] == "Production"


async def test_who_asks_while_many_cells_are_encoded_waits_for_none_of_them(shown):
    """What clusters tell is shown with the next revision, and what rows say at once."""
    blog = production()
    blog = replace(blog, id="blog", application=replace(blog.application, id="id-of-blog", name="blog"))
    await shown.replaced(production(), blog)
    encode = shown.picture._encode
    asked: list[Cell] = []

    def encoding(cell):
        shown.picture._encode = encode
        asked.extend(shown.picture.cell(each) for each in shown.places.all)
        return encode(cell)

    before = [shown.picture.cell(each) for each in shown.places.all]
    shown.picture._encode = encoding
    await shown.after(told(web("2"), states=()))
    assert asked == before
    assert all(shown.picture.cell(each) != was for each, was in zip(shown.places.all, before, strict=True))
    shown.picture.place(places_of(production(active_operation="underway"), blog))
    assert [
        bool(MatrixCell.model_validate_json(shown.picture.cell(each).encoded).active_operation)
        for each in (*shown.picture._places.all,)
    ] == [True, False]


async def test_what_takes_long_is_judged_less_often():
    shown = Shown()
    shown.clock.each = 0.5
    await shown.after(told(web("1")))
    await shown.after(told(web("2"), states=()), seconds=1)
    soon = [each.tag for each in shown.cell.images]
    await shown.after(seconds=4.5)
    assert (soon, [each.tag for each in shown.cell.images]) == (["1"], ["2"])


async def test_what_cannot_be_judged_keeps_nothing_else_from_being_judged(shown, monkeypatch):
    def broken(found, asked, **more):
        if found.cluster == "prod-eu":
            raise RuntimeError("a bug")
        return judged(found, asked, **more)

    await shown.replaced(production(clusters=("prod-eu", "prod-us")))
    with monkeypatch.context() as context:
        context.setattr("services.reading.live.judgements.judged", broken)
        await shown.after(told(web("2")), told(web("2"), cluster="prod-us"))
    eu, us = shown.clusters
    assert [each.facts.images[0].image.tag for each in (eu, us)] == ["1", "2"]
    await shown.after(seconds=61)
    assert shown.clusters[0].facts.images[0].image.tag == "2"


async def test_what_cannot_be_encoded_reads_as_unread_and_keeps_nothing_else_from_being_shown(shown, monkeypatch):
    blog = replace(production(), id="blog", application=replace(production().application, id="id-of-blog"))
    await shown.replaced(production(), replace(blog, resources=(replace(WEB, name="other"),)))

    def broken(cell):
        if [each.tag for each in cell.images] == ["2"]:
            raise RuntimeError("a bug")
        return cell_json(cell)

    with monkeypatch.context() as context, capture_logs() as logged:
        context.setattr(shown.picture, "_encode", broken)
        await shown.after(told(web("2"), web("3", name="other")))
        await shown.after(told(web("2", ready=1)))
    cells = [MatrixCell.model_validate_json(shown.picture.cell(each).encoded) for each in shown.places.all]
    assert [(cell.stale, [each.tag for each in cell.images]) for cell in cells] == [(True, []), (False, ["3"])]
    assert [(each["application"], each["environment"]) for each in logged] == [("shop", "Production")]
    await shown.after(seconds=61)
    assert [each.tag for each in shown.cell.images] == ["2"]


async def test_a_large_namespace_is_judged_the_same():
    pods = [pod_of(web(), name=f"web-abc-{number}") for number in range(450)]
    shown = await Shown().after(told(web(), *pods))
    assert (shown.cell.health, shown.cell.images[0].digest) == (HealthState.READY, DIGEST)
