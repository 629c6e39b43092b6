"""What is told of an app environment on all its clusters, and how much of it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from domain.timeline import EventKind, RecordedEvent
from services.planning.health.values import HealthState
from services.planning.timeline.kept import VERSION, PlaceKept
from services.planning.timeline.seen import ClusterSeen, ContainerRestarts, WorkloadSeen
from services.planning.timeline.steps import HOURLY, Step, step, within_limit
from tests.support.rollouts import at

WEB = ResourceId.of("apps/v1", "Deployment", "web")
READY = WorkloadSeen(
    resource=WEB, state=HealthState.READY, settled=True, images=(("app", "web:1"),), revision="1", replicas=2
)
FAILED = replace(READY, state=HealthState.FAILED, settled=False, message="It crashes.")
AWAY = ClusterFailure(code="cluster-unreachable", detail="The cluster does not answer.")


class Looks:
    """One app environment, look by look; `events` as they were told last."""

    def __init__(self) -> None:
        self.kept: PlaceKept | None = None
        self.events: dict[str, RecordedEvent] = {}
        self.ids: Iterator[int] = count()

    def look(self, second: float, *clusters: ClusterSeen) -> Step:
        found = step(self.kept, clusters, operation=None, now=at(second), new_id=self.new_id)
        assert not {each.id for each in found.new} & self.events.keys()
        assert {each.id for each in found.changed} <= self.events.keys()
        self.kept = found.kept
        self.events |= {each.id: each for each in (*found.new, *found.changed)}
        return found

    def looks(self, first: int, last: int, *clusters: ClusterSeen) -> None:
        for second in range(first, last + 1):
            self.look(second, *clusters)

    def new_id(self) -> str:
        return f"{next(self.ids):05}"


def cluster(*workloads: WorkloadSeen, name: str = "eu") -> ClusterSeen:
    return ClusterSeen(id=f"id-of-{name}", name=name, workloads=workloads)


def away(since: float, *, name: str = "eu") -> ClusterSeen:
    return ClusterSeen(id=f"id-of-{name}", name=name, failure=AWAY, since=at(since))


def test_a_cluster_that_cannot_be_read_is_told_from_when_it_was_last_heard_until_it_is_back():
    looks = Looks()
    looks.look(0, cluster(READY))
    looks.looks(20, 30, away(10))
    looks.looks(31, 100, cluster(READY))
    (event,) = looks.events.values()
    assert (event.kind, event.at, event.until, event.cluster) == (EventKind.CLUSTER, at(10), at(31), "eu")
    assert event.detail.reason == "cluster-unreachable"


def test_a_cluster_that_comes_and_goes_is_one_event_and_its_workloads_are_not_judged_meanwhile():
    looks = Looks()
    looks.look(0, cluster(READY))
    for begin in range(100, 500, 100):
        looks.looks(begin, begin + 40, away(begin))
        looks.looks(begin + 41, begin + 99, cluster(READY))
    (event,) = looks.events.values()
    assert (event.count, event.until) == (4, at(441))


def test_a_cluster_that_is_being_read_is_neither_away_nor_back():
    looks = Looks()
    looks.look(0, cluster(READY))
    reading = ClusterSeen(id="id-of-eu", name="eu")
    looks.looks(1, 60, reading)
    assert looks.events == {}
    looks.looks(61, 90, away(61))
    looks.looks(91, 200, reading)
    (event,) = looks.events.values()
    assert event.until is None


def test_each_cluster_has_events_of_its_own():
    looks = Looks()
    looks.look(0, cluster(READY), cluster(READY, name="us"))
    looks.looks(1, 20, cluster(FAILED), cluster(READY, name="us"))
    (event,) = looks.events.values()
    assert (event.cluster, event.workload) == ("eu", WEB)


def test_what_leaves_the_app_environment_has_ended():
    looks = Looks()
    looks.look(0, cluster(READY), cluster(READY, name="us"))
    looks.looks(1, 20, cluster(FAILED), cluster(FAILED, name="us"))
    looks.look(21, cluster())
    assert [each.until for each in looks.events.values()] == [at(21), at(21)]
    assert looks.look(22, cluster()).changed == ()


def test_nothing_is_waited_for_where_all_is_well_or_has_been_told():
    looks = Looks()
    looks.look(0, cluster(READY))
    assert not looks.look(1, cluster(READY)).kept.waits
    assert looks.look(2, cluster(FAILED)).kept.waits
    looks.looks(3, 20, cluster(FAILED))
    assert looks.kept is not None
    assert not looks.kept.waits
    assert looks.look(21, cluster(READY)).kept.waits


def test_what_is_more_than_an_hour_may_have_is_counted_and_said_once():
    looks = Looks()
    many = [replace(READY, resource=ResourceId.of("apps/v1", "Deployment", f"web-{each}")) for each in range(40)]
    looks.look(0, cluster(*many))
    scaled = step(
        looks.kept, [cluster(*(replace(each, replicas=9) for each in many))], operation=None, now=at(9),
        new_id=looks.new_id,
    )  # fmt: skip
    first = within_limit(scaled, recorded=HOURLY - 10, now=at(9), new_id=looks.new_id)
    *told, omitted = first.new
    assert len(told) == 10
    assert (omitted.kind, omitted.count) == (EventKind.OMITTED, 30)
    again = replace(scaled, kept=first.kept)
    later = within_limit(again, recorded=HOURLY + 1, now=at(60), new_id=looks.new_id)
    assert later.new == ()
    assert (later.changed[-1].id, later.changed[-1].count, later.changed[-1].until) == (omitted.id, 70, at(60))
    hour = within_limit(again, recorded=HOURLY, now=at(9 + 3600), new_id=looks.new_id)
    assert [(each.kind, each.count) for each in hour.new] == [(EventKind.OMITTED, 40)]
    assert within_limit(scaled, recorded=0, now=at(9), new_id=looks.new_id) is scaled


def test_another_release_s_form_of_what_is_remembered_counts_as_nothing_known():
    looks = Looks()
    looks.look(0, cluster(READY))
    assert looks.kept is not None
    stored = looks.kept.to_json()
    assert PlaceKept.from_json(stored) == looks.kept
    assert PlaceKept.from_json({**stored, "version": VERSION + 1}) is None
    looks.looks(1, 20, away(1))
    told = looks.kept.to_json()
    told["clusters"]["id-of-eu"]["away"]["kind"] = "of-the-next-release"
    assert PlaceKept.from_json(told) is None


_STATES = st.sampled_from(
    [
        cluster(READY),
        cluster(FAILED),
        cluster(replace(READY, state=HealthState.PROGRESSING, settled=False)),
        cluster(replace(READY, images=(("app", "web:2"),), revision="2")),
        cluster(replace(READY, replicas=5, scaled_by="kubectl")),
        cluster(
            replace(
                READY,
                restarts=(
                    ContainerRestarts(pod="p", container="app", count=3, reason="Error", exit_code=1, at=None),
                ),
            )
        ),
        cluster(replace(READY, state=HealthState.UNKNOWN, settled=False)),
        cluster(),
        away(0),
        ClusterSeen(id="id-of-eu", name="eu"),
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    course=st.lists(st.tuples(st.integers(1, 90), _STATES), min_size=1, max_size=40),
    handed_over=st.sets(st.integers(0, 39)),
)
def test_whatever_happens_events_are_whole_and_a_hand_over_tells_nothing_by_itself(
    course: list[tuple[int, ClusterSeen]], handed_over: set[int]
):
    looks, second = Looks(), 0
    for number, (seconds, seen) in enumerate(course):
        second += seconds
        looks.look(second, seen)
        assert looks.kept is not None
        if number in handed_over:
            looks.kept = PlaceKept.from_json(looks.kept.to_json())
            again = looks.look(second, seen)
            assert not again.new
            assert not again.changed
    for each in looks.events.values():
        assert each.until is None or each.at <= each.until <= at(second)
        assert each.count >= 1
    assert looks.kept is not None
    under_way = {event.id for each in looks.kept.clusters.values() for event in each.under_way}
    assert {each.id for each in looks.events.values() if each.until is None} == under_way


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([cluster(READY), cluster(FAILED)]), min_size=600, max_size=600))
def test_a_workload_that_flaps_for_ten_minutes_in_whichever_way_is_at_most_two_events(course: list[ClusterSeen]):
    looks = Looks()
    looks.look(0, cluster(READY))
    for second, seen in enumerate(course):
        looks.look(second + 1, seen)
    assert len(looks.events) <= 2
