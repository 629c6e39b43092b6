"""Liveness, readiness and metrics of the process, outside of the versioned API."""

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from api.authentication import ContainerDep, Lister, Open
from api.guarded_route import guarded_router
from api.metrics import CONTENT_TYPE, exposition
from api.responses import open_problems, problems
from api.schemas.health import Alive, ReadinessRead
from domain.rights import Right
from services.errors import ForbiddenError
from services.reading.permissions import lacking

router = guarded_router(tags=["process"], base="")


@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Liveness of the process",
    responses=open_problems(),
)
async def get_health(_: Open) -> Alive:
    return Alive(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Readiness of the process",
    responses={
        **open_problems(),
        503: {"model": ReadinessRead, "description": "Not ready; the body says which part is missing."},
    },
)
async def get_readiness(_: Open, container: ContainerDep, response: Response) -> ReadinessRead:
    readiness = await container.readiness()
    response.status_code = 200 if readiness.ready else 503
    return ReadinessRead.reading(readiness)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics in Prometheus' text format",
    response_class=PlainTextResponse,
    response_description="Metrics in Prometheus' text format.",
    responses=problems(),
)
async def get_metrics(grant: Lister, container: ContainerDep, request: Request) -> PlainTextResponse:
    if not grant.everything:
        raise ForbiddenError(lacking(grant.actor, Right.VIEW, "all applications in all environments"))
    return PlainTextResponse(
        await exposition(container, request.state.requests, request.state.callers), media_type=CONTENT_TYPE
    )
