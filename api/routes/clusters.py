"""Clusters: register, read, probe, delete."""

from fastapi import Response

from api.authentication import Admin, Lister
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
from services.inventory.cluster_namespaces import ClusterNamespaces
from services.inventory.cluster_views import ClusterView
from services.inventory.clusters import Probed

router = guarded_router(prefix="/clusters", tags=["clusters"])


@router.get(
    "",
    operation_id="listClusters",
    summary="List clusters by name",
    response_model=ClusterPage,
    responses=problems(),
)
async def list_clusters(grant: Lister, clusters: ClustersDep, paging: PagingDep) -> Page[ClusterView]:
    return answered(await clusters.list(grant, after=paging.after, limit=paging.limit))


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
async def create_cluster(grant: Admin, body: ClusterCreate, clusters: ClustersDep, response: Response) -> ClusterView:
    cluster = await clusters.register(grant, body.to_registration())
    response.headers["Location"] = f"/api/v1/clusters/{cluster.name}"
    return cluster


@router.get(
    "/{cluster}",
    operation_id="getCluster",
    summary="Get a cluster",
    response_model=ClusterRead,
    responses=problems(404),
)
async def get_cluster(grant: Lister, cluster: ClusterPath, clusters: ClustersDep) -> ClusterView:
    return await clusters.get(grant, cluster)


@router.patch(
    "/{cluster}",
    operation_id="updateCluster",
    summary="Update a cluster's name, labels or credential",
    response_model=ClusterRead,
    responses=problems(404, 409, 413, 424),
)
async def update_cluster(grant: Admin, cluster: ClusterPath, body: ClusterUpdate, clusters: ClustersDep) -> ClusterView:
    return await clusters.update(grant, cluster, body.to_changes())


@router.delete(
    "/{cluster}",
    operation_id="deleteCluster",
    summary="Delete a cluster",
    description="Removes the registration; the cluster is not changed. Refused while an environment uses it "
    "(409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_cluster(grant: Admin, cluster: ClusterPath, clusters: ClustersDep) -> None:
    await clusters.delete(grant, cluster)


@router.post(
    "/{cluster}/probe",
    operation_id="probeCluster",
    summary="Probe a cluster now",
    description="An unreachable cluster is a result, not an error.",
    response_model=ProbeRead,
    responses=problems(404),
)
async def probe_cluster(grant: Lister, cluster: ClusterPath, clusters: ClustersDep) -> Probed:
    return await clusters.probe(grant, cluster)


@router.get(
    "/{cluster}/namespaces",
    operation_id="listClusterNamespaces",
    summary="List a cluster's namespaces",
    response_model=ClusterNamespacesRead,
    responses=problems(404, 424),
)
async def list_cluster_namespaces(grant: Admin, cluster: ClusterPath, clusters: ClustersDep) -> ClusterNamespaces:
    return await clusters.namespaces(grant, cluster)
