"""What runs where for one application, from the live picture. Asks no cluster, and no database."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from db.transaction import Database
from domain.grants import Actor, ApplicationViewGrant
from services.errors import NotFoundError
from services.planning.overviews.application import application_overview, without_times
from services.planning.overviews.values import ApplicationOverview
from services.reading.live.live import Live
from services.reading.live.places import Place
from services.reading.permissions import Permissions, application_ref, environment_ref

_MOST_DIGESTS = 5000
_MOST_PAGES = 64
_KEPT_FOR = 1.0  # seconds, of a page

Key = TypeVar("Key")
Value = TypeVar("Value")

Encode = Callable[[ApplicationOverview], bytes]


@dataclass(frozen=True, kw_only=True)
class _Found:
    id: str
    application: str
    places: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class _Page:
    """An encoded overview, None where nobody has asked for more than its digest; `until` on the timer."""

    digest: str
    encoded: bytes | None
    until: float


class Overview:
    """Reads overviews of applications in the environments that the actor sees."""

    def __init__(
        self, db: Database, live: Live, *, encode: Encode, timer: Callable[[], float] = time.monotonic
    ) -> None:
        """`encode` writes an overview as the contract has it; `timer` counts seconds."""
        self._permissions = Permissions(db)
        self._live = live
        self._encode = encode
        self._timer = timer
        self._digests: dict[tuple[object, ...], str] = {}
        self._pages: dict[tuple[object, ...], _Page] = {}

    async def read(self, application: str, *, actor: Actor) -> ApplicationOverview:
        """The application in all environments that the actor sees, by rank. Raises `NotFoundError`."""
        return self._overview(await self._find(application, actor))

    async def read_unless(self, application: str, *, actor: Actor, has: frozenset[str]) -> tuple[str, bytes | None]:
        """Its version, and the encoded overview unless the caller `has` that version. Raises `NotFoundError`.

        The version is a digest of what the actor is shown, without the times at which clusters were last heard of. So
        it is the same in every process, and never that of what another viewer is shown instead. These times are up to a
        second old: all who look at an application that has just changed get what was made for the first of them.
        """
        found = await self._find(application, actor)
        picture = self._live.picture
        environments = tuple(place.target.environment.id for place in found.places)
        key = (found.id, picture.application_revision(found.id), found.application, environments)
        # What has changed is of no revision yet: what is known of the present one is no longer true.
        finished = not any(picture.is_unfinished(place) for place in found.places)
        page = self._pages.get(key) if finished else None
        if page is None or page.until <= self._timer():
            page = self._made(found, known=self._digests.get(key) if finished else None, has=has)
            if finished:
                _keep(self._digests, key, page.digest, most=_MOST_DIGESTS)
                if page.encoded is not None:
                    _keep(self._pages, key, page, most=_MOST_PAGES)
        return page.digest, None if page.digest in has else page.encoded

    def _made(self, found: _Found, *, known: str | None, has: frozenset[str]) -> _Page:
        """The page as it is now; `known` is its digest where that is known."""
        until = self._timer() + _KEPT_FOR
        if known is not None and known in has:
            return _Page(digest=known, encoded=None, until=until)
        overview = self._overview(found)
        digest = known or blake2b(self._encode(without_times(overview)), digest_size=16).hexdigest()
        return _Page(digest=digest, encoded=None if digest in has else self._encode(overview), until=until)

    async def _find(self, application: str, actor: Actor) -> _Found:
        places = await self._live.places.current()
        known = places.by_name.get(application.lower())
        if known is None:  # it may have been added a moment ago, by another process
            asked = await self._permissions.application(actor, ApplicationViewGrant, application)
            places = await self._live.places.including(asked.application.id)
            known = next((each for each in places.applications if each.id == asked.application.id), None)
        if known is None:  # it was deleted a moment ago
            raise NotFoundError("application", application)
        ref = application_ref(known)
        grant = self._permissions.known_application(actor, ApplicationViewGrant, ref, asked_as=application)
        everywhere = places.by_application.get(known.id, ())
        seen = tuple(each for each in everywhere if grant.sees(environment_ref(each.target.environment)))
        return _Found(id=known.id, application=known.name, places=seen)

    def _overview(self, found: _Found) -> ApplicationOverview:
        seen = [self._live.picture.seen(place) for place in found.places]
        return application_overview(found.application, seen, read_at=datetime.now(UTC))


def _keep(kept: dict[Key, Value], key: Key, value: Value, *, most: int) -> None:
    """Keep it, and let go of what was kept first."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
