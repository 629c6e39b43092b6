"""What screens show of the database, kept in memory: app environments with what happened there last.

They are read again when a table of theirs has changed. They are never written.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from db.records.images import ImagePushRecord, VerdictRecord
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import EndedOperation
from db.transaction import Database, Transaction
from domain.comparisons import ObjectField
from domain.configuration import ConfigurationReading
from domain.divergences import OpenDivergence
from domain.images import ContainerKey
from domain.words import Verdict
from services.planning.overviews.values import LastOperation, PushedImage
from services.reading.live.places import Place, PlacesNow

# The tables of which places are made. Of those that change often, only what is shown is read again.
_ROWS = frozenset(
    {
        "applications",
        "environments",
        "environment_clusters",
        "environment_namespaces",
        "clusters",
        "app_environments",
        "app_environment_resources",
    }
)
_CONFIGURATION = frozenset({"configuration_readings", "configuration_reads", "field_differences"})
_EXPECTED = frozenset({"expected_differences"})
_OFTEN = frozenset({"operations", "image_push_verdicts", "divergences"}) | _CONFIGURATION | _EXPECTED
_ALL = _ROWS | _CONFIGURATION | _EXPECTED
_REST = 2  # as much time at least passes after a reading as this many readings take


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
        """`told` is called with the places whenever they have been read."""
        self._db = db
        self._told = told
        self._tables = tables
        self._stale = set(_ALL)
        self._configuration: Mapping[str, Mapping[str, ConfigurationReading]] = {}
        self._expected: _Expected = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._woken.set()
        self.now = PlacesNow()
        db.on_change(self._changed)  # whoever has written something, and asks the same process, sees it
        if tables is not None:
            tables.subscribe(self._changed)

    async def current(self) -> PlacesNow:
        """The places: without a query as long as nothing has changed."""
        if self._tables is None or not self._tables.connected:
            self._stale |= _ALL
        if self._stale or self._turn.locked():  # what is being read at the moment may be what was asked for
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
        self._stale |= tables & (_ROWS | _OFTEN)
        if self._stale:
            self._woken.set()

    async def refresh(self) -> None:
        """Read what has changed. Raises what the database raises."""
        async with self._turn:
            stale = frozenset(self._stale)
            self._stale -= stale
            self._woken.clear()
            if not stale:
                return
            try:
                if stale & _CONFIGURATION:  # many rows, which seldom change
                    await self._read_configuration()
                if stale & _EXPECTED:
                    await self._read_expected()
                self.now = await (self._read_often(stale) if stale <= _OFTEN else self._read_all())
            except BaseException:
                self._stale |= stale
                self._woken.set()
                raise
            self._told(self.now)

    async def run(self, *, debounce: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Read again after each change, at most once in `debounce` seconds, until cancelled. Raises as `refresh`.

        Where there are so many places that reading them takes longer, that is still not most of what is done: who
        adds hundreds of applications changes rows all the time.
        """
        while True:
            await self._woken.wait()
            began = time.monotonic()
            await self.refresh()
            await pause(max(debounce, (time.monotonic() - began) * _REST))

    async def _read_configuration(self) -> None:
        async with self._db.read() as tx:
            self._configuration = await tx.configuration.all()

    async def _read_expected(self) -> None:
        async with self._db.read() as tx:
            self._expected = await tx.expected_differences.of_configuration()

    async def _read_all(self) -> PlacesNow:
        async with self._db.read() as tx:
            applications = await tx.applications.all()
            environments = await tx.environments.all()
            records = await tx.app_environments.of(applications)
            ids = [each.id for each in records if each.id is not None]
            beside = _Beside(
                ended=await _ended(tx, ids),
                offered=await _offered(tx, ids),
                diverging=await tx.divergences.open(),
                configuration=self._configuration,
                expected=self._expected,
            )
        found: dict[str, list[Place]] = {each.id: [] for each in applications}
        for each in records:
            found[each.application.id].append(_place(each, beside))
        return PlacesNow(
            applications=applications,
            environments=environments,
            by_application={key: tuple(places) for key, places in found.items()},
        )

    async def _read_often(self, stale: frozenset[str]) -> PlacesNow:
        """The places with their operations and offered images read anew; the rows are as before."""
        ids = list(self.now.by_row)
        async with self._db.read() as tx:
            active = await tx.place_operations.active()
            beside = _Beside(
                ended=await _ended(tx, ids),
                offered=await _offered(tx, ids) if "image_push_verdicts" in stale else None,
                diverging=await tx.divergences.open() if "divergences" in stale else None,
                configuration=self._configuration,
                expected=self._expected,
            )
        return replace(
            self.now,
            by_application={
                key: tuple(_again(place, active, beside) for place in places)
                for key, places in self.now.by_application.items()
            },
        )


_Offered = Mapping[str, Mapping[ContainerKey, PushedImage]]
_Expected = Mapping[tuple[str, str], Mapping[str, tuple[ObjectField, ...]]]


@dataclass(frozen=True, kw_only=True)
class _Beside:
    """What belongs to the rows of app environments, by their ids; `expected` by those of application and environment.

    None: it is as it was.
    """

    ended: Mapping[str, EndedOperation]
    offered: _Offered | None
    diverging: Mapping[str, tuple[OpenDivergence, ...]] | None
    configuration: Mapping[str, Mapping[str, ConfigurationReading]]
    expected: _Expected


async def _ended(tx: Transaction, ids: Sequence[str]) -> Mapping[str, EndedOperation]:
    return await tx.place_operations.last_ended(ids)


async def _offered(tx: Transaction, ids: Sequence[str]) -> _Offered:
    pushes = await tx.verdicts.pushes_judged(ids, [Verdict.OFFERED])
    return {target: offered_images(found) for target, found in pushes.items()}


def offered_images(offered: Iterable[tuple[ImagePushRecord, VerdictRecord]]) -> dict[ContainerKey, PushedImage]:
    """The newest offered image of each container; `offered` is in order, the newest first."""
    found: dict[ContainerKey, PushedImage] = {}
    for image_push, verdict in offered:
        image = PushedImage(
            push=image_push.push,
            repository=image_push.repository,
            tag=image_push.tag,
            digest=image_push.digest,
            discovered_at=image_push.discovered_at,
        )
        for container in verdict.containers:
            found.setdefault(container.key, image)
    return found


def _place(target: AppEnvironmentRecord, beside: _Beside, was: Place | None = None) -> Place:
    key = target.id or ""
    last = beside.ended.get(key)
    pushed = was.pushed if was is not None else {}
    divergences = was.divergences if was is not None else ()
    return Place(
        target=target,
        last_operation=LastOperation(id=last.id, kind=last.kind, state=last.state) if last else None,
        pushed=beside.offered.get(key, {}) if beside.offered is not None else pushed,
        divergences=beside.diverging.get(key, ()) if beside.diverging is not None else divergences,
        configuration=beside.configuration.get(key, {}),
        expected=beside.expected.get((target.application.id, target.environment.id), {}),
    )


def _again(place: Place, active: Mapping[str, str], beside: _Beside) -> Place:
    """The place, and the same object where nothing has changed: then nothing is compared any further."""
    again = _place(place.target, beside, place)
    underway = active.get(place.target.id or "")
    if again == place and underway == place.target.active_operation:
        return place
    return replace(again, target=replace(place.target, active_operation=underway))
