"""Operations: list, read, follow, cancel, retry."""

from typing import Annotated

from fastapi import Header, Query, Response

from api.authentication import Lister, Promoter, ProofDep, Viewer
from api.dependencies import AccessDep, IdPath, OperationsDep, PausedOperationsDep, ReleasesDep
from api.event_stream import EventStream, stream
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.routes.accepted import accepted
from api.schemas.base import NAME_PATTERN, MomentInput
from api.schemas.hook_runs import HookRunList, HookRunRead
from api.schemas.operations import EventRead, OperationDetail, OperationPage, OperationRead, RetryRequest
from api.schemas.promotions import ReleaseRead
from db.records.operations import OperationRecord
from domain.words import OperationKind, OperationState
from services.changes.operations import Operations
from services.errors import NotFoundError, UnauthenticatedError
from services.inventory.releases import ListedRelease
from services.people.access import Access, Proof

router = guarded_router(prefix="/operations", tags=["operations"])

_SEQ = {"ge": 0, "le": 2_147_483_647}


@router.get(
    "",
    operation_id="listOperations",
    summary="List operations, the newest first",
    response_model=OperationPage,
    responses=problems(),
)
async def list_operations(
    grant: Lister,
    operations: OperationsDep,
    paging: PagingDep,
    application: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    environment: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    kind: Annotated[OperationKind | None, Query()] = None,
    state: Annotated[OperationState | None, Query()] = None,
    since: Annotated[MomentInput | None, Query(description="Started at or after this moment.")] = None,
) -> Page[OperationRecord]:
    return answered(
        await operations.list(
            grant,
            application=application,
            environment=environment,
            kind=kind,
            state=state,
            since=since,
            after=paging.after,
            limit=paging.limit,
        )
    )


@router.get(
    "/{operation}",
    operation_id="getOperation",
    summary="Get an operation with its request and plan",
    responses=problems(404),
)
async def get_operation(actor: Viewer, operation: IdPath, operations: OperationsDep) -> OperationDetail:
    return OperationDetail.of(await operations.read(operation, actor=actor))


@router.get(
    "/{operation}/release",
    operation_id="getReleaseOfOperation",
    summary="Get the release that an operation recorded",
    description="Also where its application or environment was deleted since; then it is not current. An operation "
    "that brought no images, or not to all clusters, recorded none (404).",
    response_model=ReleaseRead,
    responses=problems(404),
)
async def get_release(actor: Viewer, operation: IdPath, releases: ReleasesDep) -> ListedRelease:
    return await releases.of_operation(operation, actor=actor)


@router.get(
    "/{operation}/hooks",
    operation_id="listHookRuns",
    summary="List the hooks and checks that ran in an operation, with their logs",
    description="Those of earlier tries are there as well. Entries `hook.started`, `hook.ended`, `check.started` and "
    "`check.ended` of the timeline say when to look again.",
    responses=problems(404),
)
async def list_hook_runs(actor: Viewer, operation: IdPath, operations: OperationsDep) -> HookRunList:
    runs = await operations.hook_runs(operation, actor=actor)
    return HookRunList(items=[HookRunRead.of(run) for run in runs])


@router.get(
    "/{operation}/events",
    operation_id="followOperation",
    summary="Follow an operation's events as server-sent events",
    description="Each event has the entry's `seq` as its id, its type as its event name, and the entry as its data. "
    "A reader that reconnects continues after its `Last-Event-ID` (or after `after`). The stream ends with the "
    "operation, after `operation.ended`.",
    response_class=EventStream,
    response_description="The entries of the timeline as server-sent events.",
    response_model=EventRead,
    responses=problems(404),
)
async def follow_operation(
    actor: Viewer,
    operation: IdPath,
    operations: OperationsDep,
    access: AccessDep,
    proof: ProofDep,
    after: Annotated[int, Query(**_SEQ, description="Send only events after this `seq`.")] = 0,
    last_event_id: Annotated[int | None, Header(alias="Last-Event-ID", **_SEQ)] = None,
) -> EventStream:
    await operations.require(operation, actor=actor)  # an unknown id is a 404, not an empty stream
    batches = operations.follow(operation, after=max(after, last_event_id or 0))
    return stream(batches, authenticated=lambda: still_sees(operation, proof, access=access, operations=operations))


async def still_sees(operation: str, proof: Proof, *, access: Access, operations: Operations) -> bool:
    """Whether the proof still authenticates a caller, and this caller still sees the operation."""
    try:
        await operations.require(operation, actor=await access.actor(proof))
    except (UnauthenticatedError, NotFoundError):
        return False
    return True


@router.post(
    "/{operation}/cancel",
    operation_id="cancelOperation",
    summary="Cancel an operation",
    description="Clusters that were changed are undone only if the operation's `on_failure` is `roll-back`, and not "
    "where a stop has paused it. An operation that has ended cannot be cancelled.",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409),
)
async def cancel_operation(
    actor: Promoter, operation: IdPath, operations: OperationsDep, response: Response
) -> OperationRecord:
    return accepted(response, await operations.cancel(operation, actor=actor))


@router.post(
    "/{operation}/continue",
    operation_id="continueOperation",
    summary="Continue an operation that a gate has paused",
    description="Refused (409 `gate-closed`) while a stop or a freeze is still in its way.",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409),
)
async def continue_operation(
    actor: Promoter, operation: IdPath, paused: PausedOperationsDep, response: Response
) -> OperationRecord:
    return accepted(response, await paused.proceed(operation, actor=actor))


@router.post(
    "/{operation}/undo",
    operation_id="undoOperation",
    summary="Undo an operation that runs or is paused",
    description="It stops where it is, every cluster that was changed returns to its previous images, whatever its "
    "strategy says, and the operation ends as cancelled. A freeze permits that, a stop does not (409 `gate-closed`). A "
    "configure or import cannot be undone (409 `nothing-to-undo`).",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409),
)
async def undo_operation(
    actor: Promoter, operation: IdPath, paused: PausedOperationsDep, response: Response
) -> OperationRecord:
    return accepted(response, await paused.undo(operation, actor=actor))


@router.post(
    "/{operation}/retry",
    operation_id="retryOperation",
    summary="Retry an operation on the clusters where it did not succeed",
    description="Secret values of the request are erased when an operation ends, so a retry has to send them again "
    "(409 `values-erased` names them).",
    status_code=202,
    response_model=OperationRead,
    responses=problems(404, 409, 413),
)
async def retry_operation(
    actor: Promoter, operation: IdPath, operations: OperationsDep, response: Response, body: RetryRequest | None = None
) -> OperationRecord:
    return accepted(
        response, await operations.retry(operation, actor=actor, secrets=(body or RetryRequest()).to_secrets())
    )
