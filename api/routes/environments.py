"""Environments: create, read, update, reorder, delete."""

from typing import Annotated

from fastapi import Path, Response

from api.authentication import Admin, Lister
from api.dependencies import EnvironmentPath, EnvironmentsDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.environments import (
    EnvironmentCreate,
    EnvironmentList,
    EnvironmentNamespaces,
    EnvironmentOrder,
    EnvironmentRead,
    EnvironmentUpdate,
    GivenNamespaceCreate,
    GivenNamespaceRead,
)
from db.environment_namespaces import GivenNamespaceRecord
from db.records.inventory import EnvironmentRecord
from services.inventory.environments import NamespaceListing

router = guarded_router(prefix="/environments", tags=["environments"])


@router.get(
    "",
    operation_id="listEnvironments",
    summary="List environments by rank",
    response_model=EnvironmentList,
    responses=problems(),
)
async def list_environments(grant: Lister, environments: EnvironmentsDep) -> dict[str, tuple[EnvironmentRecord, ...]]:
    return {"items": await environments.list(grant)}


@router.post(
    "",
    operation_id="createEnvironment",
    summary="Create an environment",
    status_code=201,
    response_model=EnvironmentRead,
    responses=problems(404, 409, 413),
)
async def create_environment(
    grant: Admin, body: EnvironmentCreate, environments: EnvironmentsDep, response: Response
) -> EnvironmentRecord:
    environment = await environments.add(grant, body.to_new())
    response.headers["Location"] = f"/api/v1/environments/{environment.name}"
    return environment


@router.put(
    "/order",
    operation_id="orderEnvironments",
    summary="Reorder the environments",
    response_model=EnvironmentList,
    responses=problems(404, 409, 413),
)
async def order_environments(
    grant: Admin, body: EnvironmentOrder, environments: EnvironmentsDep
) -> dict[str, tuple[EnvironmentRecord, ...]]:
    return {"items": await environments.reorder(grant, tuple(body.environments))}


@router.get(
    "/{environment}",
    operation_id="getEnvironment",
    summary="Get an environment",
    response_model=EnvironmentRead,
    responses=problems(404),
)
async def get_environment(
    grant: Lister, environment: EnvironmentPath, environments: EnvironmentsDep
) -> EnvironmentRecord:
    return await environments.get(grant, environment)


@router.patch(
    "/{environment}",
    operation_id="updateEnvironment",
    summary="Update an environment's name, clusters or defaults",
    response_model=EnvironmentRead,
    responses=problems(404, 409, 413),
)
async def update_environment(
    grant: Admin, environment: EnvironmentPath, body: EnvironmentUpdate, environments: EnvironmentsDep
) -> EnvironmentRecord:
    return await environments.update(grant, environment, body.to_changes())


@router.delete(
    "/{environment}",
    operation_id="deleteEnvironment",
    summary="Delete an environment",
    description="No cluster is changed. Refused while an application is configured in it (409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_environment(grant: Admin, environment: EnvironmentPath, environments: EnvironmentsDep) -> None:
    await environments.delete(grant, environment)


@router.get(
    "/{environment}/namespaces",
    operation_id="listEnvironmentNamespaces",
    summary="List the namespaces of an environment's clusters that are given to applications",
    description="Administrators see those that are not given, too.",
    response_model=EnvironmentNamespaces,
    responses=problems(404),
)
async def list_environment_namespaces(
    grant: Lister, environment: EnvironmentPath, environments: EnvironmentsDep
) -> NamespaceListing:
    return await environments.namespaces(grant, environment)


@router.post(
    "/{environment}/namespaces",
    operation_id="giveNamespace",
    summary="Give namespaces to applications in an environment",
    description="Only what is given can be adopted, configured, imported from or into, or set as an app environment's "
    "namespace. No cluster is changed.",
    status_code=201,
    response_model=GivenNamespaceRead,
    responses=problems(404, 413),
)
async def give_namespace(
    grant: Admin, environment: EnvironmentPath, body: GivenNamespaceCreate, environments: EnvironmentsDep
) -> GivenNamespaceRecord:
    return await environments.give(grant, environment, body.pattern, applications=body.applications)


@router.delete(
    "/{environment}/namespaces/{given}",
    operation_id="takeNamespace",
    summary="Give namespaces no longer",
    description="What runs keeps running; operations under way end before their next ring.",
    status_code=204,
    responses=problems(404),
)
async def take_namespace(
    grant: Admin,
    environment: EnvironmentPath,
    given: Annotated[str, Path(max_length=64, description="The id of the given namespaces.")],
    environments: EnvironmentsDep,
) -> None:
    await environments.take(grant, environment, given)
