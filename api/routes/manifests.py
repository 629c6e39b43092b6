"""Manifests and other files as text: validation while a person types, and the change of an image."""

from api.authentication import Maintainer, Promoter
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.copying import ManifestsCheck, ManifestsCheckRequest
from api.schemas.image_edits import ImageEditRead, ImageEditRequest
from services.manifests.image_edit import edit_image
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


@router.post(
    "/image/preview",
    operation_id="previewImageEdit",
    summary="Preview the change of an image in a file",
    description="For a file from which Helm, Argo CD or Flux brings an image back: returns it with the new image. "
    "Lines of that image alone change, comments and format stay, and a tag stays text. Contacts no cluster; stores "
    "nothing.",
    responses=problems(409, 413),
)
async def preview_image_edit(_: Promoter, body: ImageEditRequest) -> ImageEditRead:
    return ImageEditRead.reading(
        await edit_image(body.text, body.place.to_edit(), before=body.before, after=body.after)
    )
