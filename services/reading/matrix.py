"""Pages of the matrix of applications by environments, from the live picture. Asks no cluster, and no database."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from db.records import ApplicationRecord, EnvironmentRecord
from domain.grants import ListGrant
from domain.rights import Scope
from services.reading.live.live import Live
from services.reading.live.picture import Cell
from services.reading.live.places import PlacesNow
from services.reading.permissions import application_ref, environment_ref

_KEPT_PAGES = 16  # of up to 200 rows: the pages that people look at
EncodeRow = Callable[[str, str, Sequence[bytes]], bytes]
"""Writes a row as the contract has it, of an application's name and description and its encoded cells."""


@dataclass(frozen=True, kw_only=True)
class MatrixPage:
    """One page with its encoded rows; `next` is the `after` of the next page, None on the last one.

    Pages that show the same have the same `digest`, in every process.
    """

    environments: tuple[str, ...]
    items: tuple[bytes, ...]
    next: str | None
    digest: str
    read_at: datetime


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


class MatrixReader:
    """Reads pages of the matrix, and keeps those that were read last until something changes."""

    def __init__(self, live: Live, *, encode_row: EncodeRow) -> None:
        self._live = live
        self._encode_row = encode_row
        self._kept: OrderedDict[_Asked, _Kept] = OrderedDict()

    async def read(self, grant: ListGrant, *, search: str | None, after: str | None, limit: int) -> MatrixPage:
        """A page of the applications that the actor sees, by name; cells that lack the answer of a cluster say so."""
        places, revision = await self._live.places.current(), self._live.picture.revision
        asked = _Asked(scopes=grant.scopes, search=search, after=after, limit=limit)
        kept = self._kept.get(asked)
        if kept is None or kept.places is not places or kept.revision != revision:
            kept = _Kept(places=places, revision=revision, page=self._page(places, asked))
            self._kept[asked] = kept
            if len(self._kept) > _KEPT_PAGES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(asked)
        return kept.page

    def _page(self, places: PlacesNow, asked: _Asked) -> MatrixPage:
        found = [each for each in places.applications if _is_asked_for(each, asked)]
        page, more = found[: asked.limit], len(found) > asked.limit
        environments = tuple(each.name for each in places.environments if _covers(asked.scopes, None, each))
        digest = blake2b(repr((environments, more)).encode(), digest_size=16)
        items = []
        for application in page:
            cells = self._cells(places, application, asked.scopes)
            items.append(self._encode_row(application.name, application.description, [one.encoded for one in cells]))
            digest.update(repr((application.name, application.description, len(cells))).encode())
            for one in cells:
                digest.update(one.digest)
        return MatrixPage(
            environments=environments,
            items=tuple(items),
            next=page[-1].name if more else None,
            digest=digest.hexdigest(),
            read_at=datetime.now(UTC),
        )

    def _cells(self, places: PlacesNow, application: ApplicationRecord, scopes: Sequence[Scope]) -> list[Cell]:
        return [
            self._live.picture.cell(place)
            for place in places.by_application.get(application.id, ())
            if _covers(scopes, application, place.target.environment)
        ]


def _is_asked_for(application: ApplicationRecord, asked: _Asked) -> bool:
    name = application.name.lower()
    if asked.after is not None and name <= asked.after.lower():
        return False
    if asked.search and asked.search.lower() not in name:
        return False
    return any(scope.covers_application(application_ref(application)) for scope in asked.scopes)


def _covers(scopes: Sequence[Scope], application: ApplicationRecord | None, environment: EnvironmentRecord) -> bool:
    """Whether the environment is seen: because of the application, or, without one, of any."""
    place = environment_ref(environment)
    of = application_ref(application) if application is not None else None
    return any(scope.covers_environment(place) and (of is None or scope.covers_application(of)) for scope in scopes)
