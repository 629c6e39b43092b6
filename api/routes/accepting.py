"""Accept: make what runs the release."""

from api.authentication import Maintainer
from api.dependencies import AcceptingDep, ApplicationPath, EnvironmentPath
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.drift import AcceptancePlanRead, AcceptRequest
from api.schemas.problems import AcceptanceProblem
from api.schemas.promotions import ReleaseRead

router = guarded_router(prefix="/applications/{application}/environments/{environment}/accept", tags=["drift"])


@router.post(
    "/preview",
    operation_id="previewAccept",
    summary="Preview what accepting would record",
    description="Reads the clusters: container by container, the last release's image and what runs instead; and "
    "object by object, the keys and fields that are not as they were written.",
    responses=problems(404, 409, 413, conflict=AcceptanceProblem),
)
async def preview_accept(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: AcceptRequest,
    accepting: AcceptingDep,
) -> AcceptancePlanRead:
    return AcceptancePlanRead.reading(await accepting.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "",
    operation_id="accept",
    summary="Accept what runs as the release",
    description="Takes effect at once, and records a release of kind `adopt`, with the fingerprints that keys and "
    "fields have now. No cluster is written to, so freezes, holds, stops and approvals are not in its way. Refused "
    "(409 `plan-blocked`) if clusters run different images and `cluster` names none, if a rollout is under way, and if "
    "nothing differs.",
    response_description="The release that was recorded.",
    responses=problems(404, 409, 413, conflict=AcceptanceProblem),
)
async def accept(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: AcceptRequest,
    accepting: AcceptingDep,
) -> ReleaseRead:
    return ReleaseRead.reading(await accepting.accept(application, environment, body.to_request(), actor=actor))
