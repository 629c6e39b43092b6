"""How an app environment becomes configured: adopt what runs, configure from scratch, import from another one."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Maintainer, Viewer
from api.dependencies import (
    AdoptingDep,
    ApplicationPath,
    ConfiguringDep,
    EnvironmentPath,
    IdempotencyKeyHeader,
    ImportingDep,
    ResourcesDep,
)
from api.guarded_route import guarded_router
from api.idempotency import idempotency
from api.responses import problems
from api.routes.accepted import accepted
from api.schemas.applications import AdoptionPlanRead, AdoptRequest, AppEnvironmentRead
from api.schemas.base import NAME_PATTERN
from api.schemas.configuring import ConfigureRequest
from api.schemas.copying import CopyPlanRead, ImportRequest, SourceResources
from api.schemas.gates import reason_of
from api.schemas.operations import OperationRead
from api.schemas.problems import CopyProblem
from db.records.operations import OperationRecord

router = guarded_router(prefix="/applications/{application}/environments/{environment}", tags=["provisioning"])


@router.get(
    "/resources",
    operation_id="listResources",
    summary="List a namespace's resources: copyable or not, and their references",
    responses=problems(404, 409, 424),
)
async def list_resources(
    actor: Viewer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    resources: ResourcesDep,
    cluster: Annotated[
        str | None, Query(pattern=NAME_PATTERN, description="The cluster to read; the primary by default.")
    ] = None,
) -> SourceResources:
    return SourceResources.reading(await resources.read(application, environment, cluster=cluster, actor=actor))


@router.post(
    "/adopt/preview",
    operation_id="previewAdopt",
    summary="Preview an adoption",
    responses=problems(404, 409, 413, 424),
)
async def preview_adopt(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: AdoptRequest,
    adopting: AdoptingDep,
) -> AdoptionPlanRead:
    return AdoptionPlanRead.reading(await adopting.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "/adopt",
    operation_id="adopt",
    summary="Adopt what already runs in a namespace",
    description="Takes effect at once. No cluster is changed.",
    responses=problems(404, 409, 413, 424),
)
async def adopt(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: AdoptRequest,
    adopting: AdoptingDep,
) -> AppEnvironmentRead:
    return AppEnvironmentRead.of(await adopting.adopt(application, environment, body.to_request(), actor=actor))


@router.post(
    "/configure/preview",
    operation_id="previewConfigure",
    summary="Preview a configure",
    responses=problems(404, 409, 413, conflict=CopyProblem),
)
async def preview_configure(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ConfigureRequest,
    configuring: ConfiguringDep,
) -> CopyPlanRead:
    return CopyPlanRead.reading(await configuring.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "/configure",
    operation_id="configure",
    summary="Configure an app environment from scratch",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, conflict=CopyProblem),
)
async def configure(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ConfigureRequest,
    configuring: ConfiguringDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await configuring.start(
            application,
            environment,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application, environment),
            break_glass=reason_of(body.break_glass),
        ),
    )


@router.post(
    "/import/preview",
    operation_id="previewImport",
    summary="Preview an import",
    description="A dry run on every target cluster: the differences by field (Secrets by fingerprint) and the "
    "problems of all clusters.",
    responses=problems(404, 409, 413, 424, conflict=CopyProblem),
)
async def preview_import(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ImportRequest,
    importing: ImportingDep,
) -> CopyPlanRead:
    return CopyPlanRead.reading(await importing.preview(application, environment, body.to_request(), actor=actor))


@router.post(
    "/import",
    operation_id="importResources",
    summary="Import chosen resources from another environment",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413, 424, conflict=CopyProblem),
)
async def import_resources(
    actor: Maintainer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    body: ImportRequest,
    importing: ImportingDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> OperationRecord:
    return accepted(
        response,
        await importing.start(
            application,
            environment,
            body.to_request(),
            actor=actor,
            idempotency=idempotency(idempotency_key, body, application, environment),
            break_glass=reason_of(body.break_glass),
        ),
    )
