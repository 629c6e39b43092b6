"""Strategies, before an operation goes by them."""

from api.authentication import Admin, Promoter
from api.dependencies import EnvironmentPath, EnvironmentsDep, StrategyPreviewDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.strategy_previews import OwnStrategyPreviewRequest, StrategyPreviewRead, StrategyPreviewRequest

router = guarded_router(prefix="/environments/{environment}/strategy", tags=["environments"])


@router.post(
    "/preview",
    operation_id="previewStrategy",
    summary="Preview a strategy",
    description="Which clusters each ring would have. A strategy that an operation could not be started with is "
    "refused here in the same words: 403 where it is less careful than the environment's or brings Jobs of its own and "
    "the caller does not maintain the application, 422 for clusters that do not exist. No cluster is asked.",
    responses=problems(404, 413),
)
async def preview_strategy(
    actor: Promoter, environment: EnvironmentPath, body: StrategyPreviewRequest, previews: StrategyPreviewDep
) -> StrategyPreviewRead:
    allotted = await previews.preview(environment, body.applications, body.strategy.to_strategy(), actor=actor)
    return StrategyPreviewRead.reading(allotted)


@router.post(
    "/preview-own",
    operation_id="previewOwnStrategy",
    summary="Preview a strategy that is to become the environment's own",
    description="Which clusters each ring would have. What an update of the environment would refuse is refused "
    "here in the same words. Nothing is stored, and no cluster is asked.",
    responses=problems(404, 413),
)
async def preview_own_strategy(
    grant: Admin, environment: EnvironmentPath, body: OwnStrategyPreviewRequest, environments: EnvironmentsDep
) -> StrategyPreviewRead:
    allotted = await environments.preview_strategy(grant, environment, body.strategy.to_strategy())
    return StrategyPreviewRead.reading(allotted)
