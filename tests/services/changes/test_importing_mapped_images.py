"""Imports into an environment that pulls from another registry, on practice clusters."""

from dataclasses import replace

from domain.image_mappings import ImageMapping
from domain.resources import ResourceId
from domain.stored.requests import CopyRequest
from domain.words import OperationState
from services.execution.copy_spec import CopySpec
from tests.support.actors import ANN
from tests.support.copy_stage import EXAMPLE_NAMESPACE, CopyStage
from tests.support.imports import SETTINGS, import_preview, import_request

WEB = ResourceId.of("apps/v1", "Deployment", "web")
OURS = "registry.prod.example/shop"


async def mapped(stage: CopyStage, *environments: str) -> None:
    async with stage.database.begin() as tx:
        for name in environments:
            found = await tx.environments.find(name)
            assert found is not None
            mapping = ImageMapping(source="registry.example/shop", target=OURS)
            await tx.environments.change(found.id, image_mappings=[mapping])


def images(body) -> set[str]:
    pod = body["spec"]["template"]["spec"]
    return {each["image"] for each in (*pod.get("initContainers", ()), *pod["containers"])}


async def test_workloads_come_with_the_target_s_names_and_a_second_import_has_nothing_to_do(stage):
    await mapped(stage, "Staging")
    request = await import_request(stage)
    plan = await import_preview(stage, request)
    [planned] = [each for each in plan.clusters[0].resources if each.resource == WEB]
    assert any(f"{OURS}/web:" in note for note in planned.notes)
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    written = images(stage.object("staging-1", "deployments", "web"))
    source = images(stage.object("dev-1", "deployments", "web", EXAMPLE_NAMESPACE))
    assert f"{OURS}/web" in {each.partition(":")[0] for each in written}
    assert written == {each.replace("registry.example/shop/", f"{OURS}/") for each in source}
    assert ended.state is OperationState.SUCCEEDED
    assert (await import_preview(stage, request)).nothing_to_do


async def test_a_process_that_is_lost_and_a_mapping_that_is_removed_meanwhile_change_nothing_of_what_was_planned(stage):
    await mapped(stage, "Staging")
    stage.engine.forgetful = True
    started = await stage.importing.start("shop", "Staging", await import_request(stage), actor=ANN)
    async with stage.database.begin() as tx:
        found = await tx.environments.find("Staging")
        assert found is not None
        await tx.environments.change(found.id, image_mappings=[])
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
    written = images(stage.object("staging-1", "deployments", "web"))
    assert [each for each in written if each.startswith("registry.example/shop/")] == []


async def test_a_cluster_that_is_brought_level_gets_the_names_that_its_environment_has_written(stage):
    await stage.import_to("Production", await import_request(stage))
    await mapped(stage, "Production")
    request = await import_request(
        stage,
        SETTINGS,
        WEB,
        source_environment="Production",
        source_cluster="prod-eu",
        target_cluster="prod-us",
    )
    plan = await stage.importing.preview("shop", "Production", request, actor=ANN)
    [planned] = [each for each in plan.clusters[0].resources if each.resource == WEB]
    assert [each for each in images(planned.desired.body) if each.startswith(OURS)] == []


async def test_the_stored_request_has_the_mapping_and_a_process_that_knows_none_leaves_it_alone(stage):
    await mapped(stage, "Staging")
    started = await stage.importing.start("shop", "Staging", await import_request(stage), actor=ANN)
    stored = (await stage.end_of(started.id)).spec.request
    assert isinstance(stored, CopyRequest)
    assert stored.version == 5
    assert CopyRequest.from_json(stored.to_json()) == stored
    assert CopySpec.from_stored(stored, {}).choices.mappings == stored.image_mappings
