"""Owners of workloads: who they are, what earlier versions took from them, and how images reach what they own."""

from api.authentication import Administrator, Maintainer, Viewer
from api.dependencies import ApplicationPath, ApplicationsDep, EnvironmentPath, RepairingOwnershipDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.applications import AppEnvironmentRead, ImageDeliveriesInput
from api.schemas.git_files import GitFolderInput
from api.schemas.ownership import ClusterOwnersRead, RepairedClusterRead
from domain.words import ImageConsent

router = guarded_router(prefix="/applications/{application}/environments/{environment}", tags=["promotions"])


@router.get(
    "/ownership",
    operation_id="getOwnership",
    summary="Get the owners of an app environment's workloads",
    description="Reads the clusters: what of Helm, Argo CD or Flux each workload belongs to, and whether an earlier "
    "version of Stagecoach took fields from its owner.",
    response_description="The clusters, in the environment's order.",
    responses=problems(404, 409),
)
async def get_ownership(
    actor: Viewer, application: ApplicationPath, environment: EnvironmentPath, repairing: RepairingOwnershipDep
) -> list[ClusterOwnersRead]:
    found = await repairing.owners(application, environment, actor=actor)
    return [ClusterOwnersRead.reading(each) for each in found]


@router.post(
    "/ownership/repair",
    operation_id="repairOwnership",
    summary="Give back the fields that an earlier version took from owners of workloads",
    description="Removes the field manager `stagecoach` from workloads that another manager applies, so that the next "
    "`helm upgrade` or `kubectl apply --server-side` works again. Changes nothing else, and restarts nothing.",
    response_description="The clusters, with the workloads that were repaired.",
    responses=problems(404, 409),
)
async def repair_ownership(
    actor: Maintainer, application: ApplicationPath, environment: EnvironmentPath, repairing: RepairingOwnershipDep
) -> list[RepairedClusterRead]:
    repaired = await repairing.repair(application, environment, actor=actor)
    return [RepairedClusterRead.reading(each) for each in repaired]


@router.put(
    "/image-deliveries",
    operation_id="setImageDeliveries",
    summary="Set how new images reach owned workloads",
    description="`refuse`: they are not changed. `as-owner`: they are written in their owner's name, until its next "
    "upgrade or sync. `helm`: their Helm release is upgraded with the values that name them. `argocd`: their "
    "application of Argo CD gets an override, and is synced. `flux`: their HelmRelease or Kustomization of Flux is "
    "changed, and reconciled. `git`: a commit changes the file of a Git repository from which they are delivered. "
    "`direct`: they are written in the name of Stagecoach, where nobody else has the image. Holds for every promotion, "
    "deploy and rollback here, also for those that start automatically.",
    responses=problems(404, 413),
)
async def set_image_deliveries(
    actor: Administrator,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ImageDeliveriesInput,
    applications: ApplicationsDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(
        await applications.set_image_deliveries(application, environment, body.to_deliveries(), actor=actor)
    )


@router.put(
    "/git-folder",
    operation_id="setGitFolder",
    summary="Set the Git folder of an app environment",
    description="An import writes files there instead of objects, by a commit or a pull request, unless it says "
    "otherwise. The tool that delivers from there (Flux, Argo CD, a CI job) applies them to the clusters. Only an "
    "administrator of the installation may name another folder.",
    responses=problems(404, 413),
)
async def set_git_folder(
    actor: Administrator,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: GitFolderInput,
    applications: ApplicationsDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(
        await applications.set_git_folder(application, environment, body.to_folder(), actor=actor)
    )


@router.delete(
    "/git-folder",
    operation_id="removeGitFolder",
    summary="Take the Git folder away from an app environment",
    description="Imports write to the clusters again.",
    responses=problems(404),
)
async def remove_git_folder(
    actor: Administrator, application: ApplicationPath, environment: EnvironmentPath, applications: ApplicationsDep
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(await applications.set_git_folder(application, environment, None, actor=actor))


@router.put(
    "/consents/{consent}",
    operation_id="giveConsent",
    summary="Store a consent for an app environment",
    description="It then holds for every promotion, deploy and rollback here, also for those that start automatically. "
    "For `owned-until-next-upgrade`, set the image delivery `as-owner` instead.",
    responses=problems(404),
)
async def give_consent(
    actor: Administrator,
    application: ApplicationPath,
    environment: EnvironmentPath,
    consent: ImageConsent,
    applications: ApplicationsDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(await applications.give_consent(application, environment, consent, actor=actor))


@router.delete(
    "/consents/{consent}",
    operation_id="withdrawConsent",
    summary="Remove a stored consent from an app environment",
    responses=problems(404),
)
async def withdraw_consent(
    actor: Administrator,
    application: ApplicationPath,
    environment: EnvironmentPath,
    consent: ImageConsent,
    applications: ApplicationsDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(await applications.withdraw_consent(application, environment, consent, actor=actor))
