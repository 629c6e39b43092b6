"""Clusters: register, look at, try out, forget."""

from fastapi import APIRouter, Response

from api.authentication import Admin, Viewer
from api.dependencies import ClusterPath, ClustersDep
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

router = APIRouter(prefix="/clusters", tags=["clusters"])


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
    description="The kubeconfig is vetted and the cluster tried out first. A server that cannot be reached, a "
    "certificate that is not trusted, a credential that is refused and rights that are missing are told apart by the "
    "problem's `code`: `cluster-unreachable`, `cluster-certificate`, `cluster-credential`, `cluster-access-denied`.",
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
    summary="One cluster",
    response_model=ClusterRead,
    responses=problems(404),
)
async def get_cluster(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> ClusterView:
    return await clusters.get(cluster)


@router.patch(
    "/{cluster}",
    operation_id="updateCluster",
    summary="Rename, label, or replace the credential",
    response_model=ClusterRead,
    responses=problems(404, 409, 413, 424),
)
async def update_cluster(_: Admin, cluster: ClusterPath, body: ClusterUpdate, clusters: ClustersDep) -> ClusterView:
    return await clusters.update(cluster, body.to_changes())


@router.delete(
    "/{cluster}",
    operation_id="deleteCluster",
    summary="Forget a cluster",
    description="Nothing is changed on it. A cluster that an environment uses cannot be forgotten (409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_cluster(_: Admin, cluster: ClusterPath, clusters: ClustersDep) -> None:
    await clusters.delete(cluster)


@router.post(
    "/{cluster}/probe",
    operation_id="probeCluster",
    summary="Try a cluster out now",
    description="A cluster that does not answer is an answer too, not an error.",
    response_model=ProbeRead,
    responses=problems(404),
)
async def probe_cluster(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> Probed:
    return await clusters.probe(cluster)


@router.get(
    "/{cluster}/namespaces",
    operation_id="listClusterNamespaces",
    summary="A cluster's namespaces",
    response_model=ClusterNamespacesRead,
    responses=problems(404, 424),
)
async def list_cluster_namespaces(_: Viewer, cluster: ClusterPath, clusters: ClustersDep) -> ClusterNamespaces:
    return await clusters.namespaces(cluster)
