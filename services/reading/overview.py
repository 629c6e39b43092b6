"""What runs where for one application, from the live picture. Asks no cluster, and no database."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from db.transaction import Database
from domain.grants import Actor, ApplicationViewGrant
from services.errors import NotFoundError
from services.planning.overviews.application import application_overview
from services.planning.overviews.values import ApplicationOverview
from services.reading.live.live import Live
from services.reading.live.places import Place
from services.reading.permissions import Permissions, application_ref, environment_ref


@dataclass(frozen=True, kw_only=True)
class _Found:
    application: str
    places: tuple[Place, ...]
    version: str


class Overview:
    """Reads overviews of applications in the environments that the actor sees."""

    def __init__(self, db: Database, live: Live) -> None:
        self._permissions = Permissions(db)
        self._live = live

    async def read(self, application: str, *, actor: Actor) -> ApplicationOverview:
        """The application in all environments that the actor sees, by rank. Raises `NotFoundError`."""
        return self._overview(await self._find(application, actor))

    async def read_unless(
        self, application: str, *, actor: Actor, has: frozenset[str]
    ) -> tuple[str, ApplicationOverview | None]:
        """Its version, and the overview unless the caller `has` that version. Raises `NotFoundError`.

        As long as the version stays, nothing changes but the times at which clusters were last heard of.
        """
        found = await self._find(application, actor)
        return found.version, None if found.version in has else self._overview(found)

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
        return _Found(application=known.name, places=seen, version=self._version(known.id, known.name, seen))

    def _version(self, application_id: str, name: str, places: tuple[Place, ...]) -> str:
        picture = self._live.picture
        seen = repr((name, [place.target.environment.id for place in places])).encode()
        revision = picture.application_revision(application_id)
        # What has changed and is of no revision yet is no version that anybody could have.
        unfinished = f"-{secrets.token_hex(4)}" if any(picture.is_unfinished(place) for place in places) else ""
        return f"{picture.boot}-{revision}-{blake2b(seen, digest_size=4).hexdigest()}{unfinished}"

    def _overview(self, found: _Found) -> ApplicationOverview:
        seen = [self._live.picture.seen(place) for place in found.places]
        return application_overview(found.application, seen, read_at=datetime.now(UTC))
