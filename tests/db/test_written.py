"""What Stagecoach wrote, as rows: of no release while an operation is under way, then one row for clusters alike."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from db.base import new_id
from db.transaction import Database
from domain.divergences import FoundField
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.words import OperationKind
from domain.written import FieldTree, WrittenObject
from tests.support.rows import Target, make_target

SETTINGS, LOGIN = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "login")
WEB = ResourceId.of("apps/v1", "Deployment", "web")

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]


def keys(**prints: str) -> FieldTree:
    return {"f:data": {f"f:{key}": print_ for key, print_ in prints.items()}}


@pytest.fixture
async def target(database: Database) -> Target:
    return await make_target(database)


def id_of(target: Target) -> str:
    assert target.app_environment.id is not None
    return target.app_environment.id


async def put(database: Database, target: Target, cluster: str, objects: Mapping[ResourceId, FieldTree]) -> None:
    async with database.begin() as tx:
        written = [WrittenObject(resource=each, fields=fields) for each, fields in objects.items()]
        await tx.written.put(id_of(target), {cluster: written})


async def release(database: Database, target: Target, *clusters: str) -> None:
    async with database.begin() as tx:
        image = ContainerImage(workload=WEB, container="web", image=Image.of("shop/web:1"))
        await tx.releases.add(
            id_of(target), operation_id=None, kind=OperationKind.IMPORT, actor="ann", images=(image,), clusters=clusters
        )
        await tx.written.settle(id_of(target), clusters)


async def of(database: Database, target: Target, cluster: str) -> dict[ResourceId, FieldTree]:
    async with database.read() as tx:
        return await tx.written.of(id_of(target), cluster)


async def test_what_is_written_is_of_no_release_until_one_is_recorded(database, target):
    await put(database, target, "prod-eu", {SETTINGS: keys(mode="p1")})
    assert await of(database, target, "prod-eu") == {}
    await release(database, target, "prod-eu")
    assert await of(database, target, "prod-eu") == {SETTINGS: keys(mode="p1")}
    assert await of(database, target, "prod-us") == {}


async def test_a_release_says_of_an_object_what_was_written_last_up_to_it(database, target):
    for objects in ({SETTINGS: keys(a="1"), LOGIN: keys(b="1")}, {SETTINGS: keys(c="2")}):
        await put(database, target, "prod-eu", objects)
        await release(database, target, "prod-eu")
    await release(database, target, "prod-eu")  # one that wrote images alone
    assert await of(database, target, "prod-eu") == {SETTINGS: keys(c="2"), LOGIN: keys(b="1")}


async def test_clusters_on_which_an_object_was_written_alike_share_a_row(database, target, raw: Raw):
    await put(database, target, "prod-eu", {SETTINGS: keys(a="1"), LOGIN: keys(b="1")})
    await put(database, target, "prod-us", {SETTINGS: keys(a="1"), LOGIN: keys(b="2")})
    await release(database, target, "prod-eu", "prod-us")
    assert await raw("SELECT name, clusters FROM release_objects ORDER BY name, fields::text") == [
        ("login", ["prod-eu"]),
        ("login", ["prod-us"]),
        ("settings", ["prod-eu", "prod-us"]),
    ]
    assert await raw("SELECT count(*) FROM written_objects") == [(0,)]
    assert (await of(database, target, "prod-us"))[LOGIN] == keys(b="2")


async def test_of_what_was_written_twice_to_a_cluster_the_last_counts_there(database, target):
    twice = [WrittenObject(resource=SETTINGS, fields=keys(a=each)) for each in "12"]
    async with database.begin() as tx:
        await tx.written.put(id_of(target), {"prod-eu": twice, "prod-us": twice[:1]})
    await release(database, target, "prod-eu", "prod-us")
    found = [await of(database, target, each) for each in ("prod-eu", "prod-us")]
    assert found == [{SETTINGS: keys(a="2")}, {SETTINGS: keys(a="1")}]


async def test_what_a_failed_operation_wrote_belongs_to_the_next_release_of_its_cluster(database, target):
    await put(database, target, "prod-eu", {SETTINGS: keys(a="1")})
    await put(database, target, "prod-us", {SETTINGS: keys(a="1")})
    await put(database, target, "prod-us", {SETTINGS: keys(a="2")})  # by a later one
    await release(database, target, "prod-us")
    assert await of(database, target, "prod-eu") == {}
    assert await of(database, target, "prod-us") == {SETTINGS: keys(a="2")}


async def test_without_a_new_release_it_belongs_to_the_last_one(database, target, raw: Raw):
    await put(database, target, "prod-eu", {SETTINGS: keys(a="1")})
    async with database.begin() as tx:
        await tx.written.settle(id_of(target), ["prod-eu"])
    assert await raw("SELECT release FROM release_objects") == [(0,)]
    await put(database, target, "prod-eu", {SETTINGS: keys(a="2")})
    async with database.begin() as tx:
        await tx.written.settle(id_of(target), ["prod-eu"])
    assert await of(database, target, "prod-eu") == {SETTINGS: keys(a="2")}


async def test_what_was_written_in_a_former_namespace_is_said_of_no_object_in_another_one(database, target):
    for namespace, known in (("shop", {SETTINGS: keys(a="1")}), ("shop", {SETTINGS: keys(a="1")}), ("other", {})):
        async with database.begin() as tx:
            await tx.app_environments.configure(id_of(target), namespace=namespace, resources=(SETTINGS,))
        if not await of(database, target, "prod-eu") and namespace == "shop":
            await put(database, target, "prod-eu", {SETTINGS: keys(a="1")})
            await release(database, target, "prod-eu")
        assert await of(database, target, "prod-eu") == known


async def test_of_an_app_environment_that_was_deleted_meanwhile_nothing_is_kept(database, raw: Raw):
    async with database.begin() as tx:
        await tx.written.put(new_id(), {"prod-eu": [WrittenObject(resource=SETTINGS, fields=keys(a="1"))]})
    assert await raw("SELECT count(*) FROM written_objects") == [(0,)]


async def test_differences_are_news_where_they_are_new_and_stay_where_a_kind_may_not_be_read(database, target):
    where = (id_of(target), target.clusters[0].id)
    changed = {SETTINGS: (FoundField(path="data.a", manager="kubectl-edit"),), LOGIN: (FoundField(path="data.b"),)}

    async def differ(found: Mapping[ResourceId, tuple[FoundField, ...]], *unread: str) -> bool:
        async with database.begin() as tx:
            await tx.configuration.put(*where, prints={}, absent=(), unread=unread, release=1)
            news: bool = await tx.configuration.differ(*where, found, unread=unread)
            return news

    assert [await differ(changed), await differ(changed)] == [True, False]
    assert [await differ({}, "Secret"), await differ({}, "Secret")] == [True, False]
    async with database.read() as tx:
        reading = (await tx.configuration.of([where[0]]))[where[0]][where[1]]
    assert reading.differing == {LOGIN: changed[LOGIN]}
    assert await differ({})
