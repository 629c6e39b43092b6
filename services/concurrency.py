"""Runs several coroutines at once, in two ways that differ in what the first failure does to the others.

For clusters, each of which has an outcome of its own, see `services.reading.fan_out`.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")


async def gather_settled(calls: Sequence[Coroutine[Any, Any, Result]]) -> tuple[Result, ...]:
    """The results in the order of `calls`. Raises the first error in that order, after every call has ended.

    A single call is awaited without a task of its own: most applications have one workload, an environment may have
    fifty clusters, and a task for each call at each level would take as long as the requests themselves.
    """
    if len(calls) == 1:
        return (await calls[0],)
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(task.result() for task in tasks)


async def gather_or_cancel(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in the order of `calls`, for calls whose results are useless one without the other.

    Raises the first error, as it is, after the other calls have been cancelled and have ended.
    `asyncio.gather` would let the others run on; a `TaskGroup` would wrap the error.
    """
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
