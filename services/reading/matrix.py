"""Pages of the matrix of applications by environments, from the live picture. Asks no cluster, and no database."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from db.records.inventory import ApplicationRecord
from domain.grants import ListGrant
from domain.rights import Scope
from services.reading.live.cells import Cell
from services.reading.live.live import Live
from services.reading.live.places import Place, PlacesNow
from services.reading.permissions import application_ref, environment_ref

_KEPT_PAGES = 16  # of up to 200 rows: the pages that people look at
_KEPT_ROWS = 4000
Key = TypeVar("Key")
Value = TypeVar("Value")
EncodeRow = Callable[[str, str, Sequence[bytes]], bytes]
"""Writes a row as the contract has it, of an application's name and description and its encoded cells."""


@dataclass(frozen=True, kw_only=True)
class MatrixPage:
    """One page with its encoded rows; `next` is the `after` of the next page, None on the last one.

    `encoded` is all of it. Pages that show the same have the same `digest`, in every process.
    """

    environments: tuple[str, ...]
    items: tuple[bytes, ...]
    next: str | None
    digest: str
    read_at: datetime
    encoded: bytes = b""


EncodePage = Callable[[MatrixPage], bytes]
"""Writes a page of encoded rows as the contract has it."""


@dataclass(frozen=True, kw_only=True)
class _Asked:
    scopes: tuple[Scope, ...]
    search: str | None
    after: str | None
    limit: int


@dataclass(frozen=True, kw_only=True)
class _Kept:
    places: PlacesNow
    revision: int
    page: MatrixPage


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What somebody sees of these places: environments, and applications by name, each with its places."""

    places: PlacesNow
    environments: tuple[str, ...]
    applications: tuple[tuple[ApplicationRecord, tuple[Place, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class _Row:
    application: ApplicationRecord
    cells: tuple[Cell, ...]
    encoded: bytes
    digest: bytes


class MatrixReader:
    """Reads pages of the matrix, and keeps what it made of them until something changes."""

    def __init__(self, live: Live, *, encode_row: EncodeRow, encode_page: EncodePage) -> None:
        self._live = live
        self._encode_row = encode_row
        self._encode_page = encode_page
        self._kept: OrderedDict[_Asked, _Kept] = OrderedDict()
        self._seen: OrderedDict[tuple[Scope, ...], _Seen] = OrderedDict()
        self._rows: OrderedDict[tuple[str, tuple[Scope, ...]], _Row] = OrderedDict()

    async def read(self, grant: ListGrant, *, search: str | None, after: str | None, limit: int) -> MatrixPage:
        """A page of the applications that the actor sees, by name; cells that lack the answer of a cluster say so."""
        places, revision = await self._live.places.current(), self._live.picture.revision
        asked = _Asked(scopes=grant.scopes, search=search, after=after, limit=limit)
        kept = self._kept.get(asked)
        if kept is None or kept.places is not places or kept.revision != revision:
            page = self._page(self._seen_of(places, grant.scopes), asked)
            kept = _Kept(places=places, revision=revision, page=page)
            _keep(self._kept, asked, kept, most=_KEPT_PAGES)
        return kept.page

    def _seen_of(self, places: PlacesNow, scopes: tuple[Scope, ...]) -> _Seen:
        found = self._seen.get(scopes)
        if found is None or found.places is not places:
            found = _seen(places, scopes)
            _keep(self._seen, scopes, found, most=_KEPT_PAGES)
        return found

    def _page(self, seen: _Seen, asked: _Asked) -> MatrixPage:
        found = [each for each in seen.applications if _is_asked_for(each[0], asked)]
        page, more = found[: asked.limit], len(found) > asked.limit
        digest = blake2b(repr((seen.environments, more)).encode(), digest_size=16)
        items = []
        for application, places in page:
            row = self._row(application, places, asked.scopes)
            items.append(row.encoded)
            digest.update(row.digest)
        made = MatrixPage(
            environments=seen.environments,
            items=tuple(items),
            next=page[-1][0].name if more else None,
            digest=digest.hexdigest(),
            read_at=datetime.now(UTC),
        )
        return replace(made, encoded=self._encode_page(made))

    def _row(self, application: ApplicationRecord, places: Sequence[Place], scopes: tuple[Scope, ...]) -> _Row:
        """The row, made anew only where a cell of it is another one."""
        cells = tuple(map(self._live.picture.cell, places))
        row = self._rows.get((application.id, scopes))
        if row is None or row.application is not application or row.cells != cells:
            seen = frozenset(each.target.environment.id for each in places)
            encoded = self._encode_row(
                application.name, application.description, [one.seen_with(seen) for one in cells]
            )
            digest = blake2b(encoded, digest_size=16).digest()
            row = _Row(application=application, cells=cells, encoded=encoded, digest=digest)
            _keep(self._rows, (application.id, scopes), row, most=_KEPT_ROWS)
        return row


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, *, most: int) -> None:
    """Keep it, and let go of what was made longest ago."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


def _seen(places: PlacesNow, scopes: Sequence[Scope]) -> _Seen:
    environments = [(each, environment_ref(each)) for each in places.environments]
    seen = []
    for application in places.applications:
        of = application_ref(application)
        here = [scope for scope in scopes if scope.covers_application(of)]
        ids = {each.id for each, place in environments if any(scope.covers_environment(place) for scope in here)}
        if here:
            found = places.by_application.get(application.id, ())
            seen.append((application, tuple(each for each in found if each.target.environment.id in ids)))
    return _Seen(
        places=places,
        environments=tuple(
            each.name for each, place in environments if any(scope.covers_environment(place) for scope in scopes)
        ),
        applications=tuple(seen),
    )


def _is_asked_for(application: ApplicationRecord, asked: _Asked) -> bool:
    name = application.name.lower()
    if asked.after is not None and name <= asked.after.lower():
        return False
    return not asked.search or asked.search.lower() in name
