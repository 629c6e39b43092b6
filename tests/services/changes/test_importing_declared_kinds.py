"""Imports of objects of a declared kind on practice clusters; the tests play its operator."""

from collections.abc import AsyncIterator

import pytest

from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.resources import ResourceId
from domain.words import OperationState, Outcome
from tests.support.actors import ANN
from tests.support.copy_stage import EXAMPLE_NAMESPACE, CopyStage
from tests.support.definitions import definition
from tests.support.eventually import eventually
from tests.support.imports import import_request

GROUP, KIND, PLURAL = "imports.example", "Gallery", "galleries"
GALLERY = ResourceId.of(f"{GROUP}/v1", KIND, "web")
SERVING = ("dev-1", "staging-1")
DECLARATION = Declaration(
    images=(DeclaredImage(path="spec.image", form=ImageForm.REFERENCE),),
    health=DeclaredHealth(ready="Up", failed=("Broken",)),
)


@pytest.fixture
async def declared(stage: CopyStage) -> AsyncIterator[CopyStage]:
    """Development has a gallery, whose kind is declared."""
    defined = definition(KIND, PLURAL, GROUP, "v1", status_apart=True)
    for cluster in SERVING:
        stage.sandbox.cluster(cluster).create(defined)
    spec = {"image": "registry.example/shop/gallery:2"}
    body = {"apiVersion": f"{GROUP}/v1", "kind": KIND, "metadata": {"name": "web"}, "spec": spec}
    stage.plant("dev-1", body, EXAMPLE_NAMESPACE)
    async with stage.database.begin() as tx:
        await tx.declared_kinds.put(GROUP, KIND, DECLARATION)
    yield stage
    for cluster in SERVING:  # its galleries go with it
        stage.sandbox.cluster(cluster).delete("customresourcedefinitions", defined["metadata"]["name"], "")


async def _operator_reports(stage: CopyStage, **conditions: str) -> None:
    """Once the object is there."""

    async def there() -> dict[str, object] | None:
        return stage.object("staging-1", PLURAL, "web")

    body = await eventually(there)
    told = [{"type": type_, "status": status} for type_, status in conditions.items()]
    stage.sandbox.cluster("staging-1").update_status({**body, "status": {"conditions": told}}, manager="operator")


async def test_one_is_offered_as_a_workload_that_is_selected_by_default(declared):
    await declared.adopted()
    [offered] = [each for each in await declared.offered() if each.resource == GALLERY]
    assert (offered.workload, offered.selected) == (True, True)


async def test_without_a_declaration_it_is_no_workload(declared):
    async with declared.database.begin() as tx:
        record = await tx.declared_kinds.find(GROUP, KIND)
        assert record is not None
        await tx.declared_kinds.delete(record.id)
    await declared.adopted()
    [offered] = [each for each in await declared.offered() if each.resource == GALLERY]
    assert not offered.workload


async def test_an_import_ends_once_its_condition_is_true_and_its_images_are_in_the_release(declared):
    request = await import_request(declared, GALLERY)
    started = await declared.importing.start("shop", "Staging", request, actor=ANN)
    await _operator_reports(declared, Up="False")
    assert not declared.engine.running[started.id].done()
    await _operator_reports(declared, Up="True")
    assert (await declared.end_of(started.id)).state is OperationState.SUCCEEDED
    async with declared.database.read() as tx:
        staging = await tx.app_environments.find("shop", "Staging")
        assert staging is not None
        assert staging.id is not None
        release = (await tx.releases.last_of([staging.id]))[staging.id]
    assert [(each.container, each.image.tag) for each in release.images] == [("spec.image", "2")]


async def test_an_import_fails_where_its_condition_says_so(declared):
    request = await import_request(declared, GALLERY)
    started = await declared.importing.start("shop", "Staging", request, actor=ANN)
    await _operator_reports(declared, Up="False", Broken="True")
    ended = await declared.end_of(started.id)
    assert [each.outcome for each in ended.clusters] == [Outcome.FAILED]


async def test_one_that_was_written_before_a_crash_is_still_waited_for(declared):
    declared.engine.forgetful = True
    request = await import_request(declared, GALLERY)
    started = await declared.importing.start("shop", "Staging", request, actor=ANN)
    await _operator_reports(declared, Up="False", Broken="True")
    ended = await declared.end_of(started.id)
    assert [each.outcome for each in ended.clusters] == [Outcome.FAILED]
