"""Declared kinds: where custom kinds name images and when their objects are well, as administrators declare."""

from typing import Annotated

from fastapi import Path, Query

from api.authentication import Admin, Lister
from api.dependencies import DeclaredKindsDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.declared_kinds import (
    DeclaredKindList,
    DeclaredKindPreview,
    DeclaredKindPreviewRequest,
    DeclaredKindPut,
    DeclaredKindRead,
)

router = guarded_router(prefix="/declared-kinds", tags=["declared kinds"])

KindPath = Annotated[
    str,
    Path(
        pattern=r"^[A-Z][A-Za-z0-9]{0,62}\.[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$",
        description="Kind and group, as kubectl takes them.",
        examples=["Shopfront.shop.example"],
    ),
]


@router.get("", operation_id="listDeclaredKinds", summary="List declared kinds", responses=problems())
async def list_declared_kinds(grant: Lister, kinds: DeclaredKindsDep) -> DeclaredKindList:
    return DeclaredKindList(items=[DeclaredKindRead.of(each) for each in await kinds.list(grant)])


@router.put(
    "/{declared_kind}",
    operation_id="putDeclaredKind",
    summary="Declare a custom kind",
    description="Says where objects of the kind name images and when they are well, or says it anew. From then on they "
    "are workloads in all app environments that have them. Operations under way end by what was declared before.",
    responses=problems(413),
)
async def put_declared_kind(
    grant: Admin, declared_kind: KindPath, body: DeclaredKindPut, kinds: DeclaredKindsDep
) -> DeclaredKindRead:
    kind, _, group = declared_kind.partition(".")
    return DeclaredKindRead.of(await kinds.put(grant, group, kind, body.to_declaration()))


@router.delete(
    "/{declared_kind}",
    operation_id="deleteDeclaredKind",
    summary="Take a declaration away",
    description="The objects stay as they are, and are custom resources again: shown, and never promoted.",
    status_code=204,
    responses=problems(404, 409),
)
async def delete_declared_kind(
    grant: Admin,
    declared_kind: KindPath,
    kinds: DeclaredKindsDep,
    *,
    in_use: Annotated[
        bool, Query(description="Also where app environments have resources of the kind; else that is refused.")
    ] = False,
) -> None:
    kind, _, group = declared_kind.partition(".")
    await kinds.delete(grant, group, kind, in_use=in_use)


@router.post(
    "/{declared_kind}/preview",
    operation_id="previewDeclaredKind",
    summary="Try a declaration on an object",
    description="Finds the images of an object that is given, or read from a cluster, and judges its health. Nothing "
    "is stored, and no more of the object is returned.",
    responses=problems(404, 413, 424),
)
async def preview_declared_kind(
    grant: Admin, declared_kind: KindPath, body: DeclaredKindPreviewRequest, kinds: DeclaredKindsDep
) -> DeclaredKindPreview:
    kind, _, group = declared_kind.partition(".")
    trial = await kinds.try_out(grant, group, kind, body.declaration.to_declaration(), body.to_tried())
    return DeclaredKindPreview.of(trial)
