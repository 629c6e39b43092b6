"""The timeline of an app environment."""

from typing import Annotated

from fastapi import Query

from api.authentication import Viewer
from api.dependencies import ApplicationPath, EnvironmentPath, TimelineDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.base import MomentInput
from api.schemas.timeline import TimelineEntryRead, TimelinePage
from services.planning.timeline.entries import EntryKind
from services.reading.timeline import TimelineFilter

router = guarded_router(prefix="/applications", tags=["timeline"])


@router.get(
    "/{application}/environments/{environment}/timeline",
    operation_id="listTimeline",
    summary="List what happened in an app environment",
    description="The newest first, by when it began: operations, releases, rollouts, bad health, restarts, scaling, "
    "drift and skew, clusters that could not be read, holds, stops and freezes. What goes on, or repeats itself, is "
    "one entry that changes. What clusters show is recorded while Stagecoach watches them, and kept for 90 days. "
    "The stream of changes tells of new entries by the topics `timeline`, `operation`, `release`, `drift`, `hold`, "
    "`stop` and `freeze`.",
    responses=problems(404),
)
async def list_timeline(
    actor: Viewer,
    application: ApplicationPath,
    environment: EnvironmentPath,
    timeline: TimelineDep,
    paging: PagingDep,
    since: Annotated[
        MomentInput | None, Query(alias="from", description="What had not ended before; if left out, 90 days ago.")
    ] = None,
    until: Annotated[MomentInput | None, Query(alias="to", description="What began before; if left out, now.")] = None,
    kinds: Annotated[list[EntryKind] | None, Query(max_length=20, description="Of these; if left out, all.")] = None,
) -> TimelinePage:
    asked = TimelineFilter(since=since, until=until, kinds=frozenset(kinds or ()))
    found = await timeline.list(application, environment, asked, actor=actor, after=paging.after, limit=paging.limit)
    return TimelinePage(
        items=[TimelineEntryRead.of(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )
