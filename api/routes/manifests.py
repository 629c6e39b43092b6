"""Manifests as text: validation while a person types."""

from api.authentication import Maintainer
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.copying import ManifestsCheck, ManifestsCheckRequest
from services.manifests.manifests import check_manifests

router = guarded_router(prefix="/manifests", tags=["provisioning"])


@router.post(
    "/validate",
    operation_id="validateManifests",
    summary="Validate manifests",
    description="Returns the resources in the YAML and, line by line, its mistakes. Contacts no cluster.",
    responses=problems(413),
)
async def validate_manifests(_: Maintainer, body: ManifestsCheckRequest) -> ManifestsCheck:
    return ManifestsCheck.reading(check_manifests(body.manifests))
