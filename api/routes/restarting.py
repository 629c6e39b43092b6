"""Restarts."""

from fastapi import Response

from api.authentication import Promoter
from api.dependencies import ApplicationPath, EnvironmentPath, IdempotencyKeyHeader, RestartingDep
from api.guarded_route import guarded_router
from api.idempotency import idempotency
from api.responses import problems
from api.routes.accepted import accepted
from api.schemas.operations import OperationRead
from api.schemas.problems import PromotionProblem
from api.schemas.promotions import PromotionPlanRead
from api.schemas.restarting import RestartRequest
from db.records.operations import OperationRecord

router = guarded_router(prefix="/applications/{application}/environments/{environment}/restart", tags=["promotions"])


@router.post(
    "/preview",
    operation_id="previewRestart",
    summary="Preview a restart",
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def preview_restart(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: RestartRequest,
    restarting: RestartingDep,
) -> PromotionPlanRead:
    return PromotionPlanRead.reading(await restarting.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "",
    operation_id="restart",
    summary="Restart workloads",
    description="As `kubectl rollout restart`, on all clusters, and watched like any rollout.",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, conflict=PromotionProblem),
)
async def restart(
    actor: Promoter,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: RestartRequest,
    restarting: RestartingDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await restarting.start(
            application,
            environment,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application, environment),
        ),
    )
