"""Several requests that make sense only all together: the first failure ends the others.

`asyncio.gather` would let the others run on after it has raised; a TaskGroup would wrap the error. For clusters, which
are independent of each other, see `services.fanout`.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. Raises the first failure, after the others have been cancelled and are at an end."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
