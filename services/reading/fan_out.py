"""Makes the same call for many clusters at once: one outcome each, never a lost exception.

A failing or slow cluster delays none of the others. A `ClusterError` becomes a value; any other exception is a bug, and
is raised after all calls have ended.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.kube.deadline import Deadline
from services.kube.errors import BudgetExceededError, ClusterError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Paired(Generic[Item, Result]):
    """An item with its result, or with the error of its call."""

    item: Item
    _result: Result | None = None
    error: ClusterError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def result(self) -> Result:
        """The result; raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return self._result  # type: ignore[return-value]  # the result may itself be None


async def fan_out(
    items: Iterable[Item],
    call: Callable[[Item], Awaitable[Result]],
    *,
    limit: int = 64,
    deadline: Deadline | None = None,
    name: Callable[[Item], str] = str,
) -> tuple[Paired[Item, Result], ...]:
    """The outcomes of `call` for every item, in the items' order; at most `limit` calls at a time.

    An item that is not done at the `deadline` gets a `BudgetExceededError` for the cluster that `name` returns.
    Cancelling this cancels all calls.
    """
    turns = asyncio.Semaphore(limit)

    async def one(item: Item) -> Paired[Item, Result]:
        try:
            async with asyncio.timeout(deadline.left() if deadline else None) as budget, turns:
                return Paired(item=item, _result=await call(item))
        except ClusterError as error:
            return Paired(item=item, error=error)
        except TimeoutError:
            if not budget.expired():
                raise  # raised by the call itself: a bug
            detail = "The cluster did not answer everything in time."
            return Paired(item=item, error=BudgetExceededError(detail, cluster=name(item)))

    outcomes = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Paired))
