"""Bringing a cluster level with the others of its environment: read, preview and start."""

from fastapi import Response

from api.authentication import Maintainer
from api.dependencies import ClusterPath, EnvironmentPath, IdempotencyKeyHeader, LevellingDep
from api.guarded_route import guarded_router
from api.idempotency import idempotency
from api.responses import problems
from api.schemas.levels import LevelCreate, LevelPlanRead, LevelStartRead
from api.schemas.problems import LevelProblem

router = guarded_router(prefix="/environments/{environment}/clusters/{cluster}/level", tags=["environments"])


@router.get(
    "",
    operation_id="getLevel",
    summary="Compare a cluster with the others of its environment",
    description="What it lacks in each application that the caller may import into, without a dry run.",
    responses=problems(404, 424),
)
async def get_level(
    actor: Maintainer, environment: EnvironmentPath, cluster: ClusterPath, levelling: LevellingDep
) -> LevelPlanRead:
    return LevelPlanRead.reading(await levelling.read(environment, cluster, actor=actor))


@router.post(
    "/preview",
    operation_id="previewLevel",
    summary="Preview bringing a cluster level",
    description="The plans of all applications under one digest, dry-run on the cluster.",
    responses=problems(404, 413, 424),
)
async def preview_level(
    actor: Maintainer, environment: EnvironmentPath, cluster: ClusterPath, body: LevelCreate, levelling: LevellingDep
) -> LevelPlanRead:
    return LevelPlanRead.reading(await levelling.preview(environment, cluster, body.to_request(), actor=actor))


@router.post(
    "",
    operation_id="bringLevel",
    summary="Bring a cluster level with the others of its environment",
    description="Starts an import onto this cluster for each application that lacks something there: resources from "
    "another cluster of the environment, with the images of the last release. What keeps one application from being "
    "started keeps no other one: `not_started` says which, and why.",
    status_code=202,
    responses=problems(404, 409, 413, 424, conflict=LevelProblem),
)
async def bring_level(
    actor: Maintainer,
    environment: EnvironmentPath,
    cluster: ClusterPath,
    body: LevelCreate,
    levelling: LevellingDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> LevelStartRead:
    started = await levelling.start(
        environment,
        cluster,
        body.to_request(),
        actor=actor,
        idempotency=idempotency(idempotency_key, body, environment, cluster),
    )
    if started.operations:
        response.headers["Location"] = f"/api/v1/operations/{started.operations[0].id}"
    return LevelStartRead.reading(started)
