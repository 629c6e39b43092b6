"""What an administrator has taken back is not read any more, and every reading says so in the same sentence."""

from collections.abc import AsyncIterator

import pytest

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.stored.requests import DeployRequest, PromotionRequest
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.errors import NamespaceNotGivenError
from services.kube.deadline import Deadline
from services.limits import Limits
from services.planning.health.values import HealthPolicy, HealthState
from services.pushes.images import Images
from services.reading.image_facts import ImageFactsReader
from tests.support.actors import ANN, SEES_ALL
from tests.support.live_stage import ReadMatrix
from tests.support.promotion_stage import PromotionStage, image, staged, workload

WEB = ResourceId.of("apps/v1", "Deployment", "web")
LIMITS = Limits(plan=25.0, overview=15.0)


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with (
        Sandbox(("staging-1", "prod-eu"), speed=20) as sandbox,
        staged(database, database_url, sandbox) as stage,
    ):
        yield stage


async def _taken_back(stage: PromotionStage) -> AppEnvironmentRecord:
    """Production, whose namespace the shop may use no more, after everything in it was shown."""
    for name, cluster, tag in (("Staging", "staging-1", "2"), ("Production", "prod-eu", "1")):
        record = await stage.environment(name, {cluster: (workload("web", {"web": image(f"web:{tag}")}),)})
    await stage.overview.read("shop", actor=ANN)
    async with stage.database.begin() as tx:
        [given] = await tx.environment_namespaces.list(record.environment.id)
        assert await tx.environment_namespaces.take(record.environment.id, given.id)
        taken = await tx.app_environments.get(record.id or "")
    assert taken is not None
    return taken


async def test_a_namespace_that_was_taken_back_is_read_nowhere(stage: PromotionStage):
    target = await _taken_back(stage)
    sentence = f"Namespace '{stage.namespace}' is not given to 'shop' in 'Production'."

    _, production = (await stage.overview.read("shop", actor=ANN)).environments
    [shown] = production.workloads
    assert [(each.health, each.reason) for each in shown.health] == [(HealthState.UNKNOWN, "namespace-not-given")]
    assert sentence in str(shown.health[0].message)
    assert all(not container.images for container in shown.containers)

    cell = (await ReadMatrix(stage.live).cells(SEES_ALL))["Production"]
    assert (cell.images, cell.health, cell.stale) == ([], HealthState.UNKNOWN, True)

    reader = ImageFactsReader(clusters=stage.pool, policy=HealthPolicy())
    [facts] = await reader.read(target, deadline=Deadline.after(5))
    assert facts.failure is not None
    assert (facts.failure.code, sentence in facts.failure.detail) == ("namespace-not-given", True)
    assert await reader.read_custom(target, [WEB], deadline=Deadline.after(5)) == ()

    to_it = PromotionRequest(source_environment="Staging", target_environment="Production")
    from_it = PromotionRequest(source_environment="Production", target_environment="Staging")
    for request in (to_it, from_it):
        with pytest.raises(NamespaceNotGivenError, match="is not given"):
            await stage.promoting.preview("shop", request, actor=ANN)
    named = DeployRequest(images=(ContainerImage(workload=WEB, container="web", image=Image.of(image("web:3"))),))
    with pytest.raises(NamespaceNotGivenError, match="is not given"):
        await Deploying(stage.database, stage.pool, stage.operations, LIMITS).preview(
            "shop", "Production", named, actor=ANN
        )
    why = await Images(stage.database, stage.live).why("shop", "Production", "1", actor=ANN, repository=None)
    assert why.answer.code.value == "no-event"
