"""Pages of the matrix: who sees what, in which order, and when a page is made anew."""

from dataclasses import replace
from typing import cast

import orjson
import pytest

from api.schemas.overview import MatrixRead, matrix_json, row_json
from domain.configuration import ConfigurationReading
from domain.rights import EVERYWHERE, Scope
from domain.words import Role
from services.reading.live.cache import LiveCache
from services.reading.live.live import Live
from services.reading.live.place_rows import Places
from services.reading.live.places import PlacesNow
from services.reading.matrix import MatrixReader
from services.reading.permissions import Permissions
from tests.support.actors import actor_with
from tests.support.pictures import WEB, Clock, picture_of, places_of, pod_of, told, web
from tests.support.records import app_environment_record
from tests.support.rollouts import START


class KnownPlaces:
    """Places that are as they are, without a query."""

    def __init__(self, now: PlacesNow) -> None:
        self.now = now

    async def current(self) -> PlacesNow:
        return self.now


class Stage:
    """Blog, Shop and api, each in Staging and Production; web runs in Shop."""

    def __init__(self) -> None:
        rows = [self._row(name, place) for name in ("api", "blog", "Shop") for place in ("Staging", "Production")]
        self.cache = LiveCache()
        self.places = KnownPlaces(places_of(*rows))
        self.picture = picture_of(self.cache, Clock())
        self.picture.place(self.places.now)
        live = Live(places=cast("Places", self.places), cache=self.cache, picture=self.picture)
        self.reader = MatrixReader(live, encode_row=row_json, encode_page=matrix_json)

    async def page(self, scope: Scope = EVERYWHERE, *, search=None, after=None, limit=10):
        grant = Permissions.listing(actor_with(Role.VIEWER, scope=scope))
        return await self.reader.read(grant, search=search, after=after, limit=limit)

    async def names(self, scope: Scope = EVERYWHERE, **asked) -> list[str]:
        return [orjson.loads(each)["application"] for each in (await self.page(scope, **asked)).items]

    async def after(self, *changes) -> None:
        for each in changes:
            self.cache.apply(each)
        await self.picture.refresh()

    @staticmethod
    def _row(name: str, environment: str):
        row = app_environment_record(environment, clusters=(f"of-{environment.lower()}",), resources=(WEB,))
        labels = {"team": "store"} if name == "Shop" else {}
        application = replace(row.application, id=f"id-of-{name}", name=name, labels=labels)
        return replace(row, id=f"{name} in {environment}", application=application, namespace=name.lower())


@pytest.fixture
async def stage() -> Stage:
    stage = Stage()
    await stage.after(told(web(), pod_of(web()), cluster="of-production", namespace="shop"))
    return stage


async def test_applications_come_by_name_page_by_page(stage):
    first = await stage.page(limit=2)
    assert (await stage.names(limit=2), first.next) == (["api", "blog"], "blog")
    assert await stage.names(after="BLOG", limit=2) == ["Shop"]
    assert (await stage.page(after="blog", limit=2)).next is None


async def test_a_part_of_a_name_is_searched_for_whatever_its_case(stage):
    assert await stage.names(search="SHO") == ["Shop"]
    assert await stage.names(search="o") == ["blog", "Shop"]
    assert await stage.names(search="%") == []


@pytest.mark.parametrize(
    ("scope", "rows", "environments"),
    [
        (Scope(applications=frozenset(["id-of-blog"])), ["blog"], ["Staging", "Production"]),
        (Scope(labels=frozenset({("team", "store")})), ["Shop"], ["Staging", "Production"]),
        (Scope(environments=frozenset(["id-of-Staging"])), ["api", "blog", "Shop"], ["Staging"]),
        (
            Scope(applications=frozenset(["id-of-api"]), environments=frozenset(["id-of-Production"])),
            ["api"],
            ["Production"],
        ),
        (Scope(applications=frozenset(["none"])), [], ["Staging", "Production"]),
    ],
    ids=["application", "label", "environment", "both", "nothing"],
)
async def test_a_page_has_what_the_caller_sees_and_nothing_else(stage, scope, rows, environments):
    page = await stage.page(scope)
    found = [orjson.loads(each) for each in page.items]
    assert [each["application"] for each in found] == rows
    assert list(page.environments) == environments
    assert all([cell["environment"] for cell in each["cells"]] == environments for each in found)


async def test_the_bytes_are_what_the_contract_gives(stage):
    page = await stage.page()
    body = page.encoded
    model = MatrixRead.model_validate_json(body)
    assert orjson.loads(body) == orjson.loads(model.model_dump_json())
    (image,) = model.items[2].cells[1].images
    assert (image.workload, image.tag) == ("Deployment/web", "1")


async def test_a_page_is_made_anew_only_when_something_has_changed(stage):
    first, second = await stage.page(), await stage.page()
    assert first is second
    await stage.after(told(web("2"), cluster="of-production", namespace="shop"))
    third = await stage.page()
    assert third.digest != first.digest
    assert [one == other for one, other in zip(first.items, third.items, strict=True)] == [True, True, False]


async def test_pages_that_show_the_same_have_the_same_digest_and_others_have_another(stage):
    other = Stage()
    await other.after(told(web(), pod_of(web()), cluster="of-production", namespace="shop"))
    assert (await stage.page()).digest == (await other.page()).digest
    in_staging = Scope(environments=frozenset(["id-of-Staging"]))
    pages = [await stage.page(), await stage.page(limit=2), await stage.page(in_staging), await stage.page(search="o")]
    assert len({each.digest for each in pages}) == len(pages)


async def test_a_new_description_is_another_page(stage):
    before = await stage.page()
    now = stage.places.now
    described = tuple(replace(each, description="What it is for.") for each in now.applications)
    stage.places.now = replace(now, applications=described)
    assert (await stage.page()).digest != before.digest


async def test_missing_keys_are_told_to_who_sees_the_environment_that_has_them(stage):
    settings = ("ConfigMap", "settings")
    readings = {
        "Staging": ConfigurationReading(read_at=START, keys={settings: frozenset({"URL"})}),
        "Production": ConfigurationReading(read_at=START, absent=frozenset({settings})),
    }
    read = {
        application: tuple(
            replace(
                place,
                configuration={
                    cluster.id: readings[place.target.environment.name] for cluster in place.target.environment.clusters
                },
            )
            for place in places
        )
        for application, places in stage.places.now.by_application.items()
    }
    stage.places.now = replace(stage.places.now, by_application=read)
    stage.picture.place(stage.places.now)
    await stage.after(told(web(), cluster="of-staging", namespace="shop"))
    shop = Scope(applications=frozenset(["id-of-Shop"]))
    everything = await stage.page(shop)
    alone = await stage.page(replace(shop, environments=frozenset(["id-of-Production"])))
    (*_, marked), (unmarked,) = (orjson.loads(page.items[0])["cells"] for page in (everything, alone))
    assert marked["missing_keys"]["source"] == "Staging"
    assert unmarked == marked | {"missing_keys": None}
    assert b"Staging" not in alone.items[0]
