"""The list of drift: what the caller sees, the newest first, in pages."""

from dataclasses import dataclass, replace
from typing import cast

from domain.divergences import Divergence, DivergenceKind, OpenDivergence
from domain.resources import ResourceId
from domain.rights import Scope
from domain.words import Role
from services.reading.drift import Drift, DriftFilter
from services.reading.live.live import Live
from services.reading.live.places import PlacesNow
from services.reading.permissions import Permissions
from tests.support.actors import SEES_ALL, actor_with
from tests.support.pictures import places_of
from tests.support.records import app_environment_record
from tests.support.rollouts import START

ALL = DriftFilter()
IMAGE, SKEW = DivergenceKind.IMAGE_DRIFT, DivergenceKind.SKEW


def diverging(number: int, kind: DivergenceKind = IMAGE) -> OpenDivergence:
    workload = ResourceId.of("apps/v1", "Deployment", "web")
    found = Divergence(kind=kind, workload=workload, container="web", init=False, found=(), release=1)
    return OpenDivergence(id=f"id-{number}", divergence=found, since=START, opened_at=START)


@dataclass
class Kept:
    """A live picture whose places these are."""

    now: PlacesNow

    async def current(self) -> PlacesNow:
        return self.now

    @property
    def places(self) -> "Kept":
        return self


def drift(last: DivergenceKind = IMAGE) -> Drift:
    """Web drifted in Staging, then its clusters in Production differ, then it drifted there, too."""
    found = places_of(app_environment_record("Staging", last_release=2), app_environment_record(last_release=7))
    diverging_in = {
        "Staging": (diverging(1),),
        "Production": (diverging(2, SKEW), diverging(3, last)),
    }
    (of,) = found.by_application.items()
    places = tuple(replace(each, divergences=diverging_in[each.target.environment.name]) for each in of[1])
    return Drift(cast("Live", Kept(replace(found, by_application={of[0]: places}))))


async def listed(asked: DriftFilter = ALL, *, after: str | None = None, limit: int = 50, grant=SEES_ALL):
    found = await drift().list(grant, asked, after=after, limit=limit)
    return [each.open.id for each in found.items], found.next


async def test_the_newest_comes_first_and_says_where_it_is_and_what_it_would_converge_to():
    first = (await drift().list(SEES_ALL, DriftFilter(), after=None, limit=1)).items[0]
    assert (first.application, first.environment, first.last_release) == ("shop", "Production", 7)
    assert await listed() == (["id-3", "id-2", "id-1"], None)


async def test_the_source_to_import_from_is_named_to_whoever_sees_it():
    keys = drift(last=DivergenceKind.KEY_DRIFT)
    found, _, staging = (await keys.list(SEES_ALL, ALL, after=None, limit=3)).items
    assert (found.source, "Staging" in found.remedy, staging.source) == ("Staging", True, None)
    alone = Permissions.listing(actor_with(Role.VIEWER, scope=Scope(environments=frozenset(["id-of-Production"]))))
    found, _ = (await keys.list(alone, ALL, after=None, limit=3)).items
    assert (found.source, "Staging" in found.remedy) == (None, False)


async def test_pages_go_on_after_the_last_one():
    assert await listed(limit=2) == (["id-3", "id-2"], "id-2")
    assert await listed(after="id-2", limit=2) == (["id-1"], None)


async def test_filters_take_names_in_any_case_and_kinds():
    for asked, expected in (
        (DriftFilter(environment="production"), ["id-3", "id-2"]),
        (DriftFilter(application="SHOP", kind=SKEW), ["id-2"]),
        (DriftFilter(application="sho"), []),
    ):
        assert await listed(asked) == (expected, None)


async def test_what_the_caller_does_not_see_is_not_listed():
    staging = Scope(environments=frozenset({"id-of-Staging"}))
    assert await listed(grant=Permissions.listing(actor_with(Role.VIEWER, scope=staging))) == (["id-1"], None)
    blog = Scope(applications=frozenset({"id-of-blog"}))
    assert await listed(grant=Permissions.listing(actor_with(Role.VIEWER, scope=blog))) == ([], None)
