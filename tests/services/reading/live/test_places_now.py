"""What is found of all places: what is wanted of their clusters, and what is kept where nothing has changed."""

from dataclasses import replace

import pytest

from domain.resources import Kind, ResourceId
from services.reading.live.places import PODS, Place, PlacesNow
from tests.support.pictures import DEPLOYMENTS, WEB, places_of
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


def test_workloads_pods_and_custom_resources_are_wanted_where_they_are_configured_and_nothing_else():
    ledger = ResourceId(kind=Kind(group="apps", version="v1", name="StatefulSet"), name="ledger")
    settings = ResourceId(kind=Kind(group="", version="v1", name="ConfigMap"), name="settings")
    custom = ResourceId(kind=Kind(group="postgresql.cnpg.io", version="v1", name="Cluster"), name="db")
    production = app_environment_record(clusters=("prod-eu", "prod-us"), resources=(WEB, settings, custom))
    staging = app_environment_record("Staging", clusters=("prod-eu",), namespace="shop-2", resources=(ledger,))
    unconfigured = app_environment_record("Later", configured_at=None, resources=(WEB,))
    wanted = places_of(production, staging, unconfigured).wanted()
    eu, us = wanted["id-of-prod-eu"], wanted["id-of-prod-us"]
    assert eu.kinds == {
        DEPLOYMENTS: frozenset({"shop"}),
        ledger.kind: frozenset({"shop-2"}),
        PODS: frozenset({"shop", "shop-2"}),
        custom.kind: frozenset({"shop"}),
    }
    assert us.kinds == {kind: frozenset({"shop"}) for kind in (DEPLOYMENTS, PODS, custom.kind)}
    assert eu.resources == {"shop": frozenset({WEB, custom}), "shop-2": frozenset({ledger})}


def test_a_custom_kind_is_wanted_in_the_newest_version_in_which_it_is_recorded():
    db = [ResourceId.of(f"shop.example/{each}", "Database", "db") for each in ("v1beta2", "v1", "v2alpha1")]
    targets = (
        app_environment_record(each.kind.version, clusters=("prod-eu",), namespace=each.kind.version, resources=(each,))
        for each in db
    )
    found = places_of(*targets).wanted()["id-of-prod-eu"]
    assert found.kinds == {db[1].kind: frozenset({"v1beta2", "v1", "v2alpha1"})}


def test_where_nothing_runs_nothing_is_wanted():
    assert places_of(app_environment_record(resources=())).wanted() == {}


def test_configuration_is_looked_for_in_all_environments_of_its_application():
    settings, login = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "login")
    staging = app_environment_record("Staging", resources=(WEB, settings))
    now = places_of(staging, app_environment_record(resources=(WEB, login)))
    assert now.configuration_names == {"id-of-shop": {("ConfigMap", "settings"), ("Secret", "login")}}
