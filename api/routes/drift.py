"""Drift and skew: what differs from the last release, or between clusters."""

from typing import Annotated

from fastapi import Query

from api.authentication import Lister
from api.dependencies import DriftDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.drift import DivergencePage, ListedDivergenceRead
from domain.divergences import DivergenceKind
from services.reading.drift import DriftFilter

router = guarded_router(tags=["drift"])

_Named = Query(max_length=63, description="Its name, in full.")


@router.get(
    "/drift",
    operation_id="listDrift",
    summary="List what drifted from the last release, and what differs between clusters",
    description="The newest first. What has lasted for 30 seconds is listed, until it has been gone for 60, or until a "
    "later release settles it. While an operation is under way, or a rollout for skew and digests, nothing is noticed. "
    "To converge images, roll back to `last_release`; to make what runs the release, accept it. `remedy` says what "
    "else there is. Keys and fields are read every few minutes and after operations, workloads as soon as they change.",
    responses=problems(),
)
async def list_drift(
    grant: Lister,
    drift: DriftDep,
    paging: PagingDep,
    application: Annotated[str | None, _Named] = None,
    environment: Annotated[str | None, _Named] = None,
    kind: Annotated[DivergenceKind | None, Query(description="Only of this kind.")] = None,
) -> DivergencePage:
    asked = DriftFilter(application=application, environment=environment, kind=kind)
    found = await drift.list(grant, asked, after=paging.after, limit=paging.limit)
    return DivergencePage(
        items=[ListedDivergenceRead.listed(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )
