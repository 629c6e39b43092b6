"""Lists what drifted from the last release, and what differs between clusters. Asks no cluster, and no database."""

from dataclasses import dataclass

from db.records.pages import Page
from domain.divergences import DivergenceKind, OpenDivergence
from domain.grants import ListGrant
from services.planning.drift.remedies import remedy
from services.reading.live.live import Live
from services.reading.live.places import Place, PlacesNow
from services.reading.permissions import application_ref, environment_ref


@dataclass(frozen=True, kw_only=True)
class DriftFilter:
    """Names are compared without their case; None is all."""

    application: str | None = None
    environment: str | None = None
    kind: DivergenceKind | None = None


@dataclass(frozen=True, kw_only=True)
class ListedDivergence:
    """An open divergence, and where it is. `last_release` is the number of the release to converge to.

    `source` is the environment from which to import again: None without one, and where the actor does not see it.
    `remedy` is a sentence for people.
    """

    application: str
    environment: str
    last_release: int
    open: OpenDivergence
    source: str | None
    remedy: str


class Drift:
    """Reads the rows that the live picture keeps in memory."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def list(
        self, grant: ListGrant, asked: DriftFilter, *, after: str | None, limit: int
    ) -> Page[ListedDivergence]:
        """A page of what the actor sees, the newest first."""
        places = await self._live.places.current()
        found = [
            _listed(place, each, source=_source(grant, places, place))
            for place in places.all
            if place.divergences and _is_seen(grant, place) and _is_asked_for(asked, place)
            for each in place.divergences
            if asked.kind in {None, each.divergence.kind} and (after is None or each.id < after)
        ]
        found.sort(key=lambda each: each.open.id, reverse=True)  # ids are in the order of time
        page = tuple(found[:limit])
        return Page(items=page, next=page[-1].open.id if len(found) > limit else None)


def _listed(place: Place, found: OpenDivergence, *, source: str | None) -> ListedDivergence:
    last = place.target.last_release
    return ListedDivergence(
        application=place.target.application.name,
        environment=place.target.environment.name,
        last_release=last,
        open=found,
        source=source,
        remedy=remedy(found.divergence, last_release=last, source=source),
    )


def _source(grant: ListGrant, places: PlacesNow, place: Place) -> str | None:
    source = places.sources.get(place.key)
    return source.target.environment.name if source is not None and _is_seen(grant, source) else None


def _is_seen(grant: ListGrant, place: Place) -> bool:
    application = application_ref(place.target.application)
    environment = environment_ref(place.target.environment)
    return any(
        scope.covers_application(application) and scope.covers_environment(environment) for scope in grant.scopes
    )


def _is_asked_for(asked: DriftFilter, place: Place) -> bool:
    names = (place.target.application.name.lower(), place.target.environment.name.lower())
    wanted = (asked.application, asked.environment)
    return all(want is None or want.lower() == name for want, name in zip(wanted, names, strict=True))
