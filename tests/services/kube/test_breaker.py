"""When the breaker opens, half opens and closes."""

import random

from services.kube.breaker import FAILURES_TO_OPEN, Breaker, Passage


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Middle(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def made() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker("dev", clock=clock, chance=Middle()), clock


def fail(breaker: Breaker, clock: Clock, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        clock.now += 2
        breaker.failed(started=clock.now - 0.5)


def test_three_failures_in_a_row_open_it():
    breaker, clock = made()
    fail(breaker, clock)
    assert breaker.ask() is Passage.BARRED


def test_an_answer_in_between_begins_the_count_anew():
    breaker, clock = made()
    fail(breaker, clock, 2)
    breaker.succeeded()
    fail(breaker, clock, 2)
    assert breaker.ask() is Passage.FREE


def test_requests_cut_off_together_count_as_one():
    breaker, clock = made()
    for _ in range(8):
        breaker.failed(started=clock.now - 0.1)
    assert breaker.ask() is Passage.FREE


def test_after_15_seconds_one_caller_may_look():
    breaker, clock = made()
    fail(breaker, clock)
    clock.now += 14.9
    assert breaker.ask() is Passage.BARRED
    clock.now += 0.2
    assert [breaker.ask(), breaker.ask()] == [Passage.PROBE, Passage.BARRED]


def test_a_cluster_that_is_back_is_asked_again():
    breaker, clock = made()
    fail(breaker, clock)
    clock.now += 16
    breaker.ask()
    breaker.succeeded()
    assert breaker.ask() is Passage.FREE


def test_looking_in_vain_doubles_the_wait_up_to_five_minutes():
    breaker, clock = made()
    fail(breaker, clock)
    waits = []
    for _ in range(6):
        since = clock.now
        while breaker.ask() is Passage.BARRED:
            clock.now += 1
        waits.append(clock.now - since)
        breaker.failed(started=clock.now)
    assert waits == [15, 30, 60, 120, 240, 300]


def test_a_look_that_told_nothing_is_left_to_the_next_caller():
    breaker, clock = made()
    fail(breaker, clock)
    clock.now += 16
    breaker.ask()
    breaker.gave_up()
    assert breaker.ask() is Passage.PROBE
