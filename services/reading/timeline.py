"""Reads the timeline of an app environment: what was recorded of its clusters, and what other tables know anyway."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.records.inventory import AppEnvironmentRecord
from db.records.pages import Page
from db.timeline_window import TimelineWindow
from db.transaction import Database, Transaction
from domain.grants import Actor, ViewGrant
from domain.rights import EnvironmentRef, Right
from domain.timeline_facts import FreezeFact, Mark
from services.errors import InvalidRequestError
from services.planning.people.freezes import concerning
from services.planning.timeline.cursors import cursor_of, mark_of
from services.planning.timeline.entries import EntryKind, TimelineEntry, audited, divergence_kinds, newest_first
from services.planning.timeline.event_sentences import of_event
from services.planning.timeline.sentences import of_divergence, of_freezes, of_gate, of_operation, of_release
from services.reading.app_environments import app_environment
from services.reading.permissions import Permissions

KEPT = timedelta(days=90)  # as long as events are


@dataclass(frozen=True, kw_only=True)
class TimelineFilter:
    """What began before `until` and had not ended before `since` (None: now, and 90 days ago), of these kinds (none:
    all).
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[EntryKind] = frozenset()


class Timeline:
    """Timelines of app environments. They ask no cluster."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def list(
        self,
        application: str,
        environment: str,
        asked: TimelineFilter,
        *,
        actor: Actor,
        after: str | None,
        limit: int,
    ) -> Page[TimelineEntry]:
        """A page of it, the newest first. Raises `NotFoundError`, and `InvalidRequestError` for an empty span of time
        and for another list's cursor.
        """
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        now = datetime.now(UTC)
        window = _window(asked, _mark(after), now=now, limit=limit + 1)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            reading = _Reading(tx=tx, grant=grant, target=target, window=window, now=now)
            found = await reading.entries(asked.kinds or frozenset(EntryKind)) if target.id is not None else []
        items, last = newest_first(found, limit=limit)
        return Page(items=items, next=cursor_of(last) if last is not None else None)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """One page: as many entries of each source as the page may have, and one more."""

    tx: Transaction
    grant: ViewGrant
    target: AppEnvironmentRecord
    window: TimelineWindow
    now: datetime

    async def entries(self, kinds: frozenset[EntryKind]) -> list[TimelineEntry]:
        return [
            *await self._recorded(kinds),
            *await self._kept_anyway(kinds),
            *await self._gates(kinds),
            *(await self._freezes() if EntryKind.FREEZE in kinds else ()),
        ]

    async def _recorded(self, kinds: frozenset[EntryKind]) -> Iterable[TimelineEntry]:
        wanted = [kind for each in kinds if (kind := each.recorded) is not None]
        return map(of_event, await self.tx.timelines.events(self._id, self.window, wanted)) if wanted else ()

    async def _kept_anyway(self, kinds: frozenset[EntryKind]) -> Iterable[TimelineEntry]:
        facts, found = self.tx.timeline_facts, list[TimelineEntry]()
        if EntryKind.OPERATION in kinds:
            operations = await facts.operations(self._id, self.window)
            found += [of_operation(each, sees=self._sees) for each in operations]
        if EntryKind.RELEASE in kinds:
            found += map(of_release, await facts.releases(self._id, self.window))
        if diverging := divergence_kinds(kinds):
            found += map(of_divergence, await facts.divergences(self._id, self.window, diverging))
        return found

    async def _gates(self, kinds: frozenset[EntryKind]) -> Iterable[TimelineEntry]:
        facts, found = self.tx.timeline_facts, list[TimelineEntry]()
        where = {"application_id": self.grant.application.id, "environment_id": self.grant.environment.id}
        if changes := audited(kinds):
            clusters = [each.id for each in self.target.environment.clusters]
            found += map(of_gate, await facts.gates(self.window, **where, cluster_ids=clusters, changes=changes))
        if EntryKind.HOLD in kinds:
            found += map(of_gate, await facts.expired_holds(self.window, **where))
        return found

    async def _freezes(self) -> Iterable[TimelineEntry]:
        records = await self.tx.freezes.list()
        grant = self.grant
        here = {each.id for each in concerning((one.freeze for one in records), grant.application, grant.environment)}
        known = [FreezeFact(freeze=each.freeze, since=each.updated_at) for each in records if each.freeze.id in here]
        window = self.window
        return of_freezes(known, since=window.since, until=window.until, after=window.after, now=self.now)

    def _sees(self, environment: EnvironmentRef) -> bool:
        """Whether the reader sees the application in another environment, so that its name may be told."""
        holdings = self.grant.actor.holdings
        return holdings.allow(Right.VIEW, application=self.grant.application, environment=environment)

    @property
    def _id(self) -> str:
        assert self.target.id is not None, "what has a timeline has a row"
        return self.target.id


def _window(asked: TimelineFilter, after: Mark | None, *, now: datetime, limit: int) -> TimelineWindow:
    until = asked.until or now + timedelta(minutes=1)  # clocks of replicas differ
    since = asked.since or min(now, until) - KEPT
    if since >= until:
        raise InvalidRequestError("The timeline's `from` has to be before its `to`.", field="query.from")
    return TimelineWindow(since=since, until=until, limit=limit, after=after)


def _mark(cursor: str | None) -> Mark | None:
    """Raises `InvalidRequestError` for another list's cursor."""
    if cursor is None:
        return None
    found = mark_of(cursor)
    if found is None:
        raise InvalidRequestError(
            "The cursor does not belong to this list. Send the `next_cursor` of a page of the same list.",
            field="query.cursor",
        )
    return found
