"""What a place lacks that its source has is shown with it, and follows readings, marks and what clusters say."""

from dataclasses import replace

import pytest

from api.schemas.overview import MatrixCell
from domain.comparisons import ObjectField
from domain.configuration import ConfigurationReading
from services.reading.live.cache import LiveCache
from services.reading.live.changes import StreamState
from services.reading.live.places import PODS, PlacesNow
from tests.support.pictures import WEB, Clock, picture_of, places_of, stream, told, web
from tests.support.records import app_environment_record
from tests.support.rollouts import START

SETTINGS = ("ConfigMap", "settings")
CLUSTERS = {"Staging": "staging-1", "Production": "prod-eu", "Recovery": "prod-us"}


def reading(*keys: str, absent=(), **more) -> ConfigurationReading:
    """Of `settings`, which has these keys."""
    found = {SETTINGS: frozenset(keys)} if keys else {}
    return ConfigurationReading(read_at=START, keys=found, absent=frozenset(absent), **more)


HAS, LACKS, NOT_THERE = reading("MODE", "URL"), reading("MODE"), reading(absent=[SETTINGS])


class Stage:
    """Shop in Staging and Production, and perhaps in Recovery: each on one cluster, which is read or is not."""

    def __init__(self) -> None:
        self.clock, self.cache = Clock(), LiveCache()
        self.picture = picture_of(self.cache, self.clock)
        self.places = PlacesNow()

    async def after(self, *changes, **read) -> "Stage":
        """`Staging=HAS`: so it was read there; what is not named has been read nowhere."""
        former = self.places.by_key
        places = places_of(*(self._row(name, rank) for rank, name in enumerate(CLUSTERS, start=1)))
        changed = tuple(
            replace(
                place,
                configuration={each.id: read[name] for each in place.target.environment.clusters}
                if (name := place.target.environment.name) in read
                else (former[place.key].configuration if former else {}),
                expected=former[place.key].expected if former else {},
            )
            for place in places.all
        )
        return await self.now_are(replace(places, by_application={"id-of-shop": changed}), *changes)

    async def now_are(self, places: PlacesNow, *changes) -> "Stage":
        self.places = places
        self.picture.place(places)
        for each in changes:
            self.cache.apply(each)
        await self.picture.refresh()
        return self

    async def with_place(self, environment: str, **changes) -> "Stage":
        changed = tuple(
            replace(each, **changes) if each.target.environment.name == environment else each
            for each in self.places.all
        )
        rows = (*self.places.applications,)  # read anew: another tuple
        return await self.now_are(replace(self.places, applications=rows, by_application={"id-of-shop": changed}))

    def place(self, environment: str):
        return self.places.by_key["id-of-shop", f"id-of-{environment}"]

    def cell(self, environment: str = "Production", *, seeing=("Staging", "Production", "Recovery")) -> MatrixCell:
        cell = self.picture.cell(self.place(environment))
        return MatrixCell.model_validate_json(cell.seen_with(frozenset(f"id-of-{each}" for each in seeing)))

    def missing(self, environment: str = "Production"):
        found = self.cell(environment).missing_keys
        return found and (found.source, [(each.kind, each.name, *each.keys) for each in found.objects])

    @staticmethod
    def _row(environment: str, rank: int):
        row = app_environment_record(environment, clusters=(CLUSTERS[environment],), resources=(WEB,))
        return replace(row, environment=replace(row.environment, rank=rank))


ALL_READ = tuple(told(web(), cluster=cluster) for cluster in CLUSTERS.values())


@pytest.fixture
async def stage() -> Stage:
    """Staging has a key that Production lacks."""
    return await Stage().after(*ALL_READ, Staging=HAS, Production=LACKS)


async def test_a_cell_says_which_keys_its_environment_lacks_and_who_has_them(stage):
    assert stage.missing() == ("Staging", [("ConfigMap", "settings", "URL")])
    assert stage.missing("Staging") is None


async def test_the_page_of_the_application_shows_the_same(stage):
    found = stage.picture.seen(stage.place("Production")).missing_keys
    assert (found.source, found.objects[0].keys) == ("Staging", ("URL",))


async def test_who_does_not_see_the_source_sees_no_mark_and_no_name(stage):
    cell = stage.cell(seeing=("Production", "Recovery"))
    assert cell.missing_keys is None
    assert replace_missing(stage.cell()) == cell


def replace_missing(cell: MatrixCell) -> MatrixCell:
    return cell.model_copy(update={"missing_keys": None})


async def test_an_object_that_is_not_there_is_missing_as_a_whole(stage):
    await stage.after(Production=NOT_THERE)
    assert stage.missing() == ("Staging", [("ConfigMap", "settings")])


async def test_what_was_not_looked_for_is_not_missing(stage):
    await stage.after(Production=reading())
    assert stage.missing() is None


async def test_a_key_that_arrives_in_the_source_is_missing_in_the_place_after_it(stage):
    await stage.after(Staging=LACKS)
    assert stage.missing() is None
    before = stage.picture.revision
    await stage.after(Staging=reading("MODE", "NEW"))
    assert stage.missing() == ("Staging", [("ConfigMap", "settings", "NEW")])
    changed = stage.picture.changes_after(before)
    assert {"id-of-Production", "id-of-Staging"} == {environment for _, environment in changed}


async def test_a_key_that_was_brought_is_missing_no_more(stage):
    await stage.after(Production=HAS)
    assert stage.missing() is None


async def test_a_key_that_a_person_expects_to_differ_is_missing_no_more(stage):
    url = ObjectField(group="", kind="ConfigMap", name="settings", path="data.URL")
    await stage.with_place("Production", expected={"id-of-Recovery": (url,)})
    assert stage.missing() is not None
    await stage.with_place("Production", expected={"id-of-Staging": (url,)})
    assert stage.missing() is None


@pytest.mark.parametrize("cluster", ["staging-1", "prod-eu"])
async def test_what_was_read_of_a_cluster_that_is_silent_says_nothing_any_more(stage, cluster):
    down = [stream(kind, StreamState.SILENT, since=stage.clock()) for kind in (WEB.kind, PODS)]
    await stage.after(told(cluster=cluster, states=down))
    assert stage.missing() is not None  # it may be there again in a moment
    stage.clock.seconds += 20
    await stage.after()
    assert stage.missing() is None
    await stage.after(told(cluster=cluster))
    assert stage.missing() is not None


async def test_each_environment_is_compared_with_the_configured_one_before_it(stage):
    await stage.after(Recovery=NOT_THERE)
    assert stage.missing("Recovery") == ("Production", [("ConfigMap", "settings")])
    production = stage.place("Production").target
    await stage.with_place("Production", target=replace(production, configured_at=None, namespace=None))
    assert stage.missing("Recovery") == ("Staging", [("ConfigMap", "settings")])


async def test_a_renamed_source_is_named_as_it_is_called_now(stage):
    staging = stage.place("Staging").target
    renamed = replace(staging, environment=replace(staging.environment, name="Acceptance"))
    await stage.with_place("Staging", target=renamed)
    assert stage.missing() == ("Acceptance", [("ConfigMap", "settings", "URL")])


async def test_a_source_whose_namespace_was_taken_back_has_nothing(stage):
    staging = stage.place("Staging").target
    await stage.with_place("Staging", target=replace(staging, environment=replace(staging.environment, given=())))
    assert stage.missing() is None


async def test_no_more_than_ten_names_are_in_a_cell_and_all_are_counted(stage):
    await stage.after(Staging=reading("MODE", *(f"KEY_{number}" for number in range(30))))
    found = stage.cell().missing_keys
    assert (found.count, found.whole_objects, sum(len(each.keys) for each in found.objects)) == (30, 0, 10)
