"""Environments: add, change, order, remove."""

from fastapi import APIRouter, Response

from api.authentication import Admin, Viewer
from api.dependencies import EnvironmentPath, EnvironmentsDep
from api.responses import problems
from api.schemas.environments import (
    EnvironmentCreate,
    EnvironmentList,
    EnvironmentNamespaces,
    EnvironmentOrder,
    EnvironmentRead,
    EnvironmentUpdate,
)
from db.records import EnvironmentRecord
from services.environments import NamespacesOfAll

router = APIRouter(prefix="/environments", tags=["environments"])


@router.get(
    "",
    operation_id="listEnvironments",
    summary="All environments by rank",
    response_model=EnvironmentList,
    responses=problems(),
)
async def list_environments(environments: EnvironmentsDep, _: Viewer) -> dict[str, tuple[EnvironmentRecord, ...]]:
    return {"items": await environments.list()}


@router.post(
    "",
    operation_id="createEnvironment",
    summary="Add an environment",
    status_code=201,
    response_model=EnvironmentRead,
    responses=problems(404, 409, 413),
)
async def create_environment(
    body: EnvironmentCreate, environments: EnvironmentsDep, _: Admin, response: Response
) -> EnvironmentRecord:
    environment = await environments.add(body.to_new())
    response.headers["Location"] = f"/api/v1/environments/{environment.name}"
    return environment


@router.put(
    "/order",
    operation_id="orderEnvironments",
    summary="Put all environments in order",
    response_model=EnvironmentList,
    responses=problems(404, 409, 413),
)
async def order_environments(
    body: EnvironmentOrder, environments: EnvironmentsDep, _: Admin
) -> dict[str, tuple[EnvironmentRecord, ...]]:
    return {"items": await environments.reorder(tuple(body.environments))}


@router.get(
    "/{environment}",
    operation_id="getEnvironment",
    summary="One environment",
    response_model=EnvironmentRead,
    responses=problems(404),
)
async def get_environment(environment: EnvironmentPath, environments: EnvironmentsDep, _: Viewer) -> EnvironmentRecord:
    return await environments.get(environment)


@router.patch(
    "/{environment}",
    operation_id="updateEnvironment",
    summary="Rename, give other clusters or other defaults",
    response_model=EnvironmentRead,
    responses=problems(404, 409, 413),
)
async def update_environment(
    environment: EnvironmentPath, body: EnvironmentUpdate, environments: EnvironmentsDep, _: Admin
) -> EnvironmentRecord:
    return await environments.update(environment, body.to_changes())


@router.delete(
    "/{environment}",
    operation_id="deleteEnvironment",
    summary="Remove an environment",
    description="Nothing is changed on any cluster. One in which an application is configured cannot be removed "
    "(409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_environment(environment: EnvironmentPath, environments: EnvironmentsDep, _: Admin) -> None:
    await environments.delete(environment)


@router.get(
    "/{environment}/namespaces",
    operation_id="listEnvironmentNamespaces",
    summary="The namespaces of all its clusters",
    response_model=EnvironmentNamespaces,
    responses=problems(404),
)
async def list_environment_namespaces(
    environment: EnvironmentPath, environments: EnvironmentsDep, _: Viewer
) -> NamespacesOfAll:
    return await environments.namespaces(environment)
