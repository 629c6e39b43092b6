"""What runs where: the matrix of all applications, and one application in full."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Lister, Viewer
from api.dependencies import ApplicationPath, MatrixDep, OverviewDep
from api.etags import IfNoneMatchHeader, answer, not_modified, tagged, tags_of
from api.guarded_route import guarded_router
from api.pagination import PagingDep
from api.responses import problems
from api.schemas.overview import ApplicationOverviewRead, MatrixRead

router = guarded_router(tags=["overview"])


@router.get(
    "/overview",
    operation_id="getMatrix",
    summary="Get tags, health and skew of all applications by environment",
    description="Up to 200 applications a page, as Stagecoach last heard of their clusters, which it watches: no "
    "cluster is asked. Cells that lack the answer of a cluster are `stale`.",
    response_model=MatrixRead,
    responses=tagged(problems()),
)
async def get_matrix(
    grant: Lister,
    matrix: MatrixDep,
    paging: PagingDep,
    search: Annotated[str | None, Query(max_length=100, description="Part of the applications' names.")] = None,
    if_none_match: IfNoneMatchHeader = None,
) -> Response:
    found = await matrix.read(grant, search=search, after=paging.after, limit=paging.limit)
    if found.digest in tags_of(if_none_match):
        return not_modified(found.digest)
    return answer(found.encoded, found.digest)


@router.get(
    "/applications/{application}/overview",
    operation_id="getApplicationOverview",
    summary="Get an application's images, health, skew and offered images by environment",
    description="As Stagecoach last heard of its clusters, which it watches: no cluster is asked. What is known of a "
    "cluster that does not answer is shown as it was, and marked.",
    response_model=ApplicationOverviewRead,
    responses=tagged(problems(404)),
)
async def get_application_overview(
    actor: Viewer, application: ApplicationPath, overview: OverviewDep, if_none_match: IfNoneMatchHeader = None
) -> Response:
    version, found = await overview.read_unless(application, actor=actor, has=tags_of(if_none_match))
    if found is None:
        return not_modified(version)
    return answer(found, version)
