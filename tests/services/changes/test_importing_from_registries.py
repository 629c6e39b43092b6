"""Imports and configures whose images stored registries are asked for: real registries, and practice clusters."""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from db.transaction import Database
from domain.image_mappings import ImageMapping
from domain.overrides import Overrides
from domain.resources import ResourceId
from domain.stored.plans import StoredCopyPlan
from domain.words import CredentialKind, EventType, Outcome
from services.changes.errors import PlanBlockedError
from services.changes.importing import ImportRequest
from services.planning.copying.plan import CopyPlan
from tests.support.actors import ANN
from tests.support.copy_stage import CopyStage
from tests.support.imports import import_preview
from tests.support.promotion_stage import workload
from tests.support.registry import PASSWORD, USERNAME, DockerRegistry

WEB = ResourceId.of("apps/v1", "Deployment", "web")
LOGIN = ResourceId.of("v1", "Secret", "login")


@dataclass(frozen=True)
class Registries:
    """The registry that Development pulls from, and that of Staging, which asks for a password."""

    dev: DockerRegistry
    staging: DockerRegistry


@pytest.fixture
async def registries(database: Database, new_docker_registry) -> Registries:
    found = Registries(dev=await new_docker_registry(), staging=await new_docker_registry(password=True))
    async with database.begin() as tx:
        await tx.registries.put(
            found.dev.address, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None
        )
        await tx.registries.put(
            found.staging.address, plain_http=True, kind=CredentialKind.BASIC, username=USERNAME, secret=PASSWORD
        )
    return found


async def asked(
    stage: CopyStage, registries: Registries, *, copy_first: bool = False, pull_secret: str | None = PASSWORD
) -> ImportRequest:
    """Development runs an image of its registry, and Staging is to pull it from its own, with this pull secret."""
    await registries.dev.push_image("shop/web", "2", content="new")
    body = workload("web", {"web": f"{registries.dev.address}/shop/web:2"})
    source = f"{stage.namespace}-source"
    await stage.give("Development", source)
    resources = [WEB]
    if pull_secret is not None:
        body["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "login"}]
        stage.plant("dev-1", login(registries.staging, pull_secret), source)
        resources.append(LOGIN)
    stage.plant("dev-1", body, source)
    await stage.adopted(source)
    mapping = ImageMapping(source=registries.dev.address, target=registries.staging.address, copy_first=copy_first)
    async with stage.database.begin() as tx:
        found = await tx.environments.find("Staging")
        assert found is not None
        await tx.environments.change(found.id, image_mappings=[mapping])
    return ImportRequest(
        source_environment="Development",
        namespace=stage.namespace,
        resources=tuple(resources),
        overrides=Overrides(allow=("registry-credentials",)),
    )


def login(registry: DockerRegistry, password: str) -> dict[str, Any]:
    auths = {registry.address: {"username": USERNAME, "password": password}}
    encoded = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": encoded},
    }


def about_images(plan: CopyPlan) -> list[str]:
    return [each.code for each in plan.all_problems if each.code.startswith(("image-", "pull-", "registry-"))]


async def test_an_image_that_the_targets_registry_lacks_blocks_until_it_is_there(stage, registries):
    request = await asked(stage, registries)
    blocked = await import_preview(stage, request)
    assert (about_images(blocked), blocked.blocked) == (["image-not-in-registry"], True)
    with pytest.raises(PlanBlockedError):
        await stage.importing.start("shop", "Staging", request, actor=ANN)
    await registries.staging.push_image("shop/web", "2", content="new")
    plan = await import_preview(stage, request)
    assert about_images(plan) == []
    assert plan.digest == blocked.digest
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED]
    assert about_images(await import_preview(stage, request)) == []


async def test_an_image_is_copied_to_the_targets_registry_before_a_workload_is_written(stage, registries):
    request = await asked(stage, registries, copy_first=True)
    plan = await import_preview(stage, request)
    assert about_images(plan) == ["image-copied-first"]
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED]
    kinds = [each.type for each in await stage.events_of(ended.id)]
    assert kinds.index(EventType.IMAGE_COPY_ENDED) < kinds.index(EventType.RESOURCE_APPLIED)
    stored = ended.spec.plan
    assert isinstance(stored, StoredCopyPlan)
    assert (stored.version, len(stored.copies)) == (4, 1)
    assert StoredCopyPlan.from_json(stored.to_json()) == stored
    assert about_images(await import_preview(stage, request)) == []


async def test_a_pull_secret_that_comes_with_the_workload_is_tried(stage, registries):
    request = await asked(stage, registries, pull_secret="expired")
    await registries.staging.push_image("shop/web", "2", content="new")
    plan = await import_preview(stage, request)
    assert (about_images(plan), plan.blocked) == (["pull-secret-refused"], False)
    assert "expired" not in repr(plan)


async def test_a_workload_without_a_pull_secret_for_its_new_registry_is_named(stage, registries):
    request = await asked(stage, registries, pull_secret=None)
    await registries.staging.push_image("shop/web", "2", content="new")
    assert about_images(await import_preview(stage, request)) == ["pull-secret-missing"]


async def test_an_image_for_platforms_that_no_node_has_blocks(stage, registries):
    request = await asked(stage, registries)
    await registries.staging.push_image("shop/web", "2", content="new", platforms=("linux/s390x",))
    plan = await import_preview(stage, request)
    assert (about_images(plan), plan.blocked) == (["image-platform"], True)


async def test_a_registry_that_does_not_answer_is_told_and_blocks_nothing(stage, registries, database):
    request = await asked(stage, registries)
    silent = "127.0.0.1:9"
    async with database.begin() as tx:
        await tx.registries.put(silent, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None)
        found = await tx.environments.find("Staging")
        assert found is not None
        mapping = ImageMapping(source=registries.dev.address, target=silent)
        await tx.environments.change(found.id, image_mappings=[mapping])
    plan = await import_preview(stage, request)
    assert "registry-unread" in about_images(plan)
    assert not plan.blocked
    assert about_images(await import_preview(stage, replace(request, resources=(LOGIN,)))) == []
