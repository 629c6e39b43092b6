"""Doing the same for many clusters at once, each on its own: one outcome each, never a lost exception.

A failing or slow item stops none of the others. What may go wrong with a cluster becomes a value; mistakes of the
program are not cluster failures, so they go through, after the others have been waited for.
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
    """An item with what came of it: `error` is None exactly where there is a result."""

    item: Item
    _result: Result | None = None
    error: ClusterError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def result(self) -> Result:
        """Raises the error where there is one."""
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
    """`call` for every item, at most `limit` at a time, in the items' order.

    Where a `deadline` is given, an item that is not done by then becomes a `BudgetExceededError` of the cluster that
    `name` says. Cancelling this cancels all.
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
                raise  # somebody else's, and not foreseen
            detail = "The cluster was not done when the time was up."
            return Paired(item=item, error=BudgetExceededError(detail, cluster=name(item)))

    outcomes = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Paired))
