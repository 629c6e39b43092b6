"""Several calls at once, without a task for one that is alone."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(calls: Sequence[Coroutine[Any, Any, Result]]) -> tuple[Result, ...]:
    """What the calls give, in their order; raises the first one's error when all have ended.

    Most applications have one workload, and an environment may have fifty clusters: then a task for each call and each
    level of calls takes as long as the requests themselves.
    """
    if len(calls) == 1:
        return (await calls[0],)
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(task.result() for task in tasks)
