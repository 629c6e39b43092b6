"""What is told of one workload on one cluster: each thing once, steadied, with when it began and ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from domain.resources import ResourceId
from domain.timeline import EventKind, RecordedEvent, RolloutResult
from services.planning.health.values import HealthState
from services.planning.timeline.kept import WorkloadKept
from services.planning.timeline.seen import ContainerRestarts, WorkloadSeen
from services.planning.timeline.workloads import Here, workload_step
from tests.support.rollouts import START, at

WEB = ResourceId.of("apps/v1", "Deployment", "web")
READY = WorkloadSeen(
    resource=WEB,
    state=HealthState.READY,
    settled=True,
    images=(("app", "shop/web:1"),),
    revision="1",
    replicas=2,
    scaled_by="kubectl",
)
ROLLING = replace(READY, state=HealthState.PROGRESSING, settled=False, message="1 of 2 pods are ready.")
FAILED = replace(ROLLING, state=HealthState.FAILED, reason="CrashLoopBackOff", message="Container app crashes.")
NEW = (("app", "shop/web:2"),)


@dataclass
class Course:
    """Looks at a workload, one after the other; `events` as they were told last, by id in the order of their ids."""

    kept: WorkloadKept | None = None
    events: dict[str, RecordedEvent] = field(default_factory=dict)
    told: int = 0
    ids: Iterable[int] = field(default_factory=count)

    def look(self, second: float, seen: WorkloadSeen, *, operation: str | None = None) -> None:
        here = Here(cluster="eu", now=at(second), new_id=lambda: f"{next(iter(self.ids)):04}", operation=operation)
        self.kept, events = workload_step(self.kept, seen, here)
        self.told += len(events)
        self.events |= {each.id: each for each in events}

    def looks(self, first: int, last: int, seen: WorkloadSeen, **more: str) -> None:
        """Each second, both included."""
        for second in range(first, last + 1):
            self.look(second, seen, **more)

    def hand_over(self) -> None:
        """As a process that takes over reads what was stored."""
        assert self.kept is not None
        self.kept = WorkloadKept.from_json(self.kept.to_json())

    @property
    def all(self) -> list[RecordedEvent]:
        return list(self.events.values())

    @property
    def only(self) -> RecordedEvent:
        (event,) = self.events.values()
        return event


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def crashed(number: int, *, pod: str = "web-1", reason: str = "OOMKilled", ended: float | None = None):
    return ContainerRestarts(
        pod=pod,
        container="app",
        count=number,
        reason=reason,
        exit_code=137,
        at=at(ended) if ended is not None else None,
    )


def test_a_workload_that_is_seen_for_the_first_time_tells_nothing_of_its_past():
    course = Course()
    course.looks(0, 120, replace(READY, restarts=(crashed(7),)))
    assert course.all == []


def test_a_rolling_update_is_one_event_from_the_new_template_to_when_its_pods_were_ready():
    course = Course()
    course.looks(0, 5, READY)
    course.looks(6, 80, replace(ROLLING, images=NEW), operation="op-1")
    assert (course.only.kind, course.only.until, course.only.operation) == (EventKind.ROLLOUT, None, "op-1")
    course.looks(81, 86, replace(READY, images=NEW, revision="2"))
    done = course.only
    assert done.until is not None
    assert (done.at, done.until, done.detail.result) == (at(6), at(81), RolloutResult.DONE)
    assert [(each.container, each.before, each.after) for each in done.detail.images] == [
        ("app", "shop/web:1", "shop/web:2")
    ]
    course.looks(87, 300, replace(READY, images=NEW, revision="2"))
    assert course.told == 2


def test_pods_that_become_ready_and_unready_in_a_rollout_are_part_of_it():
    course = Course()
    course.look(0, READY)
    for second in range(1, 200):
        course.look(second, replace(ROLLING if second % 4 else READY, images=NEW, revision="2"))
    assert (course.only.kind, course.only.until, course.told) == (EventKind.ROLLOUT, None, 1)


def test_a_controller_that_names_the_template_after_its_images_were_seen_begins_no_second_rollout():
    course = Course()
    course.look(0, READY)
    course.look(1, replace(READY, images=NEW))
    course.look(2, replace(ROLLING, images=NEW, revision="2"))
    course.looks(3, 20, replace(READY, images=NEW, revision="2"))
    assert (course.only.at, course.only.until) == (at(1), at(3))


def test_a_template_that_changed_without_its_images_is_a_rollout_as_well():
    course = Course()
    course.look(0, READY)
    course.look(1, replace(ROLLING, revision="2"))
    course.looks(2, 10, replace(READY, revision="2"))
    assert (course.only.kind, course.only.detail.images, course.only.until) == (EventKind.ROLLOUT, (), at(2))


def test_a_template_that_comes_before_the_last_one_was_rolled_out_replaces_it():
    course = Course()
    course.look(0, READY)
    course.looks(1, 9, replace(ROLLING, images=NEW))
    course.looks(10, 20, replace(ROLLING, images=(("app", "shop/web:3"),)))
    first, second = course.all
    assert (first.until, first.detail.result) == (at(10), RolloutResult.REPLACED)
    assert (second.at, second.until) == (at(10), None)


def test_a_rollout_that_fails_ends_and_the_workload_is_told_to_have_failed_until_it_is_well():
    course = Course()
    course.look(0, READY)
    course.looks(1, 60, replace(ROLLING, images=NEW))
    course.looks(61, 100, replace(FAILED, images=NEW))
    rollout, health = course.all
    assert (rollout.until, rollout.detail.result, rollout.detail.reason) == (
        at(61),
        RolloutResult.FAILED,
        "CrashLoopBackOff",
    )
    assert (health.kind, health.at, health.until, health.detail.severe) == (EventKind.HEALTH, at(61), None, True)
    course.looks(101, 110, replace(ROLLING, revision="3"))
    course.looks(111, 150, replace(READY, revision="3"))
    rollout, health, back = course.all
    assert (health.until, health.count) == (at(111), 1)
    assert (back.kind, back.at, back.until) == (EventKind.ROLLOUT, at(101), at(111))


@pytest.mark.parametrize(
    ("amiss", "seconds", "told"),
    [(FAILED, 14, 0), (FAILED, 15, 1), (ROLLING, 59, 0), (ROLLING, 60, 1)],
)
def test_bad_health_is_told_once_it_has_lasted(amiss: WorkloadSeen, seconds: int, told: int):
    course = Course()
    course.looks(0, 9, READY)
    course.looks(10, 10 + seconds, amiss)
    assert len(course.all) == told
    assert all(each.at == at(10) and each.until is None for each in course.all)


def test_a_workload_that_flaps_is_one_event_that_counts():
    course = Course()
    course.look(0, READY)
    second = 1
    for _ in range(20):
        course.looks(second, second + 59, FAILED)
        course.looks(second + 60, second + 119, READY)
        second += 120
    assert (course.only.count, course.only.at, course.only.until) == (20, at(1), at(second - 60))
    assert course.told == 40


def test_what_fails_again_after_a_while_is_another_event():
    course = Course()
    course.look(0, READY)
    course.looks(1, 60, FAILED)
    course.looks(61, 61 + 660, READY)
    course.looks(800, 830, FAILED)
    assert [(each.at, each.until) for each in course.all] == [(at(1), at(61)), (at(800), None)]


def test_what_was_incomplete_and_fails_becomes_severe():
    course = Course()
    course.look(0, READY)
    course.looks(1, 70, ROLLING)
    assert not course.only.detail.severe
    course.looks(71, 90, FAILED)
    assert (course.only.at, course.only.detail.severe, course.only.detail.reason) == (at(1), True, "CrashLoopBackOff")


def test_what_is_not_known_neither_begins_nor_ends_anything():
    course = Course()
    course.look(0, READY)
    course.looks(1, 30, FAILED)
    unknown = replace(READY, state=HealthState.UNKNOWN, settled=False)
    course.looks(31, 300, unknown)
    assert course.only.until is None


def test_a_paused_rollout_is_not_done():
    course = Course()
    course.look(0, READY)
    course.looks(1, 60, replace(READY, state=HealthState.SUSPENDED, images=NEW))
    assert course.only.until is None
    course.looks(61, 70, replace(READY, images=NEW, revision="2"))
    assert course.only.detail.result is RolloutResult.DONE


def test_five_hundred_restarts_of_several_pods_are_one_event_from_the_first_to_the_last():
    course = Course()
    course.look(0, READY)
    for number in range(1, 251):
        second = number * 20
        pods = tuple(crashed(number, pod=pod, ended=second - 1) for pod in ("web-1", "web-2"))
        course.look(second, replace(READY, restarts=pods))
    told = course.only
    assert (told.kind, told.count, told.container) == (EventKind.RESTART, 500, "app")
    assert (told.at, told.until) == (at(19), at(4999))
    assert (told.detail.reason, told.detail.exit_code) == ("OOMKilled", 137)


def test_restarts_for_another_reason_or_hours_later_are_told_apart():
    course = Course()
    course.look(0, READY)
    course.look(60, replace(READY, restarts=(crashed(1),)))
    course.look(120, replace(READY, restarts=(crashed(2, reason="Error"),)))
    course.look(7200, replace(READY, restarts=(crashed(3, reason="Error"),)))
    assert [(each.detail.reason, each.count) for each in course.all] == [("OOMKilled", 1), ("Error", 1), ("Error", 1)]


def test_a_pod_that_has_the_name_of_a_former_one_counts_from_nothing():
    course = Course()
    course.look(0, replace(READY, restarts=(crashed(40),)))
    course.look(10, replace(READY, restarts=(crashed(2),)))
    assert course.only.count == 2
    course.look(20, READY)
    course.look(30, replace(READY, restarts=(crashed(1),)))
    assert course.only.count == 3


def test_a_node_whose_clock_is_wrong_does_not_move_a_restart_to_another_day_or_the_future():
    course = Course()
    course.look(0, READY)
    course.look(60, replace(READY, restarts=(crashed(1, ended=-9e6),)))
    course.look(90, replace(READY, restarts=(crashed(2, ended=9e6),)))
    assert (course.only.at, course.only.until) == (at(60), at(90))


def test_scaling_is_told_with_who_did_it_and_steps_one_after_the_other_are_one_event():
    course = Course()
    course.look(0, READY)
    for step, second in enumerate(range(60, 360, 60)):
        course.look(second, replace(READY, replicas=3 + step, scaled_by="kube-controller-manager"))
    told = course.only
    assert (told.kind, told.count, told.at, told.until) == (EventKind.SCALING, 5, at(60), at(300))
    assert (told.detail.before, told.detail.after, told.detail.by) == (2, 7, "kube-controller-manager")
    course.look(361, replace(READY, replicas=1))
    assert [each.detail.by for each in course.all] == ["kube-controller-manager", "kubectl"]


def test_a_process_that_takes_over_tells_nothing_twice_and_ends_what_the_former_one_began():
    course = Course()
    course.look(0, READY)
    course.looks(1, 30, replace(FAILED, restarts=(crashed(3),)))
    before = course.told
    course.hand_over()
    course.looks(31, 60, replace(FAILED, restarts=(crashed(3),)))
    assert course.told == before
    course.looks(61, 120, replace(READY, restarts=(crashed(3),)))
    health = [each for each in course.all if each.kind is EventKind.HEALTH]
    assert [(each.at, each.until) for each in health] == [(at(1), at(61))]
    course.look(121, replace(READY, restarts=(crashed(5),)))
    assert [each.count for each in course.all if each.kind is EventKind.RESTART] == [5]


def test_what_happened_while_nobody_looked_is_told_once_by_what_is_different():
    course = Course()
    course.looks(0, 10, READY)
    course.hand_over()
    course.looks(4000, 4010, replace(READY, images=NEW, revision="2", replicas=5, restarts=(crashed(2, ended=3000),)))
    assert {each.kind: (each.at, each.until) for each in course.all} == {
        EventKind.RESTART: (at(3000), at(3000)),
        EventKind.SCALING: (at(4000), at(4000)),
        EventKind.ROLLOUT: (at(4000), at(4000)),
    }


def test_time_starts_where_the_looks_do():
    assert at(0) == START  # else the moments above mean nothing
    assert at(1) - at(0) == after(1)
