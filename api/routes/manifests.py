"""Manifests as text: a check while they are being typed."""

from fastapi import APIRouter

from api.authentication import Operator
from api.responses import problems
from api.schemas.copying import ManifestsCheck, ManifestsCheckRequest
from services.manifests.manifests import check_manifests

router = APIRouter(prefix="/manifests", tags=["filling"])


@router.post(
    "/validate",
    operation_id="validateManifests",
    summary="Check YAML while it is being typed",
    description="Says what it holds and, line by line, what is wrong with it. No cluster is asked, nothing is kept.",
    responses=problems(413),
)
async def validate_manifests(_: Operator, body: ManifestsCheckRequest) -> ManifestsCheck:
    return ManifestsCheck.reading(check_manifests(body.manifests))
