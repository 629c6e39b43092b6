"""Promotion sets: preview, start, read, decide, and roll back."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Lister, Promoter, Viewer
from api.dependencies import IdempotencyKeyHeader, IdPath, PromotionSetsDep, SetDecisionsDep, SetReadingDep
from api.guarded_route import guarded_router
from api.idempotency import idempotency
from api.pagination import PagingDep, answered
from api.responses import problems
from api.schemas.base import NAME_PATTERN
from api.schemas.gates import reason_of
from api.schemas.problems import PromotionSetProblem
from api.schemas.promotion_sets import (
    PromotionSetCreate,
    PromotionSetPage,
    PromotionSetPlanRead,
    PromotionSetRead,
    PromotionSetRollback,
)
from services.changes.set_reading import SetView

router = guarded_router(prefix="/promotion-sets", tags=["promotions"])


@router.post(
    "/preview",
    operation_id="previewPromotionSet",
    summary="Preview a promotion of several applications",
    description="The plans of all applications under one digest, with the images that the source runs now.",
    responses=problems(404, 409, 413, 424, conflict=PromotionSetProblem),
)
async def preview_promotion_set(
    actor: Promoter, body: PromotionSetCreate, sets: PromotionSetsDep
) -> PromotionSetPlanRead:
    return PromotionSetPlanRead.reading(await sets.preview(body.to_request(), actor=actor))


@router.post(
    "",
    operation_id="promoteSet",
    summary="Promote several applications together",
    description="One plan, one order, one strategy and one failure policy over all; without a failure policy it is "
    "all or nothing. Takes the right to promote each application, and begins in all of them or in none.",
    status_code=202,
    responses=problems(404, 409, 413, 424, conflict=PromotionSetProblem),
)
async def promote_set(
    actor: Promoter,
    body: PromotionSetCreate,
    sets: PromotionSetsDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> PromotionSetRead:
    started = await sets.start(
        body.to_request(),
        actor=actor,
        idempotency=idempotency(idempotency_key, body),
        break_glass=reason_of(body.break_glass),
    )
    return _accepted(response, started)


@router.get(
    "",
    operation_id="listPromotionSets",
    summary="List promotion sets, the newest first",
    description="Those of which the caller sees every application.",
    responses=problems(),
)
async def list_promotion_sets(
    grant: Lister,
    reading: SetReadingDep,
    paging: PagingDep,
    environment: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
) -> PromotionSetPage:
    page = answered(await reading.list(grant, environment=environment, after=paging.after, limit=paging.limit))
    return PromotionSetPage(items=[PromotionSetRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/{promotion_set}",
    operation_id="getPromotionSet",
    summary="Get a promotion set with its operations",
    responses=problems(404),
)
async def get_promotion_set(actor: Viewer, promotion_set: IdPath, reading: SetReadingDep) -> PromotionSetRead:
    return PromotionSetRead.of(await reading.read(promotion_set, actor=actor))


@router.post(
    "/{promotion_set}/cancel",
    operation_id="cancelPromotionSet",
    summary="Cancel a promotion set",
    description="All applications go back to their previous images on every cluster that was changed, unless a stop "
    "has paused the set.",
    status_code=202,
    responses=problems(404, 409),
)
async def cancel_promotion_set(
    actor: Promoter, promotion_set: IdPath, decisions: SetDecisionsDep, response: Response
) -> PromotionSetRead:
    return _accepted(response, await decisions.cancel(promotion_set, actor=actor))


@router.post(
    "/{promotion_set}/continue",
    operation_id="continuePromotionSet",
    summary="Continue a promotion set that a gate has paused",
    description="Refused (409 `gate-closed`) while a stop or a freeze is still in its way.",
    status_code=202,
    responses=problems(404, 409),
)
async def continue_promotion_set(
    actor: Promoter, promotion_set: IdPath, decisions: SetDecisionsDep, response: Response
) -> PromotionSetRead:
    return _accepted(response, await decisions.proceed(promotion_set, actor=actor))


@router.post(
    "/{promotion_set}/undo",
    operation_id="undoPromotionSet",
    summary="Undo a promotion set that is under way",
    description="It stops where it is, and all applications return to their previous images. A freeze permits that, a "
    "stop does not (409 `gate-closed`).",
    status_code=202,
    responses=problems(404, 409),
)
async def undo_promotion_set(
    actor: Promoter, promotion_set: IdPath, decisions: SetDecisionsDep, response: Response
) -> PromotionSetRead:
    return _accepted(response, await decisions.undo(promotion_set, actor=actor))


@router.post(
    "/{promotion_set}/retry",
    operation_id="retryPromotionSet",
    summary="Retry a promotion set where it did not succeed",
    description="With the images that were frozen as it was started.",
    status_code=202,
    responses=problems(404, 409),
)
async def retry_promotion_set(
    actor: Promoter, promotion_set: IdPath, decisions: SetDecisionsDep, response: Response
) -> PromotionSetRead:
    return _accepted(response, await decisions.retry(promotion_set, actor=actor))


@router.post(
    "/{promotion_set}/rollback/preview",
    operation_id="previewPromotionSetRollback",
    summary="Preview the rollback of a promotion set",
    responses=problems(404, 409, 413, conflict=PromotionSetProblem),
)
async def preview_promotion_set_rollback(
    actor: Promoter, promotion_set: IdPath, body: PromotionSetRollback, sets: PromotionSetsDep
) -> PromotionSetPlanRead:
    return PromotionSetPlanRead.reading(await sets.preview_rollback(promotion_set, body.to_request(), actor=actor))


@router.post(
    "/{promotion_set}/rollback",
    operation_id="rollBackPromotionSet",
    summary="Roll back a promotion set that has ended",
    description="Each application gets back what the set replaced, cluster by cluster, in the opposite order, as a set "
    "of its own; automation is held off all of them.",
    status_code=202,
    responses=problems(404, 409, 413, conflict=PromotionSetProblem),
)
async def roll_back_promotion_set(
    actor: Promoter,
    promotion_set: IdPath,
    body: PromotionSetRollback,
    sets: PromotionSetsDep,
    response: Response,
    idempotency_key: IdempotencyKeyHeader = None,
) -> PromotionSetRead:
    started = await sets.roll_back(
        promotion_set, body.to_request(), actor=actor, idempotency=idempotency(idempotency_key, body, promotion_set)
    )
    return _accepted(response, started)


def _accepted(response: Response, view: SetView) -> PromotionSetRead:
    response.headers["Location"] = f"/api/v1/promotion-sets/{view.record.id}"
    return PromotionSetRead.of(view)
