"""Image pushes of an app environment, its image policies, and previews of policies and deploy modes."""

from typing import Annotated

from fastapi import Path, Query

from api.authentication import Maintainer, Viewer
from api.dependencies import ApplicationPath, EnvironmentPath, ImagePoliciesDep, ImagesDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.images import (
    DeployModePreviewRead,
    DeployModePreviewRequest,
    ImagePoliciesInput,
    ImagePoliciesRead,
    KnownImagePage,
    KnownImageRead,
    PolicyPreviewRead,
    PolicyPreviewRequest,
    WhyRead,
)

router = guarded_router(prefix="/applications/{application}/environments/{environment}", tags=["images"])

TagPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples=["1.5.0"])]


@router.get(
    "/images",
    operation_id="listImages",
    summary="List pushed images of the repositories that run here, with their verdicts",
    description="The newest first, including the tags that existed when polling of a repository began.",
    responses=problems(404),
)
async def list_images(
    actor: Viewer, application: ApplicationPath, environment: EnvironmentPath, images: ImagesDep, paging: PagingDep
) -> KnownImagePage:
    found = await images.list(application, environment, actor=actor, after=paging.after_number, limit=paging.limit)
    return KnownImagePage(
        items=[KnownImageRead.of(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )


@router.get(
    "/images/{tag}",
    operation_id="explainImage",
    summary="Explain why a tag does not run here, or since when it does",
    description="One answer: the most useful one. The clusters are read, with a deadline of a few seconds.",
    responses=problems(404),
)
async def explain_image(
    actor: Viewer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    tag: TagPath,
    images: ImagesDep,
    repository: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=500,
            description="With its registry; if left out, the repository of the newest push of this tag.",
            examples=["registry.example/shop/web"],
        ),
    ] = None,
    digest: Annotated[
        str | None,
        Query(
            pattern=r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$",
            description="The digest, if the tag had several; if left out, the newest.",
        ),
    ] = None,
) -> WhyRead:
    return WhyRead.of(
        await images.why(application, environment, tag, actor=actor, repository=repository, digest=digest)
    )


@router.get(
    "/image-policies",
    operation_id="getImagePolicies",
    summary="Get the image policies",
    responses=problems(404),
)
async def get_image_policies(
    actor: Viewer, application: ApplicationPath, environment: EnvironmentPath, policies: ImagePoliciesDep
) -> ImagePoliciesRead:
    return ImagePoliciesRead.of(await policies.read(application, environment, actor=actor))


@router.put(
    "/image-policies",
    operation_id="putImagePolicies",
    summary="Replace the image policies",
    description="Pushes that wait, and the last ones that were refused, are judged again at once: on `auto`, an image "
    "that only the new rules accept is deployed.",
    responses=problems(404, 413),
)
async def put_image_policies(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ImagePoliciesInput,
    policies: ImagePoliciesDep,
) -> ImagePoliciesRead:
    written = body.to_policies()
    await policies.put(application, environment, written, actor=actor)
    return ImagePoliciesRead.of(written)


@router.post(
    "/image-policies/preview",
    operation_id="previewImagePolicies",
    summary="Preview rules on the known tags",
    responses=problems(404, 413),
)
async def preview_image_policies(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: PolicyPreviewRequest,
    policies: ImagePoliciesDep,
) -> PolicyPreviewRead:
    return PolicyPreviewRead.of(
        await policies.preview(application, environment, body.to_policies(), actor=actor, tags=tuple(body.tags))
    )


@router.post(
    "/deploy-mode/preview",
    operation_id="previewDeployMode",
    summary="Preview a deploy mode",
    description="The mode itself is set with the app environment's other settings.",
    responses=problems(404, 413),
)
async def preview_deploy_mode(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: DeployModePreviewRequest,
    policies: ImagePoliciesDep,
) -> DeployModePreviewRead:
    return DeployModePreviewRead.of(
        await policies.preview_mode(application, environment, body.deploy_mode, actor=actor)
    )
