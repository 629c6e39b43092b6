"""Opens the live picture together with what viewers follow of it: changes, progress, and their own rights."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from api.change_stream import encode_changes
from api.schemas.overview import cell_json
from db.changed_rows import CHANGES
from db.events import CHANNEL as EVENTS
from db.feeds import RIGHTS, Feed
from db.transaction import Database
from services.concurrency import repeated
from services.limits import Limits
from services.planning.objects.field_prints import FieldPrints
from services.reading.change_feed import ChangeFeed
from services.reading.live.live import Live
from services.reading.live.opening import open_live
from services.reading.live.watching import WatchedClusters
from services.reading.operation_progress import OperationProgress


@dataclass(frozen=True, kw_only=True)
class LiveFeeds:
    """`changes` and `rights` are what streams are made of, `live` what every screen reads."""

    live: Live
    changes: ChangeFeed
    rights: Feed


@asynccontextmanager
async def open_live_feeds(
    database: Database,
    url: str,
    clusters: WatchedClusters,
    limits: Limits,
    *,
    prints: FieldPrints,
    settled: Callable[[], None],
) -> AsyncIterator[LiveFeeds]:
    """Follow everything while the context is open. `prints` and `settled` are those of `open_live`."""
    rights = Feed(RIGHTS)
    changes = ChangeFeed(database, encode=encode_changes)
    progress = OperationProgress(database, changed=changes.row_changed, followed=lambda: changes.followed)
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(
            open_live(
                database,
                url,
                clusters,
                limits,
                encode=cell_json,
                prints=prints,
                beside={RIGHTS: rights, CHANGES: changes.rows, EVENTS: progress},
                settled=settled,
            )
        )
        for name, step in (
            ("the feed of changes", changes.run),
            ("the picture's changes", partial(changes.watch, live.picture)),
            ("the progress of operations", progress.run),
        ):
            await stack.enter_async_context(repeated(name, step, every=1.0))
        yield LiveFeeds(live=live, changes=changes, rights=rights)
