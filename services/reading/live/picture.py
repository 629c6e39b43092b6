"""The picture of all places: what every screen shows, judged once for all of them when something changes.

It shows and never decides: plans and operations read the clusters themselves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.planning.levels.lacking import KnownOn, lacking
from services.planning.overviews.application import environment_overview
from services.planning.overviews.matrix import MatrixCell, cell_of
from services.planning.overviews.values import SeenCluster, SeenEnvironment
from services.precedence import PRECEDENCE
from services.reading.given_namespaces import taken_back
from services.reading.live.cache import LiveCache
from services.reading.live.cells import Cell, encoded_cell, unread_cell
from services.reading.live.changes import KindState
from services.reading.live.custom_standing import CustomStanding, as_known
from services.reading.live.judgements import AFTER_A_BUG, BREATH, Judgements, Unit, as_judged
from services.reading.live.missing import Missing
from services.reading.live.places import Place, PlaceKey, PlacesNow
from services.reading.live.standing import NEVER_READ, STALE_AFTER, Standing
from services.reading.live.stands import Stand, Stands

_BATCH = 0.1  # seconds from one look at what has changed to the next
_KEPT_CHANGES = 1000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Change:
    """The places that changed with this revision."""

    revision: int
    places: frozenset[PlaceKey]


class Picture:
    """Judges what has changed, and answers what places look like. `revision` rises whenever one looks different.

    Revisions of different processes, and of different runs of one, have nothing to do with each other.
    """

    def __init__(
        self,
        cache: LiveCache,
        *,
        policy: HealthPolicy,
        encode: Callable[[MatrixCell], bytes],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timer: Callable[[], float] = time.monotonic,
        stale_after: timedelta = STALE_AFTER,
    ) -> None:
        """`encode` writes a cell as the contract has it; `timer` counts seconds, for what is waited for."""
        self._cache = cache
        self._encode = encode
        self._clock = clock
        self._timer = timer
        self._places = PlacesNow()
        self._states: dict[str, tuple[KindState, ...]] = {}  # by which the places are shown that are judged
        self._standing: dict[Unit, tuple[Standing, CustomStanding]] = {}  # as it is shown
        self._stands = Stands(stale_after=stale_after)
        self._stale_at: dict[str, float] = {}  # on the timer
        self._cells: dict[PlaceKey, Cell] = {}
        self._failed: dict[PlaceKey, float] = {}  # whose cells could not be made, and when that is tried again
        self._unshown: set[PlaceKey] = set()  # to be encoded again
        self._rewritten: set[PlaceKey] = set()  # of these, those whose rows have changed
        self._untold: set[PlaceKey] = set()  # encoded again, and of no revision yet
        self._changes: deque[Change] = deque(maxlen=_KEPT_CHANGES)
        self._changed = asyncio.Event()
        self._revisions: dict[str, int] = {}
        self._missing = Missing()
        self.judgements = Judgements(cache, policy=policy, timer=timer)
        self.revision = 0

    # What it is told

    def place(self, places: PlacesNow) -> None:
        """These are the places from now on, with their rows as they are now."""
        former, self._places = self._places, places
        self.judgements.place(places)
        for key in places.changed_since(former):
            was, place = former.by_key.get(key), places.by_key[key]
            source, source_was = places.sources.get(key), former.sources.get(key)
            if was is None or _as_shown(was) != _as_shown(place) or _as_source(source_was) != _as_source(source):
                self._unshown.add(key)
                self._rewritten.add(key)
        if not places.rows_are(former):
            self._forget_others(former, places)
        self._cache.woken.set()

    def _forget_others(self, former: PlacesNow, places: PlacesNow) -> None:
        """Drop what is kept of places that are gone, or are on a cluster no more."""
        for key in former.by_key.keys() - places.by_key.keys():
            self._cells.pop(key, None)
            self._missing.forget(key)
            self._unshown.add(key)
        for key, cluster_id in tuple(self._standing):
            if key not in places.by_key or not places.by_key[key].is_on(cluster_id):
                del self._standing[key, cluster_id]
        self._stands.keep(self._standing.keys())

    async def run(self) -> None:
        """Judge what changes, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_next()):
                    await self._cache.woken.wait()
            await PRECEDENCE.give_way()
            await self.refresh()
            await asyncio.sleep(_BATCH)

    async def refresh(self) -> None:
        """Judge all that has changed, or whose time has come, and show it."""
        marks, now = self._cache.marks(), self._clock()
        self._unshown |= await self.judgements.judge(marks, now=now)
        # Not before what they stand for has been judged: else all would be missing when a cluster has just been read.
        self._states |= marks.states
        moment = self._timer()
        self._restate(marks.states.keys() | {each for each, at in self._stale_at.items() if at <= moment}, now)
        self._unshown |= {key for key, at in self._failed.items() if at <= moment}
        await self._show()

    # What it answers

    def cell(self, place: Place) -> Cell:
        """The cell of a place in the matrix.

        Who has written rows sees them at once. What clusters tell is shown with the next revision: the page of hundreds
        that changed in one moment does not wait until all of them are encoded.
        """
        if place.key in self._rewritten or place.key not in self._cells:
            self._show_one(place)
        return self._cells[place.key]

    def seen(self, place: Place) -> SeenEnvironment:
        """What the page of its application shows of a place."""
        target = place.target
        return SeenEnvironment(
            environment=target.environment.name,
            rank=target.environment.rank,
            configured=target.configured,
            namespace=target.namespace,
            deploy_mode=target.deploy_mode,
            pin=target.pin,
            active_operation=target.active_operation,
            resources=place.workloads,
            clusters=self.clusters(place),
            pushed=place.pushed,
            blocked=place.blocked,
            last_operation=place.last_operation,
            divergences=place.divergences,
            missing_keys=self._missing.of(place, self._places.sources.get(place.key), reliable=self._is_reliable),
            custom=place.custom,
            image_mappings=target.environment.image_mappings,
            follow=target.follow,
        )

    def clusters(self, place: Place) -> tuple[SeenCluster, ...]:
        """What is known of a place on each of its clusters, the primary one first."""
        now = self._clock()
        seen = tuple(self._seen(place, cluster, now) for cluster in place.target.environment.clusters)
        lacks = _lacking(place, seen)
        return tuple(replace(each, lacks=lacks[each.cluster]) if each.cluster in lacks else each for each in seen)

    def facts(self, target: AppEnvironmentRecord) -> tuple[ClusterFacts, ...]:
        """What runs there, cluster by cluster: with a failure, and no images, where that is not known now."""
        place = self._places.by_key.get((target.application.id, target.environment.id))
        if place is not None and place.target.configured:
            return tuple(map(_facts, self.clusters(place)))
        clusters = target.environment.clusters if target.configured else ()
        return tuple(ClusterFacts(cluster=each.name, failure=NEVER_READ.failure) for each in clusters)

    def lacking(self, target: AppEnvironmentRecord) -> Mapping[str, tuple[ResourceId, ...]]:
        """By cluster that is not level, what it lacks, as its page shows it."""
        place = self._places.by_key.get((target.application.id, target.environment.id))
        seen = self.clusters(place) if place is not None else ()
        return {each.cluster: each.lacks for each in seen if each.lacks}

    def is_unfinished(self, place: Place) -> bool:
        """Whether it has changed, and the revision has not risen for that yet, or it is being judged: then it may."""
        if place.key in self._unshown or place.key in self._untold:
            return True
        return any(self.judgements.is_waiting(place, each.id) for each in place.target.environment.clusters)

    def application_revision(self, application_id: str) -> int:
        """The last revision with which a place of the application changed."""
        return self._revisions.get(application_id, 0)

    def changes_after(self, revision: int) -> frozenset[PlaceKey] | None:
        """The places that have changed since; None where that is too long ago to know, or was in another run."""
        if revision > self.revision or (self._changes and revision < self._changes[0].revision - 1):
            return None
        return frozenset[PlaceKey]().union(*(each.places for each in self._changes if each.revision > revision))

    async def changed_after(self, revision: int) -> int:
        """The revision, once it is a later one."""
        while self.revision <= revision:
            await self._changed.wait()
        return self.revision

    # How far it can be relied on

    def _restate(self, clusters: Iterable[str], now: datetime) -> None:
        """Show the places anew that can be relied on otherwise, since streams of these clusters have changed."""
        for cluster_id in clusters:
            self._stale_at.pop(cluster_id, None)
            for place in self._places.by_cluster.get(cluster_id, ()):
                former = self._standing.get((place.key, cluster_id))
                if former != self._stand(place, cluster_id, now):
                    self._unshown |= {place.key, self._places.targets.get(place.key, place.key)}

    def _stand(self, place: Place, cluster_id: str, now: datetime) -> tuple[Standing, CustomStanding]:
        """How the place stands there now, without the time when it was last heard of; it is remembered."""
        found = self._stand_now(place, cluster_id, now)
        if found.until is not None:
            at = self._timer() + (found.until - now).total_seconds()
            self._stale_at[cluster_id] = min(at, self._stale_at.get(cluster_id, at))
        shown = (replace(found.standing, heard_at=None), found.custom)
        self._standing[place.key, cluster_id] = shown
        return shown

    def _stand_now(self, place: Place, cluster_id: str, now: datetime) -> Stand:
        return self._stands.of(place, cluster_id, self._states.get(cluster_id, ()), now=now)

    def _is_reliable(self, place: Place, cluster_id: str) -> bool:
        return self._stand_now(place, cluster_id, self._clock()).standing.failure is None

    def _seconds_to_next(self) -> float | None:
        moments = [*self._stale_at.values(), *self._failed.values(), self.judgements.next_at()]
        known = [each for each in moments if each is not None]
        return max(0.0, min(known) - self._timer()) if known else None

    # Showing

    async def _show(self) -> None:
        """Encode what has changed, and raise the revision once for all of it."""
        began = time.monotonic()
        while self._unshown:
            key = next(iter(self._unshown))
            place = self._places.by_key.get(key)
            if place is not None:
                self._show_one(place)
            else:
                self._failed.pop(key, None)
            self._unshown.discard(key)
            self._rewritten.discard(key)
            self._untold.add(key)
            if time.monotonic() - began > BREATH:
                await PRECEDENCE.give_way()
                began = time.monotonic()
        changed, self._untold = frozenset(self._untold), set()
        if not changed:
            return
        self.revision += 1
        self._revisions |= {application_id: self.revision for application_id, _ in changed}
        for application_id in self._revisions.keys() - self._places.by_application.keys():
            del self._revisions[application_id]  # it was deleted
        self._changes.append(Change(revision=self.revision, places=changed))
        self._changed.set()
        self._changed = asyncio.Event()

    def _show_one(self, place: Place) -> None:
        try:
            cell = self._shown(place)
            self._failed.pop(place.key, None)
        except Exception as error:  # noqa: BLE001 - a bug: it must not keep all others from being shown
            if place.key not in self._failed:
                names = {"application": place.target.application.name, "environment": place.target.environment.name}
                _log.error("an app environment was not shown", **names, exc_info=error)
            self._failed[place.key] = self._timer() + AFTER_A_BUG
            cell = self._cell(place, unread_cell(place))
        self._cells[place.key] = cell
        self._unshown.discard(place.key)
        self._rewritten.discard(place.key)
        self._untold.add(place.key)

    def _shown(self, place: Place) -> Cell:
        now = self._clock()
        if place.namespace is not None:
            for cluster in place.target.environment.clusters:
                self._stand(place, cluster.id, now)
        return self._cell(place, cell_of(environment_overview(self.seen(place), before=None)))

    def _cell(self, place: Place, cell: MatrixCell) -> Cell:
        return encoded_cell(cell, source=self._places.sources.get(place.key), encode=self._encode)

    def _seen(self, place: Place, cluster: ClusterRecord, now: datetime) -> SeenCluster:
        target = place.target
        if not target.configured:
            return SeenCluster(cluster=cluster.name, facts=None, read_at=None, failure=None)
        if (taken := taken_back(target)) is not None:
            failure = ClusterFailure(code=taken.code, detail=taken.detail)
            return SeenCluster(cluster=cluster.name, facts=None, read_at=None, failure=failure)
        found = self._stand_now(place, cluster.id, now)
        stands = found.standing
        known = self.judgements.facts(place, cluster.id) if stands.known else None
        unsure = stands.listing or self.judgements.is_waiting(place, cluster.id)
        if known is None or (unsure and not known.finds_any):
            unread = stands.failure or NEVER_READ.failure
            return SeenCluster(cluster=cluster.name, facts=None, read_at=None, failure=unread, since=stands.since)
        if known.custom:
            custom = as_known(known.custom, found.custom)
            known = known if custom == known.custom else replace(known, custom=custom)
        return SeenCluster(
            cluster=cluster.name,
            facts=known,
            read_at=self._cache.heard_at(cluster.id, stands.told_by) or stands.heard_at,
            failure=stands.failure,
            live=stands.live,
            since=stands.since,
        )


def _lacking(place: Place, seen: Sequence[SeenCluster]) -> Mapping[str, tuple[ResourceId, ...]]:
    """By cluster, what it lacks; nothing while an operation is under way, which brings one cluster after the other."""
    if place.target.active_operation is not None:
        return {}
    ids = {each.name: each.id for each in place.target.environment.clusters}
    known = [
        KnownOn(facts=each.facts, configuration=place.configuration.get(ids[each.cluster]))
        for each in seen
        if each.facts is not None and each.reachable and each.live
    ]
    return lacking(known, place.target.resources) if len(known) > 1 else {}


def _as_shown(place: Place) -> tuple[object, ...]:
    """What of its rows is shown."""
    target = place.target
    return (
        *as_judged(place),
        target.application.name,
        target.environment.name,
        target.environment.rank,
        target.configured,
        target.namespace,
        target.deploy_mode,
        target.follow,
        target.pin,
        target.active_operation,
        target.last_release,
        place.last_operation,
        place.pushed,
        place.blocked,
        place.divergences,
        target.resources,
        place.configuration,
        place.expected,
    )


def _as_source(place: Place | None) -> tuple[object, ...] | None:
    """What of a place is shown where another one is promoted from it."""
    if place is None:
        return None
    environment = place.target.environment
    clusters = tuple((each.id, each.name) for each in environment.clusters)
    return (place.key, environment.name, place.namespace, clusters, place.configuration)


def _facts(seen: SeenCluster) -> ClusterFacts:
    if seen.failure is not None or seen.facts is None:
        return ClusterFacts(cluster=seen.cluster, failure=seen.failure or NEVER_READ.failure)
    return seen.facts
