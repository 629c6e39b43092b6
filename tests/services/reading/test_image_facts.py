"""The facts of an app environment: cluster by cluster, in their order, with a failure where one does not answer."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_source import named_source
from services.reading.image_facts import ImageFactsReader
from services.reading.running_images import Depth
from tests.support.promotion_stage import CLUSTERS, PromotionStage, digest, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture
async def production(stage: PromotionStage):
    """Runs web:1 on prod-us and prod-eu, in this order."""
    web = (workload("web", {"web": image("web:1")}),)
    return await stage.environment("Production", {"prod-us": web, "prod-eu": web})


@pytest.fixture
def reader(stage: PromotionStage) -> ImageFactsReader:
    return ImageFactsReader(clusters=stage.pool, policy=HealthPolicy())


async def test_facts_are_in_the_order_of_the_environment_s_clusters_with_digests(reader, production):
    facts = await reader.read(production, deadline=Deadline.after(5))
    assert [(one.cluster, [each.image.digest for each in one.images]) for one in facts] == [
        ("prod-us", [digest("web:1")]),
        ("prod-eu", [digest("web:1")]),
    ]


async def test_a_cluster_that_does_not_answer_has_a_failure_and_the_others_are_read(stage, reader, production):
    stage.sandbox.cut_off("prod-us")
    down, up = await reader.read(production, deadline=Deadline.after(5))
    assert down.failure.code == "cluster-unreachable"
    assert (up.failure, len(up.images)) == (None, 1)


async def test_a_kubeconfig_that_is_no_longer_allowed_is_a_failure_of_its_cluster(stage, reader, production):
    async with stage.database.begin() as tx:
        await tx.clusters.replace_credential(stage.cluster_ids["prod-us"], credential="kind: Config", server=None)
        target = (await tx.app_environments.some([production.id]))[production.id]
    refused, up = await reader.read(target, deadline=Deadline.after(5))
    assert refused.failure.code == "kubeconfig-refused"
    assert up.failure is None


@pytest.mark.parametrize(("tag", "knows_digests"), [("2", False), ("1", True)], ids=["another tag", "the same tag"])
async def test_digests_are_read_only_where_the_templates_do_not_suffice_to_plan(reader, production, tag, knows_digests):
    web = ResourceId.of("apps/v1", "Deployment", "web")
    desired = ContainerImage(workload=web, container="web", image=Image.of(image(f"web:{tag}"), digest=digest("x")))
    deadline = Deadline.after(5)
    templates = await reader.read(production, deadline=deadline, depth=Depth.TEMPLATES)
    targets = await reader.read_targets(
        production, named_source([desired]), templates, selected=None, deadline=deadline
    )
    assert [[each.image.digest is not None for each in one.images] for one in targets] == [[knows_digests]] * 2
