"""How an operation waits for a cluster that stops answering: an API server that restarts is back within a minute.

Only for clusters that answered when the plan was made: one that was away before keeps nobody waiting.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from domain.words import Outcome
from services.execution.progress import Cancelled, ClusterResult
from services.kube.gateway import Clusters

_ASK_AGAIN = 2.0  # seconds between the end of one attempt and the next one
_PROBE_EVERY = 5.0  # seconds


async def until_it_answers(
    attempt: Callable[[], Awaitable[ClusterResult | None]], *, silence: float, cancelled: Cancelled
) -> ClusterResult | None:
    """The result of `attempt`, which is made again while its outcome is `unreachable`.

    For `silence` seconds from the first such outcome, unless the operation is cancelled: then the last one stands.
    """
    gives_up_at: float | None = None
    while True:
        result = await attempt()
        if result is None or result.outcome is not Outcome.UNREACHABLE:
            return result
        gives_up_at = gives_up_at or time.monotonic() + silence
        if time.monotonic() + _ASK_AGAIN > gives_up_at or await cancelled():
            return result
        await asyncio.sleep(_ASK_AGAIN)


@asynccontextmanager
async def probing(clusters: Clusters, ids: Collection[str]) -> AsyncIterator[None]:
    """While the block runs, a cluster that does not answer is probed every few seconds.

    Its breaker waits for longer and longer, for callers who have no need of this very cluster. An operation would take
    it for silent although it has come back.
    """

    async def keep_asking() -> None:
        while True:
            await asyncio.sleep(_PROBE_EVERY)
            for each in ids:
                clusters.allow_probe(each)

    task = asyncio.create_task(keep_asking(), name="probing the clusters of an operation")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
