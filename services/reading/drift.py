"""Lists what drifted from the last release, and what differs between clusters. Asks no cluster, and no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db.records.pages import Page
from domain.divergences import DivergenceKind, OpenDivergence
from domain.grants import ListGrant
from services.planning.drift.remedies import remedy
from services.reading.live.live import Live
from services.reading.live.places import Place
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

    `remedy` is a sentence for people.
    """

    application: str
    environment: str
    last_release: int
    open: OpenDivergence
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
        sources = {
            place.key: source for places_ in places.by_application.values() for place, source in _with_source(places_)
        }
        found = [
            ListedDivergence(
                application=place.target.application.name,
                environment=place.target.environment.name,
                last_release=place.target.last_release,
                open=each,
                remedy=remedy(each.divergence, last_release=place.target.last_release, source=sources.get(place.key)),
            )
            for place in places.all
            if place.divergences and _is_seen(grant, place) and _is_asked_for(asked, place)
            for each in place.divergences
            if asked.kind in {None, each.divergence.kind} and (after is None or each.id < after)
        ]
        found.sort(key=lambda each: each.open.id, reverse=True)  # ids are in the order of time
        page = tuple(found[:limit])
        return Page(items=page, next=page[-1].open.id if len(found) > limit else None)


def _with_source(places: Iterable[Place]) -> Iterator[tuple[Place, str]]:
    """The places of an application, by rank, that have one before them: what was imported came from there."""
    before: str | None = None
    for place in places:
        if before is not None:
            yield place, before
        if place.target.configured:
            before = place.target.environment.name


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
