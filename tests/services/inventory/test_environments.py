"""Environments: their order, their clusters, and what prevents their removal."""

import pytest

from db.audit import AuditFilter
from db.environments import EnvironmentFields
from db.records.inventory import EnvironmentRecord
from db.transaction import Database, Transaction
from domain.image_mappings import ImageMapping
from domain.rights import Scope
from domain.words import DeployMode, Role
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.errors import InUseError, InvalidRequestError, NameTakenError, NotFoundError
from services.inventory.environments import EnvironmentChanges, Environments
from services.inventory.seen_namespaces import rows_that_are_seen
from services.kube.pool import ClusterPool
from services.reading.permissions import Permissions
from tests.services.inventory.conftest import LIMITS, new_environment, registration
from tests.support.actors import ADMINISTERS, BEN, SEES_ALL, actor_with
from tests.support.rows import make_cluster, make_operation, make_target


@pytest.fixture
async def three(database: Database, environments: Environments) -> Environments:
    """Development on dev, Staging on staging, Production on prod-eu and prod-us."""
    async with database.begin() as tx:
        for name in ("dev", "staging", "prod-eu", "prod-us"):
            await make_cluster(tx, name)
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    await environments.add(ADMINISTERS, new_environment("Staging", "staging"))
    await environments.add(ADMINISTERS, new_environment("Production", "prod-eu", "prod-us"))
    return environments


async def test_an_environment_is_added_last_with_its_clusters_as_given(three: Environments):
    added = await three.add(ADMINISTERS, new_environment("Test", "staging", "dev"))
    assert (added.rank, [each.name for each in added.clusters]) == (4, ["staging", "dev"])


async def test_an_environment_of_an_unknown_cluster_is_not_added(three: Environments):
    with pytest.raises(NotFoundError) as refused:
        await three.add(ADMINISTERS, new_environment("Test", "dev", "nowhere"))
    assert (refused.value.what, refused.value.name) == ("cluster", "nowhere")
    assert await _ranks(three) == {"Development": 1, "Staging": 2, "Production": 3}


async def test_a_cluster_that_is_named_twice_is_refused_whatever_the_case(three: Environments):
    with pytest.raises(InvalidRequestError) as refused:
        await three.add(ADMINISTERS, new_environment("Test", "dev", "DEV"))
    assert refused.value.field == "body.clusters"


async def test_a_name_that_differs_only_in_case_is_taken(three: Environments):
    with pytest.raises(NameTakenError):
        await three.add(ADMINISTERS, new_environment("STAGING", "dev"))


async def test_an_environment_is_found_whatever_the_case_of_its_name(three: Environments):
    assert (await three.get(SEES_ALL, "STAGING")).name == "Staging"


async def test_an_unknown_environment_is_not_found(three: Environments):
    with pytest.raises(NotFoundError):
        await three.get(SEES_ALL, "Nowhere")


async def test_a_change_leaves_the_fields_that_it_does_not_name(three: Environments):
    await three.update(ADMINISTERS, "Staging", EnvironmentChanges(fields={"default_namespace": "shop"}, clusters=None))
    changed = await three.update(
        ADMINISTERS,
        "Staging",
        EnvironmentChanges(fields={"name": "Stage", "deploy_mode": DeployMode.AUTO}, clusters=None),
    )
    assert (changed.name, changed.default_namespace, changed.deploy_mode) == ("Stage", "shop", "auto")
    assert [each.name for each in changed.clusters] == ["staging"]


async def test_image_pushes_are_judged_again_where_the_mappings_change_and_nowhere_else(
    three: Environments, database: Database, cluster_pool: ClusterPool
):
    told: list[tuple[EnvironmentRecord, EnvironmentRecord]] = []

    async def judge(_: Transaction, before: EnvironmentRecord, now: EnvironmentRecord) -> None:
        told.append((before, now))

    environments = Environments(database, cluster_pool, limits=LIMITS, judge_pushes=judge)
    mapping = ImageMapping(source="registry.dev", target="registry.prod", copy_first=True)
    for fields in (
        EnvironmentFields(image_mappings=[mapping]),
        EnvironmentFields(image_mappings=[mapping]),
        EnvironmentFields(default_namespace="shop"),
    ):
        await environments.update(ADMINISTERS, "Staging", EnvironmentChanges(fields=fields, clusters=None))
    assert [(before.image_mappings, now.image_mappings) for before, now in told] == [((), (mapping,))]


async def test_new_clusters_replace_the_former_ones_in_their_order(three: Environments):
    changed = await three.update(
        ADMINISTERS, "Production", EnvironmentChanges(fields={}, clusters=("prod-us", "staging"))
    )
    assert [each.name for each in changed.clusters] == ["prod-us", "staging"]


async def test_a_change_to_a_taken_name_leaves_the_clusters_too(three: Environments):
    with pytest.raises(NameTakenError):
        await three.update(ADMINISTERS, "Staging", EnvironmentChanges(fields={"name": "production"}, clusters=("dev",)))
    assert [each.name for each in (await three.get(SEES_ALL, "Staging")).clusters] == ["staging"]


async def test_environments_are_put_in_order(three: Environments):
    ordered = await three.reorder(ADMINISTERS, ["Production", "development", "Staging"])
    assert [(each.name, each.rank) for each in ordered] == [("Production", 1), ("Development", 2), ("Staging", 3)]
    assert await three.list(SEES_ALL) == ordered


@pytest.mark.parametrize(
    "names",
    [["Staging", "Development"], ["Staging", "Development", "Staging"], []],
    ids=["one is missing", "one is named twice", "none"],
)
async def test_an_order_that_does_not_name_every_environment_once_is_refused(three: Environments, names):
    with pytest.raises(InvalidRequestError) as refused:
        await three.reorder(ADMINISTERS, names)
    assert refused.value.field == "body.environments"
    assert await _ranks(three) == {"Development": 1, "Staging": 2, "Production": 3}


async def test_an_order_with_an_unknown_environment_is_refused(three: Environments):
    with pytest.raises(NotFoundError):
        await three.reorder(ADMINISTERS, ["Staging", "Development", "Nowhere"])


async def test_an_environment_in_which_an_application_is_configured_is_not_deleted(
    three: Environments, database: Database
):
    target = await make_target(database, environment="Production")
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id or "", namespace="shop", resources=[])
    with pytest.raises(InUseError) as refused:
        await three.delete(ADMINISTERS, "Production")
    assert refused.value.users == ("application shop",)


async def test_an_environment_of_an_operation_under_way_is_not_deleted(three: Environments, database: Database):
    operation = await make_operation(database, await make_target(database, environment="Production"))
    with pytest.raises(InUseError) as refused:
        await three.delete(ADMINISTERS, "Production")
    assert refused.value.users == (f"operation {operation}",)


async def test_an_environment_that_only_has_settings_of_an_application_is_deleted(
    three: Environments, database: Database
):
    await make_target(database, environment="Production")
    await three.delete(ADMINISTERS, "Production")
    assert list(await _ranks(three)) == ["Development", "Staging"]


async def test_namespaces_are_listed_with_the_clusters_that_have_them(environments, registry, practice: Sandbox):
    for name in ("dev", "staging"):
        await registry.register(ADMINISTERS, registration(practice, name))
    practice.cluster("staging").create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-staging"}})
    await environments.add(ADMINISTERS, new_environment("Both", "staging", "dev"))
    listing = await environments.namespaces(SEES_ALL, "Both")
    clusters = {each.name: each.clusters for each in listing.items}
    assert (clusters["only-staging"], clusters["default"]) == (("staging",), ("staging", "dev"))
    assert listing.not_asked == ()


async def test_a_cluster_that_does_not_answer_does_not_hide_the_namespaces_of_others(
    environments, registry, practice: Sandbox
):
    for name in ("dev", "prod-us"):
        await registry.register(ADMINISTERS, registration(practice, name))
    await environments.add(ADMINISTERS, new_environment("Both", "dev", "prod-us"))
    practice.faults("prod-us").unreachable = True
    try:
        listing = await environments.namespaces(SEES_ALL, "Both")
    finally:
        practice.faults("prod-us").clear()
    assert {each.name: each.clusters for each in listing.items}["default"] == ("dev",)
    assert listing.not_asked == ("prod-us",)


async def test_what_was_not_given_is_shown_to_administrators_alone(environments, registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    await environments.give(ADMINISTERS, "Development", "default", applications=None)
    seen = {each.name: each.given for each in (await environments.namespaces(SEES_ALL, "Development")).items}
    assert seen["default"]
    assert not seen["kube-system"]
    assert [each.name for each in (await environments.namespaces(Permissions.listing(BEN), "Development")).items] == [
        "default"
    ]


async def test_a_namespace_of_an_application_that_the_actor_does_not_see_is_not_listed(
    environments, registry, practice: Sandbox, database: Database
):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    async with database.begin() as tx:
        shop = await tx.applications.add(name="shop")
        wiki = await tx.applications.add(name="wiki")
    await environments.give(ADMINISTERS, "Development", "default", applications=["shop"])
    for application, names in ((shop.id, ["default"]), (wiki.id, [])):
        actor = actor_with(Role.VIEWER, scope=Scope(applications=frozenset({application})))
        listing = await environments.namespaces(Permissions.listing(actor), "Development")
        assert [each.name for each in listing.items] == names
        assert [each.pattern for each in listing.given] == names


async def test_what_is_given_names_only_the_applications_that_the_actor_sees(three: Environments, database: Database):
    async with database.begin() as tx:
        shop = await tx.applications.add(name="shop")
        await tx.applications.add(name="wiki")
    await three.give(ADMINISTERS, "Development", "both", applications=["shop", "wiki"])
    for actor, names in (
        (actor_with(Role.VIEWER, scope=Scope(applications=frozenset({shop.id}))), ("shop",)),
        (BEN, ("shop", "wiki")),
    ):
        async with database.read() as tx:
            rows = await rows_that_are_seen(tx, await three.get(SEES_ALL, "Development"), actor)
        assert [each.applications for each in rows if each.pattern == "both"] == [names]


async def test_where_namespaces_may_not_be_listed_those_that_are_given_by_name_stand_for_them(
    environments, registry, practice: Sandbox
):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    for pattern in ("shop", "cart-*"):
        await environments.give(ADMINISTERS, "Development", pattern, applications=None)
    practice.faults("dev").failures.append(Failure(status=403, path="/namespaces"))
    try:
        listing = await environments.namespaces(Permissions.listing(BEN), "Development")
    finally:
        practice.faults("dev").clear()
    assert [(each.name, each.clusters) for each in listing.items] == [("shop", ("dev",))]
    assert (listing.not_asked, listing.not_listed) == ((), ("dev",))


async def test_a_default_namespace_is_given_and_stays_given_when_another_takes_its_place(three: Environments):
    for name in ("shop", "shop-2"):
        changes = EnvironmentChanges(fields={"default_namespace": name}, clusters=None)
        given = (await three.update(ADMINISTERS, "Staging", changes)).given
    assert [(each.pattern, each.applications) for each in given] == [("shop", None), ("shop-2", None)]


async def test_what_is_given_is_added_to_what_was_given_and_taken_as_a_whole(three: Environments, database: Database):
    async with database.begin() as tx:
        for name in ("shop", "cart"):
            await tx.applications.add(name=name)
    await three.give(ADMINISTERS, "Staging", "shop-*", applications=["shop"])
    both = await three.give(ADMINISTERS, "Staging", "shop-*", applications=["cart"])
    assert (both.applications, both.given_by) == (("cart", "shop"), "admin")
    assert (await three.give(ADMINISTERS, "Staging", "shop-*", applications=None)).applications is None
    assert (await three.give(ADMINISTERS, "Staging", "shop-*", applications=["cart"])).applications is None
    await three.take(ADMINISTERS, "Staging", both.id)
    async with database.read() as tx:
        told = (await tx.audit.list(AuditFilter(), scopes=None, limit=2)).items
    assert [(each.action, each.actor_name) for each in told] == [
        ("namespace.taken", "admin"),
        ("namespace.given", "admin"),
    ]
    assert (await three.get(SEES_ALL, "Staging")).given == ()
    with pytest.raises(NotFoundError):
        await three.take(ADMINISTERS, "Staging", both.id)


async def test_a_deleted_application_is_given_nothing(three: Environments, database: Database):
    async with database.begin() as tx:
        ids = [(await tx.applications.add(name=name)).id for name in ("shop", "cart")]
    await three.give(ADMINISTERS, "Staging", "shop", applications=["shop"])
    await three.give(ADMINISTERS, "Staging", "both", applications=["shop", "cart"])
    async with database.begin() as tx:
        await tx.applications.delete(ids[0])
    assert [(each.pattern, each.applications) for each in (await three.get(SEES_ALL, "Staging")).given] == [
        ("both", frozenset({ids[1]}))
    ]


async def test_what_is_no_pattern_of_namespaces_is_refused(three: Environments):
    with pytest.raises(InvalidRequestError):
        await three.give(ADMINISTERS, "Staging", "sh*op", applications=None)


async def _ranks(environments: Environments) -> dict[str, int]:
    return {each.name: each.rank for each in await environments.list(SEES_ALL)}
