import asyncio

import pytest

from services.concurrency import gather_settled


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
