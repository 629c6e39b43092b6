"""Bindings: the roles of subjects, the rights of the caller, and the bindings that give a subject its rights."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Maintainer, SignedIn
from api.dependencies import BindingsDep, IdPath
from api.guarded_route import guarded_router
from api.pagination import PagingDep, answered
from api.responses import problems
from api.schemas.base import NAME_PATTERN
from api.schemas.bindings import BindingCreate, BindingPage, BindingRead, MyRights, RightsExplained
from domain.rights import Subject, SubjectKind
from services.errors import InvalidRequestError

router = guarded_router(tags=["access"])

_SubjectId = Annotated[str, Query(min_length=1, max_length=500, description="As in a binding.")]


@router.get(
    "/bindings",
    operation_id="listBindings",
    summary="List bindings, the newest first",
    description="Those whose whole scope the caller maintains.",
    responses=problems(),
)
async def list_bindings(
    actor: Maintainer,
    bindings: BindingsDep,
    paging: PagingDep,
    subject_kind: Annotated[SubjectKind | None, Query()] = None,
    subject_id: _SubjectId | None = None,
) -> BindingPage:
    if (subject_kind is None) != (subject_id is None):
        raise InvalidRequestError("Give subject_kind and subject_id both.", field="query.subject_id")
    subject = Subject(kind=subject_kind, id=subject_id) if subject_kind and subject_id else None
    page = answered(await bindings.list(actor, subject=subject, after=paging.after, limit=paging.limit))
    return BindingPage(items=[BindingRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/bindings",
    operation_id="createBinding",
    summary="Give a role",
    description="The caller needs the right `maintain` on the whole scope, and cannot give more than it holds.",
    status_code=201,
    responses=problems(404, 413),
)
async def create_binding(
    actor: Maintainer, body: BindingCreate, bindings: BindingsDep, response: Response
) -> BindingRead:
    given = await bindings.give(actor, body.to_new())
    response.headers["Location"] = f"/api/v1/bindings/{given.id}"
    return BindingRead.of(given)


@router.delete(
    "/bindings/{binding}",
    operation_id="deleteBinding",
    summary="Take a role away",
    description="It counts no more from the next request on.",
    status_code=204,
    responses=problems(404),
)
async def delete_binding(actor: Maintainer, binding: IdPath, bindings: BindingsDep) -> None:
    await bindings.take(actor, binding)


@router.get(
    "/me/rights",
    operation_id="getMyRights",
    summary="Get what the caller may do, and where",
    responses=problems(),
)
async def get_my_rights(actor: SignedIn, bindings: BindingsDep) -> MyRights:
    return MyRights.of(await bindings.own(actor))


@router.get(
    "/rights",
    operation_id="explainRights",
    summary="Explain what a subject may do with one application in one environment",
    description="A person also by their groups, as their provider told them at the last sign-in.",
    responses=problems(404),
)
async def explain_rights(
    actor: Maintainer,
    bindings: BindingsDep,
    subject_kind: Annotated[SubjectKind, Query()],
    subject_id: _SubjectId,
    application: Annotated[str, Query(pattern=NAME_PATTERN)],
    environment: Annotated[str, Query(pattern=NAME_PATTERN)],
) -> RightsExplained:
    subject = Subject(kind=subject_kind, id=subject_id)
    return RightsExplained.of(await bindings.explain(actor, subject, application=application, environment=environment))
