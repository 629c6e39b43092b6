"""Whether a workload stays healthy while its ring soaks."""

from datetime import UTC, datetime, timedelta

import pytest

from services.planning.health.values import Health, HealthState
from services.planning.rings.soaking import UNREADY, SoakFailure, first_seen, watch_soak

_BEGAN = datetime(2026, 12, 1, 12, 0, 0, 400_000, tzinfo=UTC)


def _health(**members) -> Health:
    return Health(**{"state": HealthState.READY, "message": "All are ready.", "ready": 3, "desired": 3, **members})


def _soak(*seen: tuple[float, Health], ready: int | None = None) -> SoakFailure | None:
    """The failure at the last look, after looks at these seconds of the soak of which none failed.

    `ready` pods were there as the rollout ended.
    """
    before, failure = first_seen(seen[0][1], ready=ready), None
    for seconds, health in seen:
        assert failure is None
        before, failure = watch_soak(health, before, began=_BEGAN, now=_BEGAN + timedelta(seconds=seconds))
    return failure


def test_what_stays_healthy_does_not_fail():
    assert _soak((0, _health(restarts=2)), (60, _health(restarts=2)), (600, _health(restarts=2))) is None


def test_a_new_restart_fails_though_all_pods_are_ready_again():
    failure = _soak((0, _health(restarts=2)), (60, _health(restarts=3)))
    assert failure == SoakFailure(message="a container restarted during the soak.")


def test_a_restart_that_no_process_watched_fails_at_the_first_look():
    assert _soak((300, _health(restarts=1, last_restart=_BEGAN + timedelta(seconds=5)))) is not None


def test_a_restart_in_the_first_second_fails_because_clusters_name_no_fractions():
    assert _soak((1, _health(restarts=1, last_restart=_BEGAN.replace(microsecond=0)))) is not None


def test_a_restart_of_before_the_soak_does_not_fail():
    assert _soak((1, _health(restarts=1, last_restart=_BEGAN - timedelta(seconds=5)))) is None


def test_fewer_ready_pods_fail_only_when_they_stay_fewer():
    fewer = _health(ready=2)
    assert _soak((0, _health()), (5, fewer), (5 + UNREADY - 1, fewer)) is None
    failure = _soak((0, _health()), (5, fewer), (5 + UNREADY, fewer))
    assert failure is not None
    assert failure.message.startswith("only 2 of 3 pods are ready, after 3 were.")


def test_pods_that_become_ready_again_begin_their_time_anew():
    fewer = _health(ready=2)
    assert _soak((0, _health()), (5, fewer), (10, _health()), (14, fewer), (14 + UNREADY - 1, fewer)) is None


def test_pods_that_were_lost_while_no_process_watched_are_missed():
    fewer = _health(ready=2)
    assert _soak((600, fewer), (600 + UNREADY, fewer)) is None
    assert _soak((600, fewer), (600 + UNREADY, fewer), ready=3) is not None


def test_a_scale_down_while_no_process_watched_is_no_drop():
    fewer = _health(ready=2, desired=2)
    assert _soak((600, fewer), (600 + UNREADY, fewer), ready=3) is None


def test_scaling_is_no_drop():
    assert _soak((0, _health()), (5, _health(ready=3, desired=6)), (60, _health(ready=3, desired=6))) is None
    assert _soak((0, _health()), (5, _health(ready=1, desired=1)), (60, _health(ready=1, desired=1))) is None


@pytest.mark.parametrize("blameless", [False, True])
def test_a_workload_that_fails_fails_with_its_own_reason(blameless):
    failed = _health(state=HealthState.FAILED, message="It crashes.", blameless=blameless)
    assert _soak((0, _health()), (5, failed)) == SoakFailure(message="It crashes.", blameless=blameless)


@pytest.mark.parametrize("state", [HealthState.MISSING, HealthState.TERMINATING])
def test_a_deletion_is_not_blamed_on_the_new_images(state):
    failure = _soak((0, _health()), (5, _health(state=state)))
    assert failure is not None
    assert failure.blameless
