"""Environments, their order, and applications in them."""

import pytest

from db.errors import DuplicateNameError, StillUsedError
from domain.resources import ResourceId
from domain.rights import EVERYWHERE
from domain.words import DeployMode, Pin
from tests.support.rows import make_operation, make_target

WEB = ResourceId.of("apps/v1", "Deployment", "web")


async def add(database, *names):
    async with database.begin() as tx:
        return [await tx.environments.add(name=name, cluster_ids=[]) for name in names]


async def test_new_environments_come_last(database):
    added = await add(database, "Development", "Staging")
    assert [each.rank for each in added] == [1, 2]


async def test_one_call_gives_all_environments_a_new_order(database):
    a, b, c = await add(database, "a", "b", "c")
    async with database.begin() as tx:
        ordered = await tx.environments.reorder([c.id, a.id, b.id])
    assert [(each.name, each.rank) for each in ordered] == [("c", 1), ("a", 2), ("b", 3)]


@pytest.mark.parametrize("chosen", [[0], [0, 0, 1], [0, 1, 1]])
async def test_a_new_order_has_to_name_each_environment_once(database, chosen):
    added = await add(database, "a", "b")
    with pytest.raises(ValueError, match="every environment once"):
        async with database.begin() as tx:
            await tx.environments.reorder([added[each].id for each in chosen])


async def test_clusters_keep_the_order_in_which_they_were_given(database):
    target = await make_target(database, clusters=("b", "a", "c"))
    async with database.begin() as tx:
        await tx.environments.assign_clusters(
            target.app_environment.environment.id, [each.id for each in reversed(target.clusters)]
        )
        environment = await tx.environments.find("production")
    assert environment is not None
    assert [each.name for each in environment.clusters] == ["c", "a", "b"]
    assert environment.primary.name == "c"


async def test_renaming_to_a_taken_name_is_refused(database):
    first, _ = await add(database, "Staging", "Production")
    with pytest.raises(DuplicateNameError):
        async with database.begin() as tx:
            await tx.environments.change(first.id, name="PRODUCTION")


async def test_the_default_namespace_can_be_taken_away_again(database):
    (environment,) = await add(database, "Staging")
    async with database.begin() as tx:
        await tx.environments.change(environment.id, default_namespace="shop")
        changed = await tx.environments.change(environment.id, default_namespace=None, pin=Pin.TAG)
    assert (changed.default_namespace, changed.pin, changed.name) == (None, "tag", "Staging")


async def test_an_environment_where_an_application_is_configured_is_not_deleted(database):
    target = await make_target(database)
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id, namespace="shop", resources=[])
    with pytest.raises(StillUsedError) as refused:
        async with database.begin() as tx:
            await tx.environments.delete(target.app_environment.environment.id)
    assert refused.value.users == ("application shop",)


async def test_an_unused_environment_is_deleted(database):
    target = await make_target(database)
    async with database.begin() as tx:
        await tx.environments.delete(target.app_environment.environment.id)
        assert await tx.environments.all() == ()


async def test_an_application_with_an_operation_under_way_is_not_deleted(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target)
    with pytest.raises(StillUsedError) as refused:
        async with database.begin() as tx:
            await tx.applications.delete(target.app_environment.application.id)
    assert refused.value.users == (f"operation {operation_id}",)


async def test_searching_applications_takes_wildcards_for_what_they_are(database):
    async with database.begin() as tx:
        for name in ("shop", "workshop", "s-op"):
            await tx.applications.add(name=name)
        assert [
            each.name for each in (await tx.applications.list(limit=9, search="SHOP", scopes=[EVERYWHERE])).items
        ] == [
            "shop",
            "workshop",
        ]
        assert (await tx.applications.list(limit=9, search="s_op", scopes=[EVERYWHERE])).items == ()


async def test_without_a_row_an_app_environment_has_the_environment_s_defaults(database):
    async with database.begin() as tx:
        await tx.environments.add(name="Development", cluster_ids=[], deploy_mode=DeployMode.AUTO)
        await tx.applications.add(name="shop")
        found = await tx.app_environments.find("SHOP", "development")
    assert found is not None
    assert (found.id, found.configured, found.deploy_mode, found.namespace) == (None, False, "auto", None)


async def test_an_app_environment_of_an_unknown_application_is_none(database):
    await add(database, "Development")
    async with database.read() as tx:
        assert await tx.app_environments.find("nothing", "Development") is None


async def test_an_environment_s_new_defaults_do_not_change_what_has_its_own_row(database):
    target = await make_target(database)
    async with database.begin() as tx:
        await tx.environments.change(target.app_environment.environment.id, deploy_mode=DeployMode.AUTO)
        found = await tx.app_environments.find("shop", "Production")
    assert found is not None
    assert found.deploy_mode is DeployMode.MANUAL


async def test_configuring_again_adds_resources_and_knows_one_in_another_version(database):
    target = await make_target(database)
    older = ResourceId.of("apps/v1beta1", "Deployment", "web")
    config = ResourceId.of("v1", "ConfigMap", "web")
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id, namespace="shop", resources=[older])
        await tx.app_environments.configure(target.app_environment.id, namespace="shop", resources=[WEB, config])
        configured = await tx.app_environments.get(target.app_environment.id)
    assert configured is not None
    assert configured.configured
    assert configured.resources == (config, WEB)


async def test_resources_of_a_former_namespace_are_not_taken_along(database):
    target = await make_target(database)
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id, namespace="old", resources=[WEB])
        await tx.app_environments.configure(target.app_environment.id, namespace="new", resources=[])
        moved = await tx.app_environments.get(target.app_environment.id)
    assert moved is not None
    assert (moved.namespace, moved.resources) == ("new", ())


async def test_the_matrix_has_every_application_in_every_environment_by_rank(database):
    await make_target(database)
    async with database.begin() as tx:
        await tx.environments.add(name="Archive", cluster_ids=[])
        await tx.applications.add(name="blog")
        matrix = await tx.app_environments.of((await tx.applications.list(limit=9, scopes=[EVERYWHERE])).items)
    assert [(each.application.name, each.environment.name) for each in matrix] == [
        ("blog", "Production"),
        ("blog", "Archive"),
        ("shop", "Production"),
        ("shop", "Archive"),
    ]


async def test_an_app_environment_names_its_operation_under_way(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target)
    async with database.read() as tx:
        found = await tx.app_environments.find("shop", "Production")
    assert found is not None
    assert found.active_operation == operation_id
