"""Promotions, deploys, rollbacks and the releases that they record."""

from fastapi import Response

from api.authentication import Promoter, Viewer
from api.dependencies import (
    ApplicationPath,
    DeployingDep,
    EnvironmentPath,
    IdempotencyKeyHeader,
    PromotingDep,
    ReleasesDep,
    RollingBackDep,
)
from api.guarded_route import guarded_router
from api.idempotency import idempotency
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.routes.accepted import accepted
from api.schemas.gates import reason_of
from api.schemas.operations import OperationRead
from api.schemas.problems import PromotionProblem
from api.schemas.promotions import DeployRequest, PromotionPlanRead, PromotionRequest, ReleasePage, RollbackRequest
from db.records.operations import OperationRecord
from services.inventory.releases import ListedRelease

router = guarded_router(prefix="/applications/{application}", tags=["promotions"])


@router.post(
    "/promotions/preview",
    operation_id="previewPromotion",
    summary="Preview a promotion",
    description="The plan, container by container. A plan without changes is a result, not an error.",
    responses=problems(404, 409, 413, 424, conflict=PromotionProblem),
)
async def preview_promotion(
    actor: Promoter, application: ApplicationPath, body: PromotionRequest, promoting: PromotingDep
) -> PromotionPlanRead:
    return PromotionPlanRead.reading(await promoting.preview(application, body.to_request(), actor=actor))


@router.post(
    "/promotions",
    operation_id="promote",
    summary="Promote the source's images to the target",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, 424, conflict=PromotionProblem),
)
async def promote(
    actor: Promoter,
    application: ApplicationPath,
    body: PromotionRequest,
    promoting: PromotingDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await promoting.start(
            application,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application),
            break_glass=reason_of(body.break_glass),
        ),
    )


@router.post(
    "/environments/{environment}/deploy/preview",
    operation_id="previewDeploy",
    summary="Preview a deploy",
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def preview_deploy(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: DeployRequest,
    deploying: DeployingDep,
) -> PromotionPlanRead:
    return PromotionPlanRead.reading(await deploying.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "/environments/{environment}/deploy",
    operation_id="deploy",
    summary="Deploy named images",
    description="How a new image enters the first environment: a person or a CI job names it after its build.",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def deploy(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: DeployRequest,
    deploying: DeployingDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await deploying.start(
            application,
            environment,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application, environment),
            break_glass=reason_of(body.break_glass),
        ),
    )


@router.get(
    "/environments/{environment}/releases",
    operation_id="listReleases",
    summary="List an app environment's releases, the newest first",
    response_model=ReleasePage,
    responses=problems(404),
)
async def list_releases(
    actor: Viewer, application: ApplicationPath, environment: EnvironmentPath, releases: ReleasesDep, paging: PagingDep
) -> Page[ListedRelease]:
    return answered(
        await releases.list(application, environment, actor=actor, after=paging.after_number, limit=paging.limit)
    )


@router.post(
    "/environments/{environment}/rollback/preview",
    operation_id="previewRollback",
    summary="Preview a rollback",
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def preview_rollback(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: RollbackRequest,
    rolling_back: RollingBackDep,
) -> PromotionPlanRead:
    return PromotionPlanRead.reading(
        await rolling_back.preview(application, environment, body.to_request(), actor=actor)
    )


@router.post(
    "/environments/{environment}/rollback",
    operation_id="rollBack",
    summary="Roll back to a release, or take back what an operation changed",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def roll_back(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: RollbackRequest,
    rolling_back: RollingBackDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await rolling_back.start(
            application,
            environment,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application, environment),
        ),
    )
