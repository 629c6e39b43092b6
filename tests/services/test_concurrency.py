import asyncio

import pytest

from services.concurrency import gather_or_cancel, gather_settled


async def gives(value: object, *, after: float = 0.0) -> object:
    await asyncio.sleep(after)
    return value


async def fails(error: Exception) -> object:
    raise error


async def test_results_come_in_the_order_of_the_calls():
    assert await gather_settled([gives("a", after=0.01), gives("b")]) == ("a", "b")


async def test_one_call_alone_makes_no_task():
    async def who() -> object:
        return asyncio.current_task()

    assert await gather_settled([who()]) == (asyncio.current_task(),)


async def test_an_error_is_raised_when_all_have_ended():
    done = []

    async def slow() -> object:
        await asyncio.sleep(0.01)
        done.append("slow")
        return None

    with pytest.raises(ValueError, match="first"):
        await gather_settled([fails(ValueError("first")), fails(ValueError("second")), slow()])
    assert done == ["slow"]


async def test_an_error_that_is_a_result_is_no_failure():
    error = ValueError("kept")
    assert await gather_settled([gives(error), gives(1)]) == (error, 1)


async def test_nothing_asked_gives_nothing():
    assert await gather_settled([]) == ()


async def test_of_calls_that_need_each_other_the_first_error_ends_all():
    ended = []

    async def waits() -> object:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.append("waits")

    with pytest.raises(ValueError, match="refused"):
        await gather_or_cancel([waits(), fails(ValueError("refused"))])
    assert ended == ["waits"]


async def test_calls_that_need_each_other_give_their_results_in_order():
    assert await gather_or_cancel([gives("a", after=0.01), gives("b")]) == ["a", "b"]
    assert await gather_or_cancel([]) == []


async def test_a_caller_that_is_cancelled_just_as_a_call_fails_is_cancelled():
    failing = asyncio.Event()

    async def fails_then() -> object:
        await failing.wait()
        raise ValueError

    caller = asyncio.create_task(gather_or_cancel([fails_then(), asyncio.Event().wait()]))
    await asyncio.sleep(0)  # the caller makes its tasks,
    await asyncio.sleep(0)  # and they begin to wait
    failing.set()
    await asyncio.sleep(0)  # the call has failed, and nobody has been told of it
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
