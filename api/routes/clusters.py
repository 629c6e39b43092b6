"""Clusters: register, read, probe, delete."""

from fastapi import Response

from api.authentication import Admin, Viewer
from api.dependencies import ClusterPath, ClustersDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.clusters import (
    ClusterCreate,
    ClusterNamespacesRead,
    ClusterPage,
    ClusterRead,
    ClusterUpdate,
    ProbeRead,
)
from services.inventory.clusters import ClusterNamespaces, ClusterView, Probed

router = guarded_router(prefix="/clusters", tags=["clusters"])


@router.get(
    "",
    operation_id="listClusters",
    summary="List clusters by name",
    response_model=ClusterPage,
    responses=problems(),
)
async def list_clusters(_: Viewer, clusters: ClustersDep, paging: PagingDep) -> Page[ClusterView]:
    return answered(await clusters.list(after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createCluster",
    summary="Register a cluster",
    description="Vets the kubeconfig and probes the cluster first. The problem's `code` distinguishes an unreachable "
    "server (`cluster-unreachable`), an untrusted certificate (`cluster-certificate`), a refused credential "
    "(`cluster-credential`) and missing rights (`cluster-access-denied`).",
    status_code=201,
    response_model=ClusterRead,
    responses=problems(409, 413, 424),
)
async def create_cluster(_: Admin, body: ClusterCreate, clusters: ClustersDep, response: Response) -> ClusterView:
    cluster = await clusters.register(body.to_registration())
    response.headers["Location"] = f"/api/v1/clusters/{cluster.name}"
    return cluster


@router.get(
    "/{cluster}",
    operation_id="getCluster",
    summary="Get a cluster",
    response_model=ClusterRead,
    responses=problems(404),
)
async def get_cluster(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> ClusterView:
    return await clusters.get(cluster)


@router.patch(
    "/{cluster}",
    operation_id="updateCluster",
    summary="Update a cluster's name, labels or credential",
    response_model=ClusterRead,
    responses=problems(404, 409, 413, 424),
)
async def update_cluster(_: Admin, cluster: ClusterPath, body: ClusterUpdate, clusters: ClustersDep) -> ClusterView:
    return await clusters.update(cluster, body.to_changes())


@router.delete(
    "/{cluster}",
    operation_id="deleteCluster",
    summary="Delete a cluster",
    description="Removes the registration; the cluster is not changed. Refused while an environment uses it "
    "(409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_cluster(_: Admin, cluster: ClusterPath, clusters: ClustersDep) -> None:
    await clusters.delete(cluster)


@router.post(
    "/{cluster}/probe",
    operation_id="probeCluster",
    summary="Probe a cluster now",
    description="An unreachable cluster is a result, not an error.",
    response_model=ProbeRead,
    responses=problems(404),
)
async def probe_cluster(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> Probed:
    return await clusters.probe(cluster)


@router.get(
    "/{cluster}/namespaces",
    operation_id="listClusterNamespaces",
    summary="List a cluster's namespaces",
    response_model=ClusterNamespacesRead,
    responses=problems(404, 424),
)
async def list_cluster_namespaces(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> ClusterNamespaces:
    return await clusters.namespaces(cluster)
