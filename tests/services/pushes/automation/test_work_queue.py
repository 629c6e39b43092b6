"""The work queue: each key in a task of its own, and a call that fails is repeated after a back-off."""

import asyncio
from collections.abc import Callable

import pytest

from services.pushes.automation.work_queue import BackOff, WorkQueue


class Call:
    """A call that waits for `go`, and then returns or raises the next of `ends`."""

    def __init__(self, *ends: bool | Exception, waits: bool = False) -> None:
        self.ends = list(ends)
        self.started = 0
        self.cancelled = False
        self.go = asyncio.Event()
        if not waits:
            self.go.set()

    async def __call__(self) -> bool:
        self.started += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def queue_of(
    wake: Callable[[], None] = lambda: None, *, turn: float = 15.0, first_pause: float = 60.0, longest: float = 300.0
) -> WorkQueue:
    return WorkQueue(back_off=BackOff(turn=turn, first_pause=first_pause, longest_pause=longest), wake=wake)


async def until_ended(queue: WorkQueue) -> None:
    async with asyncio.timeout(10):
        while queue.under_way:
            await asyncio.sleep(0)


async def run(queue: WorkQueue, name: str, call: Call) -> None:
    queue.start(name, call)
    await until_ended(queue)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 2.0), (1, 4.0), (3, 16.0), (7, 256.0), (8, 300.0), (5000, 300.0)]
)
def test_a_pause_doubles_with_each_attempt_until_it_is_the_longest(attempts: int, seconds: float):
    assert BackOff(first_pause=2.0, longest_pause=300.0).pause(attempts) == seconds


async def test_one_call_at_a_time_runs_under_each_name():
    queue, first, second = queue_of(), Call(True, waits=True), Call(True)
    queue.start("deploy a", first)
    await asyncio.sleep(0)
    queue.start("deploy a", second)
    first.go.set()
    await until_ended(queue)
    assert (first.started, second.started) == (1, 0)


async def test_a_call_that_takes_long_delays_no_other_name():
    queue, slow, quick = queue_of(), Call(True, waits=True), Call(True)
    queue.start("deploy a", slow)
    queue.start("deploy b", quick)
    async with asyncio.timeout(10):
        while quick.ends:
            await asyncio.sleep(0)
    assert queue.under_way
    await queue.stop()


async def test_a_call_that_returns_true_can_be_started_again_at_once():
    queue, call = queue_of(), Call(True, True)
    await run(queue, "deploy a", call)
    await run(queue, "deploy a", call)
    assert call.started == 2


@pytest.mark.parametrize("end", [False, ConnectionError("The database is away.")])
async def test_a_call_that_fails_is_not_started_again_before_its_back_off_ends(end: bool | Exception):
    queue, call = queue_of(first_pause=60.0, turn=100.0), Call(end)
    await run(queue, "deploy a", call)
    await run(queue, "deploy a", call)
    assert call.started == 1
    assert 0 < queue.seconds_to_next() <= 60.0


async def test_a_call_that_fails_is_started_again_once_its_back_off_has_ended():
    queue, call = queue_of(first_pause=0.01), Call(False, True)
    await run(queue, "deploy a", call)
    await asyncio.sleep(0.02)
    await run(queue, "deploy a", call)
    assert call.started == 2


async def test_the_back_off_grows_with_each_failure_of_a_name():
    pauses = []
    queue = queue_of(lambda: pauses.append(queue.seconds_to_next()), first_pause=0.2, longest=0.6)
    call = Call(False, False, False)
    while call.ends:
        await run(queue, "deploy a", call)
        await asyncio.sleep(pauses[-1] + 0.01)
    first, second, third = pauses
    assert 0 < first <= 0.2 < second <= 0.4 < third <= 0.6


async def test_a_success_ends_the_back_off():
    queue, call = queue_of(first_pause=0.01, longest=60.0, turn=15.0), Call(False, True, False)
    await run(queue, "deploy a", call)
    await asyncio.sleep(0.02)
    await run(queue, "deploy a", call)
    assert queue.seconds_to_next() == 15.0
    await run(queue, "deploy a", call)
    assert queue.seconds_to_next() <= 0.01  # the first pause again


async def test_keep_drops_the_back_off_of_what_is_not_due_any_more():
    queue, dropped, kept, other = queue_of(), Call(False, False), Call(False, False), Call(False, False)
    calls = {"deploy a": dropped, "deploy b": kept, "retry a": other}
    for name, call in calls.items():
        await run(queue, name, call)
    queue.keep({"deploy b"}, kind="deploy ")
    for name, call in calls.items():
        await run(queue, name, call)
    assert [call.started for call in calls.values()] == [2, 1, 1]


async def test_it_wakes_the_worker_whenever_a_call_has_ended():
    woken: list[bool] = []
    queue = queue_of(lambda: woken.append(queue.under_way))
    for end in (True, False, ConnectionError("The database is away.")):
        await run(queue, f"deploy {end}", Call(end))
    assert woken == [False, False, False]


async def test_without_a_back_off_the_next_pass_is_a_turn_away():
    assert queue_of(turn=15.0).seconds_to_next() == 15.0


async def test_stop_cancels_what_runs_and_waits_for_its_end():
    queue, calls = queue_of(), [Call(True, waits=True) for _ in range(3)]
    for number, call in enumerate(calls):
        queue.start(f"deploy {number}", call)
    await asyncio.sleep(0)
    await queue.stop()
    assert [call.cancelled for call in calls] == [True] * 3
    assert not queue.under_way
