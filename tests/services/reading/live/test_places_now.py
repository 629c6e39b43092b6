"""What is found of all places is kept for those of which nothing has changed."""

from dataclasses import replace

import pytest

from services.reading.live.places import Place, PlacesNow
from tests.support.pictures import WEB, places_of
from tests.support.records import app_environment_record

INDEXES = (
    "all",
    "by_name",
    "by_key",
    "sources",
    "targets",
    "configuration_names",
    "by_row",
    "clusters",
    "by_cluster",
    "by_namespace",
)
DEV, STAGING, PRODUCTION = (
    app_environment_record(name, clusters=clusters, resources=(WEB,))
    for name, clusters in (("Dev", ("one",)), ("Staging", ("one",)), ("Production", ("one", "two")))
)
UNCONFIGURED = app_environment_record("Later", configured_at=None, id=None)


@pytest.fixture
def now() -> PlacesNow:
    return places_of(DEV, STAGING, UNCONFIGURED, PRODUCTION)


def changed(now: PlacesNow, *targets) -> dict[tuple[str, str], Place]:
    """These, while something else is expected of them."""
    keys = [(each.application.id, each.environment.id) for each in targets]
    return {key: replace(now.by_key[key], expected={"elsewhere": ()}) for key in keys}


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("target", [DEV, STAGING, PRODUCTION, UNCONFIGURED])
def test_all_that_is_found_of_them_is_as_if_it_were_found_anew(now: PlacesNow, index: str, target):
    after = now.with_places(changed(now, target))
    anew = PlacesNow(applications=now.applications, environments=now.environments, by_application=after.by_application)
    assert getattr(after, index) == getattr(anew, index)


def test_a_place_that_has_not_changed_is_the_same_object(now: PlacesNow):
    after = now.with_places(changed(now, STAGING))
    assert [one is other for one, other in zip(now.all, after.all, strict=True)] == [True, False, True, True]


def test_a_place_and_the_one_that_is_promoted_from_it_have_changed(now: PlacesNow):
    after = now.with_places(changed(now, STAGING))
    assert after.changed_since(now) == {("id-of-shop", "id-of-Staging"), ("id-of-shop", "id-of-Production")}


def test_where_one_is_not_configured_any_more_the_one_after_it_has_changed_as_well(now: PlacesNow):
    after = places_of(DEV, replace(STAGING, configured_at=None), PRODUCTION)
    kept = {each.key: each for each in now.all}
    after = replace(
        after,
        by_application={"id-of-shop": tuple(kept[each.key] if each.target.configured else each for each in after.all)},
    )
    assert after.changed_since(now) == {("id-of-shop", "id-of-Staging"), ("id-of-shop", "id-of-Production")}


def test_nothing_has_changed_where_all_are_the_same(now: PlacesNow):
    assert not now.changed_since(now)
