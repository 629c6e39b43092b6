"""Freezes: list, create, replace, delete, and their calendar."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Administrator, Viewer
from api.dependencies import FreezingDep, IdPath
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.base import MomentInput
from api.schemas.gates import FreezeCalendar, FreezeInput, FreezeList, FreezeOccurrenceRead, FreezeRead

router = guarded_router(prefix="/freezes", tags=["gates"])


@router.get("", operation_id="listFreezes", summary="List freezes by name", responses=problems())
async def list_freezes(actor: Viewer, freezing: FreezingDep) -> FreezeList:
    return FreezeList(items=[FreezeRead.of(each) for each in await freezing.list(actor)])


@router.get(
    "/calendar",
    operation_id="getFreezeCalendar",
    summary="List when freezes' windows are open",
    description="Every time between two moments, at most 400 days apart; also what began before `from`.",
    responses=problems(),
)
async def get_freeze_calendar(
    actor: Viewer,
    freezing: FreezingDep,
    since: Annotated[MomentInput, Query(alias="from")],
    until: Annotated[MomentInput, Query(alias="to")],
) -> FreezeCalendar:
    entries = await freezing.calendar(since, until, actor=actor)
    return FreezeCalendar(items=[FreezeOccurrenceRead.of(each) for each in entries])


@router.post(
    "",
    operation_id="createFreeze",
    summary="Create a freeze",
    description="Takes effect at once: operations pause before their next ring, and automation waits.",
    status_code=201,
    responses=problems(404, 409, 413),
)
async def create_freeze(
    actor: Administrator, body: FreezeInput, freezing: FreezingDep, response: Response
) -> FreezeRead:
    added = FreezeRead.of(await freezing.add(body.to_text(), actor=actor))
    response.headers["Location"] = f"/api/v1/freezes/{added.id}"
    return added


@router.get("/{freeze}", operation_id="getFreeze", summary="Get a freeze", responses=problems(404))
async def get_freeze(actor: Viewer, freeze: IdPath, freezing: FreezingDep) -> FreezeRead:
    return FreezeRead.of(await freezing.get(freeze, actor=actor))


@router.put(
    "/{freeze}",
    operation_id="replaceFreeze",
    summary="Replace a freeze",
    responses=problems(404, 409, 413),
)
async def replace_freeze(actor: Administrator, freeze: IdPath, body: FreezeInput, freezing: FreezingDep) -> FreezeRead:
    return FreezeRead.of(await freezing.update(freeze, body.to_text(), actor=actor))


@router.delete(
    "/{freeze}",
    operation_id="deleteFreeze",
    summary="Delete a freeze",
    status_code=204,
    responses=problems(404),
)
async def delete_freeze(actor: Administrator, freeze: IdPath, freezing: FreezingDep) -> None:
    await freezing.delete(freeze, actor=actor)
