"""What screens show of the database, kept in memory: app environments with what happened there last.

They are read again when a table of theirs has changed, and of rows those alone that have. They are never written.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from db.transaction import Database, Transaction
from domain.configuration import ConfigurationReading
from domain.divergences import OpenDivergence
from domain.words import Verdict
from services.precedence import PRECEDENCE
from services.reading.live.beside import Beside, Expected, blocked_push, offered_images, with_beside, with_row
from services.reading.live.places import Place, PlacesNow

# The tables of which places are made: where one of the first has changed, each of its rows may concern all places.
_OF_ALL = frozenset({"environments", "environment_clusters", "environment_namespaces", "clusters", "declared_kinds"})
_ROWS = _OF_ALL | {"applications", "app_environments", "app_environment_resources"}
_CONFIGURATION = frozenset({"configuration_readings", "configuration_reads", "field_differences"})
_EXPECTED = frozenset({"expected_differences"})
_ALL = _ROWS | {"operations", "image_push_verdicts", "divergences"} | _CONFIGURATION | _EXPECTED
# What looks at places in the background writes these alone, all the time: whoever asks for a page did not. Who accepts
# what runs writes rows of app environments with them.
_IN_TIME = _CONFIGURATION | {"divergences"}
_REST = 2  # as much time at least passes after a reading as this many readings take
Found = TypeVar("Found")


class Tables(Protocol):
    """What tells of tables that change. While it is not `connected`, nobody knows what changes."""

    connected: bool

    def subscribe(self, told: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `told` with the names of tables that have changed; returns what ends the calls."""


class Places:
    """Keeps the places up to date, as long as it hears which tables change; else they are read whenever they are asked
    for.
    """

    def __init__(self, db: Database, *, told: Callable[[PlacesNow], None], tables: Tables | None = None) -> None:
        """`told` is called with the places whenever any of them is another one."""
        self._db = db
        self._told = told
        self._tables = tables
        self._stale = set(_ALL)
        self._reading = frozenset[str]()
        self._versions: Mapping[str, str] = {}  # of what `now` was read of, by application
        self._configuration = _Kept[Mapping[str, ConfigurationReading]]()
        self._diverging = _Kept[tuple[OpenDivergence, ...]]()
        self._expected: Expected = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._woken.set()
        self.now = PlacesNow()
        self._told_of: PlacesNow | None = None
        db.on_change(self._changed)  # whoever has written something, and asks the same process, sees it
        if tables is not None:
            tables.subscribe(self._changed)

    async def current(self) -> PlacesNow:
        """The places: without a query as long as nothing has changed but what is read in time."""
        if self._tables is None or not self._tables.connected:
            self._stale |= _ALL
        if not _IN_TIME.issuperset(self._stale | self._reading):  # what is being read may be what was asked for
            await self.refresh()
        return self.now

    async def including(self, application_id: str) -> PlacesNow:
        """As `current`, with an application that was added so lately that nothing has told of it yet."""
        places = await self.current()
        if application_id not in places.by_application:
            self._stale |= _ROWS
            await self.refresh()
        return self.now

    def _changed(self, tables: frozenset[str]) -> None:
        self._stale |= tables & _ALL
        if self._stale:
            self._woken.set()

    async def refresh(self) -> None:
        """Read what has changed. Raises what the database raises."""
        async with self._turn:
            stale = self._reading = frozenset(self._stale)
            self._stale -= stale
            self._woken.clear()
            if not stale:
                return
            try:
                await self._read(stale)
                if self.now is not self._told_of:
                    self._told(self.now)
                    self._told_of = self.now
            except BaseException:
                self._stale |= stale
                self._woken.set()
                raise
            finally:
                self._reading = frozenset()

    async def run(self, *, debounce: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Read again after each change, at most once in `debounce` seconds, until cancelled. Raises as `refresh`.

        Where there are so many places that reading them takes longer, that is still not most of what is done: who
        adds hundreds of applications changes rows all the time.
        """
        while True:
            await self._woken.wait()
            await PRECEDENCE.give_way()
            began = time.monotonic()
            await self.refresh()
            await pause(max(debounce, (time.monotonic() - began) * _REST))

    async def _read(self, stale: Collection[str]) -> None:
        """Make the places those of one snapshot; `now` is the same object where nothing is another one."""
        async with self._db.read() as tx:
            if not _CONFIGURATION.isdisjoint(stale):
                await self._configuration.read(await tx.row_versions.configuration(), tx.configuration.of)
            if "divergences" in stale:
                await self._diverging.read(await tx.row_versions.divergences(), tx.divergences.open)
            if not _EXPECTED.isdisjoint(stale):
                self._expected = await tx.expected_differences.of_configuration()
            now, versions = self.now, self._versions
            if not _ROWS.isdisjoint(stale):
                versions = await tx.row_versions.app_environments()
                now = await self._read_rows(tx, versions, all_=not _OF_ALL.isdisjoint(stale))
            beside = await self._read_beside(tx, stale, list(now.by_row))
        found = {key: with_beside(place, beside) for key, place in now.by_key.items()}
        changed = {key: place for key, place in found.items() if place is not now.by_key[key]}
        self.now = now.with_places(changed) if changed else now
        self._versions = versions  # not before what was read of these is there

    async def _read_rows(self, tx: Transaction, versions: Mapping[str, str], *, all_: bool) -> PlacesNow:
        """The rows as they are: those of applications alone of which any has changed, unless `all_` may have."""
        known = {each.id: each for each in self.now.applications}
        read = await tx.applications.all()
        applications = tuple(known[each.id] if known.get(each.id) == each else each for each in read)
        changed = [
            each
            for each in applications
            if all_ or known.get(each.id) is not each or versions.get(each.id) != self._versions.get(each.id)
        ]
        if not changed and not all_ and len(applications) == len(known):
            return self.now
        environments = await tx.environments.all() if all_ else self.now.environments
        rows = await tx.app_environments.of(changed)
        of, where = {each.id: each for each in changed}, {each.id: each for each in environments}
        if any(row.environment.id not in where for row in rows):  # it was added, and nothing has told of it yet
            return await self._read_rows(tx, versions, all_=True)
        found: dict[str, list[Place]] = {each.id: [] for each in changed}
        for row in rows:
            key = (row.application.id, row.environment.id)
            own = replace(row, application=of[key[0]], environment=where[key[1]])
            found[key[0]].append(with_row(self.now.by_key.get(key), own))
        return PlacesNow(
            applications=applications,
            environments=environments,
            by_application={
                each.id: tuple(found[each.id]) if each.id in found else self.now.by_application[each.id]
                for each in applications
            },
        )

    async def _read_beside(self, tx: Transaction, stale: Collection[str], ids: Sequence[str]) -> Beside:
        operations = "operations" in stale
        waiting = None
        if "image_push_verdicts" in stale:
            waiting = await tx.verdicts.pushes_judged(ids, [Verdict.OFFERED, Verdict.BLOCKED])
        return Beside(
            configuration=self._configuration.found,
            diverging=self._diverging.found,
            expected=self._expected,
            active=await tx.place_operations.active() if operations else None,
            ended=await tx.place_operations.last_ended(ids) if operations else None,
            offered={id_: offered_images(found) for id_, found in waiting.items()} if waiting is not None else None,
            blocked={id_: blocked_push(found) for id_, found in waiting.items()} if waiting is not None else None,
        )


class _Kept(Generic[Found]):
    """What was found by app environment, and read again only where rows of it have changed."""

    def __init__(self) -> None:
        self.found: Mapping[str, Found] = {}
        self._versions: Mapping[str, str] = {}

    async def read(
        self, versions: Mapping[str, str], of: Callable[[Collection[str]], Awaitable[Mapping[str, Found]]]
    ) -> None:
        """Make it what the rows say that have these versions; `of` reads those of some app environments."""
        changed = {id_ for id_, version in versions.items() if self._versions.get(id_) != version}
        found = await of(changed) if changed else {}
        kept = {id_: each for id_, each in self.found.items() if id_ in versions and id_ not in changed}
        self.found, self._versions = {**kept, **found}, versions
