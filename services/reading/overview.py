"""What runs where for one application, from the live picture. Asks no cluster."""

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
from services.reading.permissions import Permissions, environment_ref


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
        grant = await self._permissions.application(actor, ApplicationViewGrant, application)
        places = await self._live.places.including(grant.application.id)
        everywhere = places.by_application.get(grant.application.id)
        if everywhere is None:  # it was deleted a moment ago
            raise NotFoundError("application", application)
        seen = tuple(each for each in everywhere if grant.sees(environment_ref(each.target.environment)))
        named = next((each.name for each in places.applications if each.id == grant.application.id), application)
        return _Found(application=named, places=seen, version=self._version(grant.application.id, named, seen))

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
