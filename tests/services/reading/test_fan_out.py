"""One call for many clusters: each has an outcome."""

import asyncio

import pytest

from services.kube.deadline import Deadline
from services.kube.errors import BudgetExceededError, ClusterUnreachableError
from services.reading.fan_out import fan_out


async def test_each_item_gets_its_outcome_in_order():
    async def call(item: int) -> int:
        await asyncio.sleep(0.01 / item)
        if item == 2:
            raise ClusterUnreachableError("down", cluster="two")
        return item * 10

    outcomes = await fan_out([1, 2, 3], call)
    assert [(o.item, o.result if o.ok else type(o.error)) for o in outcomes] == [
        (1, 10),
        (2, ClusterUnreachableError),
        (3, 30),
    ]


async def test_the_result_of_a_failure_raises_it():
    async def call(item: int) -> int:
        raise ClusterUnreachableError("down", cluster="a")

    (outcome,) = await fan_out([1], call)
    with pytest.raises(ClusterUnreachableError):
        _ = outcome.result


async def test_none_is_a_result():
    async def call(item: int) -> None:
        return None

    (outcome,) = await fan_out([1], call)
    assert outcome.ok
    assert outcome.result is None


async def test_no_more_than_the_limit_run_at_a_time():
    running = highest = 0

    async def call(item: int) -> None:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        await asyncio.sleep(0.001)
        running -= 1

    await fan_out(range(20), call, limit=3)
    assert highest == 3


async def test_who_is_not_done_by_the_deadline_is_out_of_budget_and_the_others_are_done():
    async def call(item: str) -> str:
        await asyncio.sleep(60 if item == "slow" else 0)
        return item

    slow, quick = await fan_out(["slow", "quick"], call, deadline=Deadline.after(0.1))
    assert isinstance(slow.error, BudgetExceededError)
    assert slow.error.cluster == "slow"
    assert quick.result == "quick"


async def test_waiting_for_a_turn_counts():
    async def call(item: str) -> None:
        await asyncio.sleep(60)

    outcomes = await fan_out(["a", "b"], call, limit=1, deadline=Deadline.after(0.05))
    assert [type(outcome.error) for outcome in outcomes] == [BudgetExceededError] * 2


@pytest.mark.parametrize("mistake", [KeyError, TimeoutError])
async def test_a_mistake_of_the_program_goes_through_after_the_others_are_done(mistake: type[Exception]):
    done = []

    async def call(item: int) -> None:
        if item == 1:
            raise mistake("bug")
        await asyncio.sleep(0.01)
        done.append(item)

    with pytest.raises(mistake):
        await fan_out([1, 2], call)
    assert done == [2]


async def test_cancelling_cancels_all():
    cancelled = []

    async def call(item: int) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item)
            raise

    task = asyncio.create_task(fan_out([1, 2], call))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled == [1, 2]
