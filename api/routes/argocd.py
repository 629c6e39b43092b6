"""Where the Argo CD of a cluster runs, if not on the cluster itself."""

from api.authentication import Admin
from api.dependencies import ArgoCdPlacesDep, ClusterPath
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.argocd import ArgoCdCheckRead, ArgoCdOnClusterPut, ArgoCdRead

router = guarded_router(prefix="/clusters/{cluster}/argocd", tags=["clusters"])


@router.get("", operation_id="getArgoCd", summary="Get where the Argo CD of a cluster runs", responses=problems(404))
async def get_argocd(grant: Admin, cluster: ClusterPath, places: ArgoCdPlacesDep) -> ArgoCdRead:
    return ArgoCdRead.of(await places.get(grant, cluster))


@router.put(
    "",
    operation_id="putArgoCd",
    summary="Say where the Argo CD of a cluster runs",
    description="Its applications are looked for there from now on, and changed there where images are delivered "
    "through them. An operation that was planned before is refused.",
    responses=problems(404, 413),
)
async def put_argocd(
    grant: Admin, cluster: ClusterPath, body: ArgoCdOnClusterPut, places: ArgoCdPlacesDep
) -> ArgoCdRead:
    return ArgoCdRead.of(await places.put(grant, cluster, body.to_place()))


@router.delete(
    "",
    operation_id="deleteArgoCd",
    summary="Look for the Argo CD of a cluster on the cluster itself again",
    status_code=204,
    responses=problems(404),
)
async def delete_argocd(grant: Admin, cluster: ClusterPath, places: ArgoCdPlacesDep) -> None:
    await places.remove(grant, cluster)


@router.post(
    "/check",
    operation_id="checkArgoCd",
    summary="Check where the Argo CD of a cluster is said to run",
    description="If it does not answer, or may not be read or changed there, the response says so; that is no error.",
    responses=problems(404),
)
async def check_argocd(grant: Admin, cluster: ClusterPath, places: ArgoCdPlacesDep) -> ArgoCdCheckRead:
    return ArgoCdCheckRead.of(await places.check(grant, cluster))
