"""What runs where: the matrix of all applications, and one application in full."""

from typing import Annotated

from fastapi import Query

from api.authentication import Lister, Viewer
from api.dependencies import ApplicationPath, MatrixDep, OverviewDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.overview import ApplicationOverviewRead, MatrixRead

router = guarded_router(tags=["overview"])


@router.get(
    "/overview",
    operation_id="getMatrix",
    summary="Get tags, health and skew of all applications by environment",
    description="Up to 200 applications a page. All clusters are read at the same time, within a few seconds; cells "
    "that lack the answer of a cluster are `stale`.",
    responses=problems(),
)
async def get_matrix(
    grant: Lister,
    matrix: MatrixDep,
    paging: PagingDep,
    search: Annotated[str | None, Query(max_length=100, description="Part of the applications' names.")] = None,
) -> MatrixRead:
    found = await matrix.read(grant, search=search, after=paging.after, limit=paging.limit)
    return MatrixRead.of(found, next_cursor=wrap(found.next) if found.next is not None else None)


@router.get(
    "/applications/{application}/overview",
    operation_id="getApplicationOverview",
    summary="Get an application's images, health, skew and offered images by environment",
    description="Answers within a few seconds even if a cluster is down; such a cluster is marked.",
    responses=problems(404),
)
async def get_application_overview(
    actor: Viewer, application: ApplicationPath, overview: OverviewDep
) -> ApplicationOverviewRead:
    return ApplicationOverviewRead.reading(await overview.read(application, actor=actor))
