"""A cluster that an environment gains is brought level: resources and images, application by application."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.freezes import FreezeFields
from domain.gates import FreezeEffect, Window
from domain.grants import Actor
from domain.resources import ResourceId
from domain.rights import Scope
from domain.secret_text import SecretText
from domain.words import OnConflict, OperationKind, OperationState, Outcome, Role
from services.changes.configuring import ConfigureRequest
from services.changes.errors import LevelBlockedError, PlanOutdatedError
from services.changes.importing import ImportRequest
from services.changes.levelling import Levelling, LevelRequest
from services.changes.new_operations import IdempotencyKey
from services.errors import ForbiddenError, InvalidRequestError, NotFoundError
from services.people.gates import GateClosedError
from services.planning.configuring.scaffold import ConfigMapForm, ContainerForm, SecretForm, WorkloadForm
from services.planning.levels.plan import LevelState
from tests.support.actors import ANN, actor_with
from tests.support.copy_stage import CopyStage
from tests.support.imports import config_map, import_request

NEW = "staging-1"  # joins the environment; nothing of it is there
BLOG_ALONE = LevelRequest(applications=("blog",))
_IMAGE = "registry.practice.example/blog/blog:1.0.0"


@pytest.fixture
def levelling(stage: CopyStage) -> Levelling:
    return Levelling(stage.database, stage.importing, stage.browser)


def blog_namespace(stage: CopyStage) -> str:
    return f"{stage.namespace}-blog"


async def joined(stage: CopyStage) -> None:
    """Production runs two applications on two clusters, and gains a third one."""
    ended = await stage.import_to("Production", await import_request(stage))
    assert ended.state is OperationState.SUCCEEDED
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    started = await stage.configuring.start("blog", "Production", _blog(stage), actor=ANN)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    await joins(stage)


async def joins(stage: CopyStage) -> None:
    async with stage.database.begin() as tx:
        found = await tx.environments.find("Production")
        added = await tx.clusters.find(NEW)
        assert found is not None
        assert added is not None
        await tx.environments.assign_clusters(found.id, [*(each.id for each in found.clusters), added.id])


def _blog(stage: CopyStage) -> ConfigureRequest:
    return ConfigureRequest(
        namespace=blog_namespace(stage),
        workloads=(WorkloadForm(name="blog", containers=(ContainerForm(name="blog", image=_IMAGE),)),),
        config_maps=(ConfigMapForm(name="settings", data={"mode": "prod"}),),
        secrets=(SecretForm(name="keys", data={"token": SecretText("typed-canary")}),),
    )


async def brought(stage: CopyStage, levelling: Levelling, request: LevelRequest | None = None):
    """The ended operations that brought the new cluster level."""
    started = await levelling.start("Production", NEW, request or LevelRequest(), actor=ANN)
    assert started.not_started == ()
    return [await stage.end_of(each.id) for each in started.operations]


def states(plan) -> dict[str, LevelState]:
    return {each.application: each.state for each in plan.members}


async def test_a_cluster_that_joins_gets_the_resources_of_every_application_and_the_others_are_left_alone(
    stage, levelling
):
    await joined(stage)
    writes = {name: stage.writes(name) for name in ("prod-eu", "prod-us")}
    assert states(await levelling.read("Production", NEW, actor=ANN)) == {
        "blog": LevelState.LACKING,
        "shop": LevelState.LACKING,
    }
    ended = await brought(stage, levelling)
    assert [(each.application, each.kind, each.state) for each in ended] == [
        ("blog", OperationKind.IMPORT, OperationState.SUCCEEDED),
        ("shop", OperationKind.IMPORT, OperationState.SUCCEEDED),
    ]
    assert [[one.cluster_name for one in each.clusters] for each in ended] == [[NEW], [NEW]]
    for plural, name, namespace in (
        ("deployments", "web", stage.namespace),
        ("configmaps", "shop-settings", stage.namespace),
        ("secrets", "keys", blog_namespace(stage)),
        ("deployments", "blog", blog_namespace(stage)),
    ):
        assert stage.object(NEW, plural, name, namespace) is not None, name
    assert (
        stage.object(NEW, "secrets", "keys", blog_namespace(stage))["data"]
        == stage.object("prod-eu", "secrets", "keys", blog_namespace(stage))["data"]
    )
    assert {name: stage.writes(name) for name in writes} == writes


async def test_pressed_again_there_is_nothing_to_do(stage, levelling):
    await joined(stage)
    await brought(stage, levelling)
    plan = await levelling.preview("Production", NEW, LevelRequest(), actor=ANN)
    assert (plan.nothing_to_do, states(plan)) == (True, {"blog": LevelState.LEVEL, "shop": LevelState.LEVEL})
    assert await brought(stage, levelling) == []


async def test_it_gets_the_images_of_the_release_and_not_what_somebody_put_on_the_source(stage, levelling):
    await joined(stage)
    changed = stage.object("prod-eu", "deployments", "blog", blog_namespace(stage))
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = f"{_IMAGE}-by-hand"
    stage.sandbox.cluster("prod-eu").update(changed, manager="kubectl")
    plan = await levelling.preview("Production", NEW, BLOG_ALONE, actor=ANN)
    [planned] = [each for each in plan.members[0].plan.clusters[0].resources if each.resource.name == "blog"]
    assert any("by-hand" in note for note in planned.notes)
    await brought(stage, levelling, BLOG_ALONE)
    written = stage.object(NEW, "deployments", "blog", blog_namespace(stage))
    [container] = written["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith(f"{_IMAGE}@sha256:")


async def test_it_makes_no_release_and_adds_nothing_to_what_belongs_to_the_application(stage, levelling):
    await joined(stage)

    async def kept():
        async with stage.database.read() as tx:
            place = await tx.app_environments.find("blog", "Production")
            return place.last_release, place.resources

    before = await kept()
    await brought(stage, levelling)
    assert await kept() == before


async def test_killed_in_the_middle_it_goes_on_and_writes_nothing_twice(stage, levelling):
    await joined(stage)
    await brought(stage, levelling, BLOG_ALONE)
    undisturbed = stage.writes(NEW)
    stage.sandbox.cluster(NEW).remove("secrets", "keys", blog_namespace(stage))
    stage.engine.forgetful = True  # what the use case had planned is lost, as when its process dies
    [ended] = await brought(stage, levelling, BLOG_ALONE)
    assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED]
    assert stage.writes(NEW) == undisturbed + 1


async def maintainer_of(stage: CopyStage, name: str) -> Actor:
    """Who may import into this application alone, and sees all of them."""
    async with stage.database.read() as tx:
        found = await tx.applications.find(name)
    assert found is not None
    maintainer = actor_with(Role.MAINTAINER, scope=Scope(applications=frozenset({found.id})))
    both = (*maintainer.holdings.bindings, *actor_with(Role.VIEWER).holdings.bindings)
    return replace(maintainer, holdings=replace(maintainer.holdings, bindings=both))


async def freeze(stage: CopyStage, name: str) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    async with stage.database.begin() as tx:
        found = await tx.applications.find(name)
        assert found is not None
        fields = FreezeFields(
            name="sale",
            effect=FreezeEffect.DENY,
            window=Window(starts=now - timedelta(hours=1), ends=now + timedelta(hours=12), zone="UTC"),
            reason="Sale.",
            scope=Scope(applications=frozenset({found.id})),
        )
        await tx.freezes.add(fields, by=ANN.caller.ref)


async def test_what_one_may_not_import_into_is_named_as_left_out_and_refused_where_it_is_asked_for(stage, levelling):
    await joined(stage)
    maintainer = await maintainer_of(stage, "blog")
    plan = await levelling.read("Production", NEW, actor=maintainer)
    assert (states(plan), plan.not_permitted) == ({"blog": LevelState.LACKING}, ("shop",))
    with pytest.raises(ForbiddenError, match="'shop' in 'Production'"):
        await levelling.preview("Production", NEW, LevelRequest(applications=("blog", "shop")), actor=maintainer)


async def test_what_one_does_not_see_does_not_exist(stage, levelling):
    await joined(stage)
    maintainer = await maintainer_of(stage, "blog")
    alone = replace(maintainer, holdings=replace(maintainer.holdings, bindings=maintainer.holdings.bindings[:1]))
    assert (await levelling.read("Production", NEW, actor=alone)).not_permitted == ()
    with pytest.raises(NotFoundError):
        await levelling.preview("Production", NEW, LevelRequest(applications=("shop",)), actor=alone)


async def test_a_plan_that_has_changed_since_its_preview_is_refused_with_the_new_one(stage, levelling):
    await joined(stage)
    before = await levelling.preview("Production", NEW, BLOG_ALONE, actor=ANN)
    stage.plant(NEW, config_map("settings", data={"mode": "prod"}), blog_namespace(stage))
    with pytest.raises(PlanOutdatedError) as refused:
        await levelling.start("Production", NEW, replace(BLOG_ALONE, plan_digest=before.digest), actor=ANN)
    assert refused.value.plan.digest != before.digest


async def test_the_previewed_plan_is_the_one_that_is_executed(stage, levelling):
    await joined(stage)
    previewed = await levelling.preview("Production", NEW, BLOG_ALONE, actor=ANN)
    [ended] = await brought(stage, levelling, replace(BLOG_ALONE, plan_digest=previewed.digest))
    assert ended.state is OperationState.SUCCEEDED


async def test_an_object_that_differs_there_stops_all_of_it_until_somebody_decides(stage, levelling):
    await joined(stage)
    stage.plant(NEW, config_map("settings", data={"mode": "by-hand"}), blog_namespace(stage))
    with pytest.raises(LevelBlockedError, match="'blog' cannot be brought level on 'staging-1'"):
        await levelling.start("Production", NEW, LevelRequest(), actor=ANN)
    assert stage.object(NEW, "deployments", "web") is None
    await brought(stage, levelling, replace(BLOG_ALONE, on_conflict=OnConflict.OVERWRITE))
    assert stage.object(NEW, "configmaps", "settings", blog_namespace(stage))["data"] == {"mode": "prod"}


async def test_a_freeze_of_one_application_keeps_no_other_one(stage, levelling):
    await joined(stage)
    await freeze(stage, "shop")
    started = await levelling.start("Production", NEW, LevelRequest(), actor=ANN)
    assert [each.application for each in started.operations] == ["blog"]
    assert [(each.application, each.code) for each in started.not_started] == [("shop", "gate-closed")]
    with pytest.raises(GateClosedError):
        await levelling.start("Production", NEW, LevelRequest(applications=("shop",)), actor=ANN)


async def test_a_repeated_request_returns_the_operations_of_the_first(stage, levelling):
    await joined(stage)
    key = IdempotencyKey(key="once", fingerprint="the request")
    first = await levelling.start("Production", NEW, LevelRequest(), actor=ANN, idempotency=key)
    again = await levelling.start("Production", NEW, LevelRequest(), actor=ANN, idempotency=key)
    assert [each.id for each in again.operations] == [each.id for each in first.operations]
    for each in first.operations:
        await stage.end_of(each.id)


async def test_it_is_copied_from_the_first_other_cluster_that_answers(stage, levelling):
    await joined(stage)
    stage.sandbox.cut_off("prod-eu")
    plan = await levelling.preview("Production", NEW, BLOG_ALONE, actor=ANN)
    assert plan.members[0].plan.source.cluster == "prod-us"
    named = await levelling.preview("Production", NEW, replace(BLOG_ALONE, source_cluster="prod-eu"), actor=ANN)
    assert states(named) == {"blog": LevelState.UNKNOWN}


async def test_a_cluster_that_does_not_answer_is_not_judged_and_nothing_is_started(stage, levelling):
    await joined(stage)
    stage.sandbox.cut_off(NEW)
    assert set(states(await levelling.read("Production", NEW, actor=ANN)).values()) == {LevelState.UNKNOWN}
    with pytest.raises(LevelBlockedError):
        await levelling.start("Production", NEW, LevelRequest(), actor=ANN)


async def test_a_cluster_is_brought_level_with_another_one_of_its_own_environment(stage, levelling):
    await joined(stage)
    for cluster, source in (("dev-1", None), (NEW, "dev-1"), (NEW, NEW)):
        with pytest.raises((NotFoundError, InvalidRequestError)):
            await levelling.preview("Production", cluster, LevelRequest(source_cluster=source), actor=ANN)
    with pytest.raises(InvalidRequestError, match="no other cluster"):
        await levelling.read("Development", "dev-1", actor=ANN)


async def test_an_import_names_a_cluster_within_its_environment_and_none_between_two(stage):
    await joined(stage)
    settings = (ResourceId.of("v1", "ConfigMap", "settings"),)
    for source, cluster in (("Production", None), ("Development", NEW)):
        request = ImportRequest(source_environment=source, target_cluster=cluster, resources=settings)
        with pytest.raises(InvalidRequestError):
            await stage.importing.preview("blog" if cluster is None else "shop", "Production", request, actor=ANN)


async def test_an_operation_that_was_brought_level_overtakes_none_that_another_cluster_missed(stage, levelling):
    stage.sandbox.cut_off("prod-us")
    missed = await stage.import_to("Production", await import_request(stage))
    assert {each.cluster_name: each.outcome for each in missed.clusters}["prod-us"] is Outcome.UNREACHABLE
    await joins(stage)
    [ended] = await brought(stage, levelling)
    assert ended.state is OperationState.SUCCEEDED
    async with stage.database.read() as tx:
        assert await tx.operations.superseded_by(missed.id) is None
