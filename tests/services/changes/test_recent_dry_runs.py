"""What dry runs have said is remembered for a moment."""

from services.changes.recent_dry_runs import HOLDS, RecentDryRuns
from services.planning.copying.tried import Attempt, Tried
from tests.support.copy_plans import planned
from tests.support.objects import config_map

(CLUSTER,) = planned(config_map()).clusters
TRIED = Tried.of(CLUSTER)


def _attempt(number=1):
    return Attempt.of(CLUSTER, credential_version=number, force=False)


class _Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_what_was_said_is_found_until_its_time_has_passed():
    clock = _Clock()
    recent = RecentDryRuns(clock=clock)
    recent.keep(_attempt(), TRIED, at=recent.now())
    clock.now += HOLDS
    assert recent.find(_attempt()) is TRIED
    clock.now += 1
    assert recent.find(_attempt()) is None


def test_the_time_counts_from_when_the_dry_run_began():
    clock = _Clock()
    recent = RecentDryRuns(clock=clock)
    begun = recent.now()
    clock.now += HOLDS + 1
    recent.keep(_attempt(), TRIED, at=begun)
    assert recent.find(_attempt()) is None


def test_nothing_is_found_of_what_was_not_tried():
    recent = RecentDryRuns(clock=_Clock())
    recent.keep(_attempt(1), TRIED, at=recent.now())
    assert recent.find(_attempt(2)) is None


def test_the_oldest_are_forgotten_where_there_are_too_many():
    recent = RecentDryRuns(clock=_Clock())
    for number in range(2000):
        recent.keep(_attempt(number), TRIED, at=recent.now())
    found = [number for number in range(2000) if recent.find(_attempt(number)) is not None]
    assert found == list(range(2000 - len(found), 2000))
    assert 500 < len(found) < 1000
