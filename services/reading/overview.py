"""What runs where for one application, from the live picture. Asks no cluster, and no database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from db.transaction import Database
from domain.grants import Actor, ApplicationViewGrant
from services.errors import NotFoundError
from services.planning.overviews.application import application_overview, without_times
from services.planning.overviews.values import ApplicationOverview
from services.reading.live.live import Live
from services.reading.live.places import Place
from services.reading.permissions import Permissions, application_ref, environment_ref

_MOST_DIGESTS = 5000

Encode = Callable[[ApplicationOverview], bytes]


@dataclass(frozen=True, kw_only=True)
class _Found:
    id: str
    application: str
    places: tuple[Place, ...]


class Overview:
    """Reads overviews of applications in the environments that the actor sees."""

    def __init__(self, db: Database, live: Live, *, encode: Encode) -> None:
        """`encode` writes an overview as the contract has it."""
        self._permissions = Permissions(db)
        self._live = live
        self._encode = encode
        self._digests: dict[tuple[object, ...], str] = {}

    async def read(self, application: str, *, actor: Actor) -> ApplicationOverview:
        """The application in all environments that the actor sees, by rank. Raises `NotFoundError`."""
        return self._overview(await self._find(application, actor))

    async def read_unless(
        self, application: str, *, actor: Actor, has: frozenset[str]
    ) -> tuple[str, ApplicationOverview | None]:
        """Its version, and the overview unless the caller `has` that version. Raises `NotFoundError`.

        The version is a digest of what the actor is shown, without the times at which clusters were last heard of. So
        it is the same in every process, and never that of what another viewer is shown instead.
        """
        found = await self._find(application, actor)
        version, overview = self._version(found)
        if version in has:
            return version, None
        return version, overview or self._overview(found)

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

    def _version(self, found: _Found) -> tuple[str, ApplicationOverview | None]:
        """The digest, and the overview where it had to be made for that: once for a revision and what is seen of it."""
        picture = self._live.picture
        environments = tuple(place.target.environment.id for place in found.places)
        key = (found.id, picture.application_revision(found.id), found.application, environments)
        # What has changed is of no revision yet: what is known of the present one is no longer true.
        finished = not any(picture.is_unfinished(place) for place in found.places)
        if finished and key in self._digests:
            return self._digests[key], None
        overview = self._overview(found)
        digest = blake2b(self._encode(without_times(overview)), digest_size=16).hexdigest()
        if finished:
            while len(self._digests) >= _MOST_DIGESTS:
                del self._digests[next(iter(self._digests))]
            self._digests[key] = digest
        return digest, overview

    def _overview(self, found: _Found) -> ApplicationOverview:
        seen = [self._live.picture.seen(place) for place in found.places]
        return application_overview(found.application, seen, read_at=datetime.now(UTC))
