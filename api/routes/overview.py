"""What runs where: all applications at a glance, one application in full."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.authentication import Viewer
from api.dependencies import ApplicationPath, MatrixDep, OverviewDep
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.overview import ApplicationOverviewRead, MatrixRead

router = APIRouter(tags=["overview"])


@router.get(
    "/overview",
    operation_id="getMatrix",
    summary="Applications by environments: tags, health, skew",
    description="Up to 200 applications in one answer. Every cluster is asked once, all at once, for a few seconds at "
    "most; cells that a silent cluster leaves incomplete are `stale`.",
    responses=problems(),
)
async def get_matrix(
    _: Viewer,
    matrix: MatrixDep,
    paging: PagingDep,
    search: Annotated[str | None, Query(max_length=100, description="A part of the applications' names.")] = None,
) -> MatrixRead:
    found = await matrix.read(search=search, after=paging.after, limit=paging.limit)
    return MatrixRead.of(found, next_cursor=wrap(found.next) if found.next is not None else None)


@router.get(
    "/applications/{application}/overview",
    operation_id="getApplicationOverview",
    summary="Environments by workloads by containers: images, health by cluster, skew, what is offered",
    description="Answers within a few seconds although a cluster is down: such a cluster is marked.",
    responses=problems(404),
)
async def get_application_overview(
    _: Viewer, application: ApplicationPath, overview: OverviewDep
) -> ApplicationOverviewRead:
    return ApplicationOverviewRead.reading(await overview.read(application))
