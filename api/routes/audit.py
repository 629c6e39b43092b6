"""The audit: list, read, export."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.responses import StreamingResponse

from api.authentication import SignedIn
from api.dependencies import AuditDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.audit import AuditEntryRead, AuditPage
from api.schemas.base import NAME_PATTERN, MomentInput, Text
from domain.audit import AuditOutcome, AuditRecord
from services.people.audit_reading import AuditQuestion

router = guarded_router(prefix="/audit", tags=["access"])

_SEEN = "Administrators read all entries, others those about applications and environments that they see."
_WORD = r"^[a-z][a-z-]*$"


async def _question(
    actor_kind: Annotated[str | None, Query(pattern=_WORD, max_length=64)] = None,
    actor: Annotated[Text | None, Query(max_length=300, description="The id or the name of an actor.")] = None,
    action: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z][a-z-]*(\.[a-z][a-z-]*)?$",
            max_length=100,
            description="An action, or the thing alone: `cluster` is `cluster.added`, `cluster.removed` and so on.",
        ),
    ] = None,
    target_kind: Annotated[str | None, Query(pattern=_WORD, max_length=64)] = None,
    target: Annotated[Text | None, Query(max_length=300, description="The id or the name of a target.")] = None,
    application: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    environment: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    outcome: Annotated[AuditOutcome | None, Query()] = None,
    since: Annotated[MomentInput | None, Query(description="At or after this moment.")] = None,
    until: Annotated[MomentInput | None, Query(description="Before this moment.")] = None,
) -> AuditQuestion:
    return AuditQuestion(
        actor_kind=actor_kind,
        actor=actor,
        action=action,
        target_kind=target_kind,
        target=target,
        application=application,
        environment=environment,
        outcome=outcome,
        since=since,
        until=until,
    )


QuestionDep = Annotated[AuditQuestion, Depends(_question)]


@router.get(
    "",
    operation_id="listAudit",
    summary="List entries of the audit, the newest first",
    description=_SEEN,
    response_model=AuditPage,
    responses=problems(),
)
async def list_audit(actor: SignedIn, audit: AuditDep, question: QuestionDep, paging: PagingDep) -> Page[AuditRecord]:
    return answered(await audit.list(actor, question, after=paging.after_number, limit=paging.limit))


@router.get(
    "/export",
    operation_id="exportAudit",
    summary="Export entries of the audit as lines of JSON, the oldest first",
    description=f"{_SEEN} A line is the text whose digest is sealed.",
    response_class=StreamingResponse,
    responses={
        200: {"description": "One entry a line.", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
        **problems(),
    },
)
async def export_audit(actor: SignedIn, audit: AuditDep, question: QuestionDep) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        async for batch in audit.export(actor, question):
            yield b"".join(each.line() + b"\n" for each in batch)

    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


@router.get(
    "/{seq}",
    operation_id="getAuditEntry",
    summary="Get one entry of the audit",
    description=_SEEN,
    response_model=AuditEntryRead,
    responses=problems(404),
)
async def get_audit_entry(
    actor: SignedIn, audit: AuditDep, seq: Annotated[int, Path(ge=1, le=9_007_199_254_740_991)]
) -> AuditRecord:
    return await audit.get(actor, seq)
