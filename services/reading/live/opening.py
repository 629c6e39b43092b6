"""Opens the live picture: everything of it runs while its context is open.

cluster ──► watcher (of the process that has the lease) ──► publisher ──► cache ──► picture ──► screens
                                                                └──► rows ──► follower of each other process ──► cache
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from db.feeds import PLACES, Feed
from db.listening import Hearing, Listener
from db.live_records import CHANNEL
from db.transaction import Database
from services.concurrency import repeated
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.objects.field_prints import FieldPrints
from services.planning.overviews.matrix import MatrixCell
from services.reading.live.cache import LiveCache
from services.reading.live.configuration_reads import ConfigurationReads
from services.reading.live.diverging import Diverging
from services.reading.live.live import Live
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import PlacesNow
from services.reading.live.recording import Recording
from services.reading.live.replica import Replica
from services.reading.live.running_index import RunningIndex
from services.reading.live.watching import WatchedClusters, Watching

_DEBOUNCE = 0.1  # seconds from one reading of rows that have changed to the next
_AGAIN = 1.0  # seconds after a part of it failed, as where the database is away


@asynccontextmanager
async def open_live(
    database: Database,
    url: str,
    clusters: WatchedClusters,
    limits: Limits,
    *,
    encode: Callable[[MatrixCell], bytes],
    prints: FieldPrints,
    beside: Mapping[str, Hearing] | None = None,
    settled: Callable[[], None] = lambda: None,
) -> AsyncIterator[Live]:
    """Watch, follow and judge while the context is open. Everything begins in the background.

    `prints` makes the fingerprints of fields that are read. `beside` is what else hears channels of the database, over
    the same connection. `settled` is called when more streams of clusters stand than ever before.
    """
    cache = LiveCache()
    stale_after = timedelta(seconds=limits.stale)
    picture = Picture(
        cache,
        policy=HealthPolicy(timeout_cap=limits.watch_cap),
        encode=encode,
        stale_after=stale_after,
    )
    watching = Watching(clusters, cache, settled=settled)
    replica = Replica(database, cache, watching)
    tables = Feed(PLACES)

    def told(now: PlacesNow) -> None:
        picture.place(now)
        watching.place(now)

    places = Places(database, told=told, tables=tables)
    index = RunningIndex(database, places, picture)
    configuration = ConfigurationReads(database, places, cache, clusters, replica.leases, prints=prints)
    diverging = Diverging(database, places, picture, replica.leases)
    recording = Recording(database, places, picture, cache, replica.leases)
    async with AsyncExitStack() as stack:
        channels: dict[str, Hearing] = {PLACES: tables, CHANNEL: replica.follower, **(beside or {})}
        await stack.enter_async_context(Listener(url, channels, purpose="live"))
        stack.push_async_callback(watching.close)  # after what starts watchers has ended, and before the pool is closed
        for name, run in (
            ("places", partial(places.run, debounce=_DEBOUNCE)),
            ("the picture", picture.run),
            ("records that rest", cache.resting.run),
            ("the index of running images", index.run),
            ("drift and skew", diverging.run),
            ("readings of configuration", configuration.run),
            ("events of app environments", recording.run),
            ("watching", watching.run),
        ):
            await stack.enter_async_context(repeated(name, run, every=_AGAIN))
        await stack.enter_async_context(replica)
        yield Live(places=places, cache=cache, picture=picture, stale_after=stale_after)
