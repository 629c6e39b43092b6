"""Applications and app environments: create, read, update, delete."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Lister, Maintainer, Viewer
from api.dependencies import ApplicationPath, ApplicationsDep, EnvironmentPath
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.applications import (
    AppEnvironmentRead,
    AppEnvironmentUpdate,
    ApplicationCreate,
    ApplicationPage,
    ApplicationRead,
    ApplicationUpdate,
)
from db.records.inventory import ApplicationRecord

router = guarded_router(prefix="/applications", tags=["applications"])


@router.get(
    "",
    operation_id="listApplications",
    summary="List applications by name",
    response_model=ApplicationPage,
    responses=problems(),
)
async def list_applications(
    grant: Lister,
    applications: ApplicationsDep,
    paging: PagingDep,
    search: Annotated[str | None, Query(max_length=100, description="Part of the name.")] = None,
) -> Page[ApplicationRecord]:
    return answered(await applications.list(grant, search=search, after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createApplication",
    summary="Create an application",
    description="It is unconfigured in every environment until it is adopted, configured or imported there.",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(409, 413),
)
async def create_application(
    actor: Maintainer, body: ApplicationCreate, applications: ApplicationsDep, response: Response
) -> ApplicationRecord:
    application = await applications.add(body.name, description=body.description, labels=body.labels, actor=actor)
    response.headers["Location"] = f"/api/v1/applications/{application.name}"
    return application


@router.get(
    "/{application}",
    operation_id="getApplication",
    summary="Get an application",
    response_model=ApplicationRead,
    responses=problems(404),
)
async def get_application(
    actor: Viewer, application: ApplicationPath, applications: ApplicationsDep
) -> ApplicationRecord:
    return await applications.get(application, actor=actor)


@router.patch(
    "/{application}",
    operation_id="updateApplication",
    summary="Update an application's name or description",
    response_model=ApplicationRead,
    responses=problems(404, 409, 413),
)
async def update_application(
    actor: Maintainer, application: ApplicationPath, body: ApplicationUpdate, applications: ApplicationsDep
) -> ApplicationRecord:
    return await applications.update(application, body.to_changes(), actor=actor)


@router.delete(
    "/{application}",
    operation_id="deleteApplication",
    summary="Delete an application",
    description="Removes it from Stagecoach. No cluster is changed: what runs keeps running. Refused while an "
    "operation is under way (409 `in-use`).",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_application(actor: Maintainer, application: ApplicationPath, applications: ApplicationsDep) -> None:
    await applications.delete(application, actor=actor)


@router.get(
    "/{application}/environments",
    operation_id="listAppEnvironments",
    summary="List an application's app environments by rank",
    response_description="The app environments, by rank.",
    responses=problems(404),
)
async def list_app_environments(
    actor: Viewer, application: ApplicationPath, applications: ApplicationsDep
) -> list[AppEnvironmentRead]:
    return [AppEnvironmentRead.of(each) for each in await applications.environments(application, actor=actor)]


@router.get(
    "/{application}/environments/{environment}",
    operation_id="getAppEnvironment",
    summary="Get an app environment",
    responses=problems(404),
)
async def get_app_environment(
    actor: Viewer, application: ApplicationPath, environment: EnvironmentPath, applications: ApplicationsDep
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(await applications.environment(application, environment, actor=actor))


@router.patch(
    "/{application}/environments/{environment}",
    operation_id="updateAppEnvironment",
    summary="Set an app environment's namespace, deploy mode, what it follows, or pin",
    responses=problems(404, 409, 413),
)
async def update_app_environment(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: AppEnvironmentUpdate,
    applications: ApplicationsDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(
        await applications.change_environment(
            application,
            environment,
            body.to_changes(),
            follow=body.follow.to_request() if body.follow is not None else None,
            actor=actor,
        )
    )
