"""A cluster that is not level is shown as such with its place, and no longer once it is, or while that is unknown."""

from dataclasses import replace

import pytest

from api.schemas.overview import MatrixCell
from services.reading.live.cache import LiveCache
from services.reading.live.changes import StreamState
from services.reading.live.places import PODS
from tests.support.pictures import WEB, Clock, picture_of, places_of, stream, told, web
from tests.support.records import app_environment_record

EU, US = told(web(), cluster="prod-eu"), told(web(), cluster="prod-us")
NOTHING = told(cluster="prod-us")


class Stage:
    """Shop in Production, on two clusters."""

    def __init__(self) -> None:
        self.clock, self.cache = Clock(), LiveCache()
        self.picture = picture_of(self.cache, self.clock)
        self.target = app_environment_record("Production", clusters=("prod-eu", "prod-us"), resources=(WEB,))

    async def after(self, *changes, **target) -> MatrixCell:
        self.target = replace(self.target, **target)
        places = places_of(self.target)
        self.picture.place(places)
        for each in changes:
            self.cache.apply(each)
        await self.picture.refresh()
        self.place = places.by_key["id-of-shop", "id-of-Production"]
        return MatrixCell.model_validate_json(self.picture.cell(self.place).encoded)


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_cluster_without_a_workload_that_another_one_has_is_not_level(stage):
    assert (await stage.after(EU, NOTHING)).not_level == ["prod-us"]
    assert [each.lacks for each in stage.picture.seen(stage.place).clusters] == [(), (WEB,)]


async def test_it_is_level_once_the_workload_is_there(stage):
    await stage.after(EU, NOTHING)
    assert (await stage.after(US)).not_level == []


async def test_nothing_is_said_while_an_operation_is_under_way(stage):
    assert (await stage.after(EU, NOTHING, active_operation="0190")).not_level == []
    assert (await stage.after(active_operation=None)).not_level == ["prod-us"]


async def test_nothing_is_said_of_a_cluster_that_does_not_answer(stage):
    down = [stream(state=StreamState.UNREACHABLE), stream(PODS, state=StreamState.UNREACHABLE)]
    await stage.after(EU, NOTHING)
    assert (await stage.after(told(cluster="prod-us", states=down))).not_level == []


async def test_why_is_told_the_same(stage):
    await stage.after(EU, NOTHING)
    assert stage.picture.lacking(stage.target) == {"prod-us": (WEB,)}
