"""The index of running images holds those of custom kinds as well, so that a push to their repositories finds them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.transaction import Database
from domain.declared_kinds import Declaration, DeclaredImage, ImageForm
from sandbox.server import Sandbox
from sandbox.store import Object
from tests.support.custom_workloads import GROUPS, custom_workload, definition_of
from tests.support.definitions import definition
from tests.support.promotion_stage import PromotionStage, image, staged

GROUP, KIND = "shop.example", "Shopfront"
DECLARATION = Declaration(
    images=(
        DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag"),
        DeclaredImage(path="spec.version", form=ImageForm.TAG, name=image("search")),
    )
)
FRONT: Object = {
    "apiVersion": f"{GROUP}/v1",
    "kind": KIND,
    "metadata": {"name": "web"},
    "spec": {"image": {"repository": image("front"), "tag": "1"}, "version": "1"},
}


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with Sandbox(("prod-eu",), speed=20) as sandbox, staged(database, database_url, sandbox) as stage:
        for kind in GROUPS:
            sandbox.cluster("prod-eu").create(definition_of(kind))
        sandbox.cluster("prod-eu").create(definition(KIND, "shopfronts", GROUP, "v1"))
        yield stage


async def placed(stage: PromotionStage, *workloads: dict[str, Any]) -> str:
    """Production with these, as it is known once its cluster was looked at."""
    record = await stage.environment("Production", {"prod-eu": workloads})
    await stage.live.refresh()
    assert record.id is not None
    return record.id


async def finds(stage: PromotionStage, repository: str) -> list[str]:
    """The app environments that a push to this repository concerns."""
    async with stage.database.read() as tx:
        return list(await tx.running_images.taking_any_of([repository]))


@pytest.mark.parametrize("kind", list(GROUPS))
async def test_workloads_of_known_custom_kinds_are_found_by_their_repository(stage, kind):
    production = await placed(stage, custom_workload(kind, image("web:1")))
    assert await finds(stage, image("web")) == [production]


@pytest.mark.parametrize("repository", [image("front"), image("search")])
async def test_objects_of_a_declared_kind_are_found_by_the_repository_of_each_form(stage, repository):
    async with stage.database.begin() as tx:
        await tx.declared_kinds.put(GROUP, KIND, DECLARATION)
    production = await placed(stage, FRONT)
    assert await finds(stage, repository) == [production]


async def test_what_a_kind_names_is_not_indexed_while_it_is_not_declared(stage):
    await placed(stage, FRONT)
    assert await finds(stage, image("front")) == []
