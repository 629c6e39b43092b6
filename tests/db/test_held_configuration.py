"""The configuration that releases hold, as rows."""

from collections.abc import Mapping

import pytest

from db.transaction import Database
from domain.held_configuration import Held, HeldConfiguration, HeldContent, HeldObject
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.words import OperationKind
from tests.support.rows import Target, make_target

_IMAGE = ContainerImage(
    workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web", image=Image.of("shop/web:1")
)


@pytest.fixture
async def target(database: Database) -> Target:
    return await make_target(database)


def id_of(target: Target) -> str:
    assert target.app_environment.id is not None
    return target.app_environment.id


def an_object(value: str, *, kind: str = "ConfigMap", held: Held = Held.VALUES) -> HeldObject:
    content = HeldContent(data={"mode": value}) if held is Held.VALUES else None
    return HeldObject(
        kind=kind, name="settings", prints={"mode": f"of {value}"}, print=value, held=held, content=content
    )


async def release(database: Database, target: Target, held: Mapping[str, HeldConfiguration], *, kept: int = 10) -> int:
    async with database.begin() as tx:
        added = await tx.releases.add(
            id_of(target),
            operation_id=None,
            kind=OperationKind.IMPORT,
            actor="ann",
            images=(_IMAGE,),
            clusters=tuple(held),
        )
        await tx.releases.held.put(id_of(target), added.number, held, kept=kept)
    return added.number


async def of(database: Database, target: Target, number: int, *, values: bool = True) -> dict[str, HeldConfiguration]:
    async with database.read() as tx:
        return await tx.releases.held.of(id_of(target), number, values=values)


async def test_a_release_holds_what_each_cluster_had(database, target):
    held = {
        "prod-eu": HeldConfiguration(objects=(an_object("eu"),)),
        "prod-us": HeldConfiguration(objects=(an_object("us", held=Held.TOO_LARGE),), unread=("Secret",)),
    }
    number = await release(database, target, held)
    assert await of(database, target, number) == held
    without = await of(database, target, number, values=False)
    assert [each.content for each in without["prod-eu"].objects] == [None]


async def test_a_state_that_several_releases_and_clusters_have_is_one_row(database, target, raw):
    same = HeldConfiguration(objects=(an_object("same"),))
    for _ in range(3):
        await release(database, target, {"prod-eu": same, "prod-us": same})
    assert await raw("SELECT count(*) FROM held_objects") == [(1,)]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
async def test_values_are_sealed_whatever_the_kind(database, target, raw, kind):
    await release(database, target, {"prod-eu": HeldConfiguration(objects=(an_object("hunter2", kind=kind),))})
    ((sealed,),) = await raw("SELECT sealed FROM held_objects")
    assert sealed.startswith("v1.")
    assert "hunter2" not in sealed


async def test_only_the_newest_releases_hold_configuration_and_what_none_holds_is_dropped(database, target, raw):
    for value in ("1", "2", "3"):
        await release(database, target, {"prod-eu": HeldConfiguration(objects=(an_object(value),))}, kept=2)
    async with database.read() as tx:
        assert await tx.releases.held.holding(id_of(target), (1, 2, 3)) == {2, 3}
    assert await raw("SELECT print FROM held_objects ORDER BY print") == [("2",), ("3",)]


async def test_where_no_release_is_to_hold_configuration_that_of_former_ones_goes(database, target, raw):
    held = {"prod-eu": HeldConfiguration(objects=(an_object("1"),))}
    await release(database, target, held)
    assert await of(database, target, await release(database, target, held, kept=0)) == {}
    assert await raw("SELECT count(*) FROM held_objects") == [(0,)]


async def test_values_of_secrets_are_erased_where_an_environment_keeps_them_no_longer_and_come_back(database, target):
    secret, settings = an_object("s", kind="Secret"), an_object("c")
    held = {"prod-eu": HeldConfiguration(objects=(settings, secret))}
    number = await release(database, target, held)
    async with database.begin() as tx:
        assert await tx.releases.held.forget_secrets(target.app_environment.environment.id) == 1
    left, erased = (await of(database, target, number))["prod-eu"].objects
    assert (left, erased.held, erased.content, erased.prints) == (settings, Held.FINGERPRINTS, None, secret.prints)
    assert await of(database, target, await release(database, target, held)) == held


async def test_what_an_application_held_goes_with_it(database, target, raw):
    await release(database, target, {"prod-eu": HeldConfiguration(objects=(an_object("1"),))})
    async with database.begin() as tx:
        await tx.applications.delete(target.app_environment.application.id)
    assert await raw("SELECT count(*) FROM held_objects") == [(0,)]
