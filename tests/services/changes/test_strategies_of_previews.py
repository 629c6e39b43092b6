"""A preview refuses the strategy that the start would refuse, and before it asks a cluster."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.stored.requests import DeployRequest, PromotionRequest, RollbackRequest
from domain.stored.restarts import RestartRequest
from domain.stored.strategies import ByNames, Ring, Strategy
from domain.words import OperationState
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.changes.restarting import Restarting
from services.errors import InvalidRequestError
from services.limits import Limits
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

_ELSEWHERE = Strategy(rings=(Ring(selector=ByNames(names=("prod-moon",))),))
_LIMITS = Limits(plan=25.0)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    """Production has what Staging runs, as its first release; then its cluster has gone out of reach."""
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
        await stage.environment("Production", {"prod-eu": (workload("web", {"web": image("web:1")}),)})
        started = await stage.promoting.start("shop", _promotion(None), actor=ANN, idempotency=None)
        assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED
        stage.sandbox.faults("prod-eu").set({"unreachable": True})
        yield stage
        stage.sandbox.faults("prod-eu").set({"unreachable": False})


def _promotion(strategy: Strategy | None) -> PromotionRequest:
    return PromotionRequest(source_environment="Staging", target_environment="Production", strategy=strategy)


async def _of_promotion(stage: PromotionStage) -> None:
    await stage.promoting.preview("shop", _promotion(_ELSEWHERE), actor=ANN)


async def _of_deploy(stage: PromotionStage) -> None:
    web = ResourceId.of("apps/v1", "Deployment", "web")
    images = (ContainerImage(workload=web, container="web", image=Image.of(image("web:3"))),)
    deploying = Deploying(stage.database, stage.pool, stage.operations, _LIMITS)
    request = DeployRequest(images=images, strategy=_ELSEWHERE)
    await deploying.preview("shop", "Production", request, actor=ANN)


async def _of_rollback(stage: PromotionStage) -> None:
    request = RollbackRequest(release=1, strategy=_ELSEWHERE)
    await stage.rolling_back.preview("shop", "Production", request, actor=ANN)


async def _of_restart(stage: PromotionStage) -> None:
    restarting = Restarting(stage.database, stage.pool, stage.operations, _LIMITS)
    await restarting.preview("shop", "Production", RestartRequest(strategy=_ELSEWHERE), actor=ANN)


@pytest.mark.parametrize("preview", [_of_promotion, _of_deploy, _of_rollback, _of_restart])
async def test_a_preview_refuses_a_strategy_with_a_cluster_that_the_environment_does_not_have(stage, preview):
    with pytest.raises(InvalidRequestError, match="no cluster named prod-moon"):
        await preview(stage)
