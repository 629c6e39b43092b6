"""Image registries with their credentials, and polled repositories."""

from typing import Annotated

from fastapi import Path

from api.authentication import Admin, Lister, Maintainer
from api.dependencies import PollsDep, RegistriesDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.registries import (
    PollPage,
    PollPut,
    PollRead,
    RegistryCheckRead,
    RegistryCheckRequest,
    RegistryPage,
    RegistryPut,
    RegistryRead,
)
from services.pushes.registries import RegistryCheck
from services.reading.permissions import Permissions

router = guarded_router(tags=["registries"])

HostPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=255,
        pattern=r"^[A-Za-z0-9.:\[\]-]+$",
        description="As in image references, with its port.",
        examples=["registry.example:5000"],
    ),
]
RepositoryPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=500,
        pattern=r"^[A-Za-z0-9.:\[\]_/-]+$",
        description="With its registry; slashes need no encoding.",
        examples=["registry.example/shop/web"],
    ),
]


@router.get(
    "/registries",
    operation_id="listRegistries",
    summary="List registries by host",
    responses=problems(),
)
async def list_registries(grant: Lister, registries: RegistriesDep, paging: PagingDep) -> RegistryPage:
    found = await registries.list(grant, after=paging.after, limit=paging.limit)
    return RegistryPage(
        items=[RegistryRead.of(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )


@router.put(
    "/registries/{host}",
    operation_id="putRegistry",
    summary="Store a registry and its credential",
    description="Pushed tags are then resolved at the registry instead of taking the digest that the sender reports. "
    "The credential is stored encrypted and never shown again. Tags that could not be resolved are resolved again.",
    responses=problems(413),
)
async def put_registry(grant: Admin, host: HostPath, body: RegistryPut, registries: RegistriesDep) -> RegistryRead:
    return RegistryRead.of(await registries.put(grant, host, body.to_registry()))


@router.delete(
    "/registries/{host}",
    operation_id="deleteRegistry",
    summary="Delete a registry and its credential",
    description="Image pushes there are judged by the digest that the sender reports.",
    status_code=204,
    responses=problems(404),
)
async def delete_registry(grant: Admin, host: HostPath, registries: RegistriesDep) -> None:
    await registries.delete(grant, host)


@router.post(
    "/registries/{host}/check",
    operation_id="checkRegistry",
    summary="Check a registry",
    description="If the registry fails or refuses the credential, the response says so; that is no error.",
    response_model=RegistryCheckRead,
    responses=problems(404, 413),
)
async def check_registry(
    actor: Maintainer, host: HostPath, body: RegistryCheckRequest, registries: RegistriesDep
) -> RegistryCheck:
    return await registries.check(Permissions.listing(actor), host, repository=body.repository, tag=body.tag)


@router.get(
    "/polls",
    operation_id="listPolls",
    summary="List polled repositories by name",
    responses=problems(),
)
async def list_polls(grant: Lister, polls: PollsDep, paging: PagingDep) -> PollPage:
    found = await polls.list(grant, after=paging.after, limit=paging.limit)
    return PollPage(
        items=[PollRead.of(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )


@router.put(
    "/polls/{repository:path}",
    operation_id="putPoll",
    summary="Poll a repository",
    description="For registries that send no deliveries, or whose deliveries may be lost. The first poll stores the "
    "existing tags and deploys none. Later ones take new tags as pushed, and known tags that moved to another image if "
    "they run here, an image policy names them, or they were discovered lately.",
    responses=problems(409, 413),
)
async def put_poll(grant: Admin, repository: RepositoryPath, body: PollPut, polls: PollsDep) -> PollRead:
    return PollRead.of(await polls.put(grant, repository, seconds=body.interval_seconds))


@router.delete(
    "/polls/{repository:path}",
    operation_id="deletePoll",
    summary="Stop polling a repository",
    status_code=204,
    responses=problems(404),
)
async def delete_poll(grant: Admin, repository: RepositoryPath, polls: PollsDep) -> None:
    await polls.delete(grant, repository)
