"""Divergences are told when they last, and not when they come and go."""

from datetime import timedelta

import pytest

from domain.divergences import Divergence, DivergenceKey, DivergenceKind, FoundImage
from domain.images import Image
from domain.resources import ResourceId
from services.planning.drift.observing import Observed
from services.planning.drift.steadying import CLOSES_AFTER, Standing, Step, next_at, step
from tests.support.rollouts import at


def diverging(tag: str = "2", *, release: int = 1, kind: DivergenceKind = DivergenceKind.IMAGE_DRIFT) -> Divergence:
    image = Image.of(f"registry.example/shop/web:{tag}")
    return Divergence(
        kind=kind,
        workload=ResourceId.of("apps/v1", "Deployment", "web"),
        container="web",
        init=False,
        found=(FoundImage(cluster="prod-eu", image=image),),
        release=release,
    )


KEY = diverging().key
THERE = Observed(found={KEY: diverging()}, release=1)
GONE = Observed(release=1)
OPERATION = None
UNSURE = Observed(unsure=frozenset({KEY}), release=1)
CUT_OFF = Observed(complete=False, release=1)
OTHERS = tuple(Observed(found={KEY: diverging(tag)}, release=1) for tag in "234")


class Course:
    """Takes steps at seconds, and notes when it opened, changed and closed."""

    def __init__(self, *, opened: bool = False) -> None:
        self.told: list[tuple[int, str]] = []
        self.kept: dict[DivergenceKey, Standing] = (
            {KEY: Standing(divergence=diverging(), since=at(0), opened=True)} if opened else {}
        )

    def goes(self, *seen: tuple[int, Observed | None]) -> list[tuple[int, str]]:
        for seconds, observed in seen:
            found: Step = step(self.kept, observed, now=at(seconds))
            self.kept = dict(found.kept)
            for word, told in (("opens", found.opens), ("changes", found.changes), ("closes", found.closes)):
                self.told += [(seconds, word) for _ in told]
        return self.told


@pytest.mark.parametrize(
    ("what", "seen", "told"),
    [
        ("it lasts", [(0, THERE), (29, THERE), (30, THERE), (99, THERE)], [(30, "opens")]),
        ("it is gone in between", [(0, THERE), (20, GONE), (21, THERE), (50, THERE), (51, THERE)], [(51, "opens")]),
        ("an operation brings it", [(0, THERE), (29, OPERATION), (30, THERE), (59, THERE), (60, GONE)], []),
        ("a rollout begins", [(0, THERE), (10, UNSURE), (31, THERE), (60, THERE)], []),
        ("its cluster is cut off", [(0, THERE), (10, CUT_OFF), (31, THERE), (60, THERE)], []),
    ],
)
def test_a_divergence_opens_when_it_has_been_there_for_half_a_minute_without_a_break(what, seen, told):
    assert (what, Course().goes(*seen)) == (what, told)


@pytest.mark.parametrize(
    ("what", "seen", "told"),
    [
        ("it stays away", [(100, GONE), (159, GONE), (160, GONE), (161, GONE)], [(160, "closes")]),
        ("it comes back", [(100, GONE), (150, THERE), (170, GONE), (229, GONE)], []),
        ("its cluster is cut off", [(100, GONE), (150, CUT_OFF), (500, CUT_OFF), (501, GONE), (560, GONE)], []),
        ("a rollout is under way", [(100, GONE), (150, UNSURE), (500, UNSURE)], []),
        ("an operation is under way", [(100, GONE), (150, OPERATION), (500, OPERATION), (501, GONE)], []),
    ],
)
def test_an_open_divergence_closes_when_it_has_certainly_been_gone_for_a_minute(what, seen, told):
    assert (what, Course(opened=True).goes(*seen)) == (what, told)


def test_a_later_release_that_settles_it_closes_it_at_once():
    assert Course(opened=True).goes((100, OPERATION), (110, Observed(release=2))) == [(110, "closes")]


def test_a_later_release_does_not_close_what_still_differs_from_it():
    still = Observed(found={KEY: diverging(release=2)}, release=2)
    assert Course(opened=True).goes((100, still), (200, still)) == [(100, "changes")]


def test_an_open_divergence_is_told_again_only_when_it_is_otherwise():
    other = Observed(found={KEY: diverging("3")}, release=1)
    assert Course(opened=True).goes((100, THERE), (101, other), (102, other)) == [(101, "changes")]


@pytest.mark.parametrize(
    ("what", "seen", "told"),
    [
        ("it changes all the time", [(second, OTHERS[second % 3]) for second in range(100, 125)], [100, 110, 120]),
        ("it changes for the second time", [(100, OTHERS[1]), (101, OTHERS[2]), (110, OTHERS[2])], [100, 110]),
        ("it is again as it was told", [(100, OTHERS[1]), (101, OTHERS[2]), (102, OTHERS[1]), (110, OTHERS[1])], [100]),
        ("its release changes", [(100, OTHERS[1]), (101, Observed(found={KEY: diverging(release=2)}))], [100, 101]),
    ],
)
def test_an_open_divergence_that_changes_again_and_again_is_told_every_ten_seconds(what, seen, told):
    assert (what, Course(opened=True).goes(*seen)) == (what, [(second, "changes") for second in told])


def test_what_has_just_opened_and_changes_is_told_ten_seconds_later_as_it_is_then():
    course = Course()
    course.goes((0, THERE), (30, THERE), (31, OTHERS[1]), (39, OTHERS[2]))
    assert next_at(course.kept) == at(40)
    assert course.goes((40, OTHERS[2])) == [(30, "opens"), (40, "changes")]
    assert course.kept[KEY].divergence == OTHERS[2].found[KEY]


@pytest.mark.parametrize("later", [GONE, UNSURE, OPERATION])
def test_what_was_not_told_yet_is_not_waited_for_where_it_may_be_gone(later):
    course = Course(opened=True)
    course.goes((100, OTHERS[1]), (101, OTHERS[2]), (102, later))
    assert next_at(course.kept) in {None, at(102) + CLOSES_AFTER}


def test_since_is_when_it_was_noticed_and_not_when_it_opened():
    course = Course()
    course.goes((7, THERE), (20, THERE), (40, THERE))
    assert (course.kept[KEY].since, course.kept[KEY].opened) == (at(7), True)


def test_one_that_flaps_every_twenty_seconds_is_told_at_no_time():
    flapping = [(second, THERE if second // 20 % 2 else GONE) for second in range(0, 600, 5)]
    assert Course().goes(*flapping) == []
    assert Course(opened=True).goes(*flapping) == []


def test_each_key_has_its_own_course():
    skew = diverging(kind=DivergenceKind.SKEW)
    both = Observed(found={KEY: diverging(), skew.key: skew}, release=1)
    course = Course()
    course.goes((0, THERE), (20, both))
    found = step(course.kept, both, now=at(31))
    assert [each.divergence.kind for each in found.opens] == [DivergenceKind.IMAGE_DRIFT]
    assert found.kept[skew.key].since == at(0) + timedelta(seconds=20)


@pytest.mark.parametrize("observed", [THERE, GONE, UNSURE, CUT_OFF, OPERATION])
@pytest.mark.parametrize("opened", [True, False])
def test_nothing_is_told_of_what_stays_as_it_is_before_the_time_that_is_named(observed, opened):
    course = Course(opened=opened)
    course.goes((0, observed))
    due, told = next_at(course.kept), list(course.told)
    for seconds in range(1, 100):
        if due is None or at(seconds) < due:
            assert course.goes((seconds, observed)) == told
        elif at(seconds) == due:
            assert len(course.goes((seconds, observed))) == len(told) + 1
            due, told = next_at(course.kept), list(course.told)
