"""Runs several coroutines at once, in two ways that differ in what the first failure does to the others, and one again
and again.

For clusters, each of which has an outcome of its own, see `services.reading.fan_out`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog

_log = structlog.get_logger(__name__)
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

    Raises the first error, as it is, after the other calls have been cancelled and have ended. `asyncio.gather` would
    let the others run on, and a caller that is cancelled while a call fails would get the error and go on; a
    `TaskGroup` would wrap the error.
    """
    tasks = [asyncio.create_task(call) for call in calls]
    if not tasks:
        return []
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ended = [task.result() for task in tasks if task in done]  # raises what the first of them raised
    assert len(ended) == len(tasks), "they wait for each other, or for the first that fails"
    return ended


@asynccontextmanager
async def repeated(name: str, step: Callable[[], Awaitable[object]], *, every: float) -> AsyncIterator[None]:
    """Takes the step now and `every` so many seconds after it has ended, while the context is open.

    A step that fails, as where the database cannot be reached, is logged by `name`, and taken again in its turn.
    """

    async def forever() -> None:
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - of any kind: the next step may succeed
                _log.warning("%s failed", name, error=type(error).__qualname__)
            await asyncio.sleep(every)

    task = asyncio.create_task(forever(), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
