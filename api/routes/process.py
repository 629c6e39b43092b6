"""What the process says of itself, outside the versioned API: alive, ready, counts."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from api.authentication import ContainerDep, Open, Viewer
from api.metrics import exposition
from api.responses import open_problems, problems
from api.schemas.health import Alive, Readiness

router = APIRouter(tags=["process"])


@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Whether the process answers",
    responses=open_problems(),
)
async def get_health(_: Open) -> Alive:
    return Alive(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether requests can be served",
    responses={503: {"model": Readiness, "description": "Not now; the body says which part is missing."}},
)
async def get_readiness(container: ContainerDep, response: Response, _: Open) -> Readiness:
    readiness = await container.readiness()
    response.status_code = 200 if readiness.ready else 503
    return Readiness.of(readiness)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Counts, in Prometheus' text format",
    response_class=PlainTextResponse,
    responses=problems(),
)
async def get_metrics(container: ContainerDep, _: Viewer) -> PlainTextResponse:
    return PlainTextResponse(exposition(container), media_type="text/plain; version=0.0.4")
