"""Which requests are retried, and after which pause."""

import random

import pytest

from services.kube.errors import (
    AccessDeniedError,
    BudgetExceededError,
    CertificateError,
    ClusterBusyError,
    ClusterError,
    ClusterNotConnectedError,
    ClusterUnreachableError,
    FieldConflictError,
    InvalidObjectError,
    PatchTestFailedError,
    WriteConflictError,
)
from services.kube.requests import BodyType, Repeat, Request
from services.kube.retry import MAX_TRIES, pause_before, retry_after_seconds, worth_repeating


def asked(repeat: Repeat, **more: object) -> Request:
    return Request(verb="do", method="PATCH", path="/", repeat=repeat, **more)  # type: ignore[arg-type]


def error(kind: type[ClusterError], status: int | None = None) -> ClusterError:
    return kind("no", cluster="dev", status=status)


READ, IDEMPOTENT, ONCE = asked(Repeat.READ), asked(Repeat.IDEMPOTENT), asked(Repeat.ONCE)
APPLY = asked(Repeat.IDEMPOTENT, body_type=BodyType.APPLY, body={"metadata": {"name": "a"}})
PINNED = asked(Repeat.IDEMPOTENT, body_type=BodyType.APPLY, body={"metadata": {"resourceVersion": "7"}})


@pytest.mark.parametrize("request_", [READ, IDEMPOTENT, ONCE])
def test_what_never_reached_the_server_is_sent_again(request_: Request):
    assert worth_repeating(error(ClusterNotConnectedError), request_, tries=1)


@pytest.mark.parametrize("request_", [READ, IDEMPOTENT, ONCE])
def test_429_is_asked_again(request_: Request):
    assert worth_repeating(error(ClusterBusyError, 429), request_, tries=1)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_error_is_asked_again_where_twice_is_once(status: int):
    assert worth_repeating(error(ClusterBusyError, status), READ, tries=1)
    assert worth_repeating(error(ClusterBusyError, status), IDEMPOTENT, tries=1)


@pytest.mark.parametrize("failure", [error(ClusterBusyError, 503), error(ClusterUnreachableError)])
def test_a_write_of_unknown_fate_is_not_repeated(failure: ClusterError):
    assert not worth_repeating(failure, ONCE, tries=1)


def test_500_is_asked_again_for_reads_alone():
    assert worth_repeating(error(ClusterBusyError, 500), READ, tries=1)
    assert not worth_repeating(error(ClusterBusyError, 500), IDEMPOTENT, tries=1)


@pytest.mark.parametrize(
    "kind", [AccessDeniedError, InvalidObjectError, FieldConflictError, CertificateError, BudgetExceededError]
)
def test_what_will_not_change_is_final(kind: type[ClusterError]):
    assert not worth_repeating(error(kind), READ, tries=1)


def test_an_apply_that_met_a_concurrent_write_is_sent_again_three_times_in_all():
    assert worth_repeating(error(WriteConflictError, 409), APPLY, tries=2)
    assert not worth_repeating(error(WriteConflictError, 409), APPLY, tries=3)


def test_an_apply_with_a_version_is_not_sent_again():
    assert not worth_repeating(error(WriteConflictError, 409), PINNED, tries=1)


def test_a_failed_test_of_a_patch_is_final():
    assert not worth_repeating(error(PatchTestFailedError, 422), APPLY, tries=1)


def test_tries_come_to_an_end():
    assert not worth_repeating(error(ClusterUnreachableError), READ, tries=MAX_TRIES)


def test_pauses_are_drawn_below_a_doubling_bound():
    chance = random.Random(1)
    for attempt, bound in ((2, 0.5), (3, 1.0), (4, 2.0), (9, 10.0)):
        drawn = [pause_before(attempt, retry_after=None, chance=chance) for _ in range(200)]
        assert min(drawn) >= 0
        assert bound / 2 < max(drawn) <= bound


def test_the_server_is_given_the_time_that_it_asks_for_up_to_a_bound():
    chance = random.Random(1)
    assert pause_before(2, retry_after=7, chance=chance) == 7
    assert pause_before(2, retry_after=3600, chance=chance) == 30


@pytest.mark.parametrize(
    ("value", "seconds"), [("3", 3.0), ("", None), ("soon", None), ("-1", None), ("9" * 400, None)]
)
def test_only_seconds_are_read_from_retry_after(value: str, seconds: float | None):
    assert retry_after_seconds({"Retry-After": value}) == seconds
