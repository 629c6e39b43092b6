"""Timelines of app environments in the contract."""

from typing import Self

from pydantic import Field

from api.schemas.base import Moment, Output, PageRead, ResourceRead
from services.planning.timeline.entries import EntryKind, EntryTone, TimelineEntry


class TimelineEntryRead(Output):
    """One thing that happened. Members that do not apply are null."""

    id: str = Field(description="The same each time, for one app environment.")
    kind: EntryKind
    tone: EntryTone = Field(description="How it is to be felt: for colours, say.")
    at: Moment = Field(description="When it began.")
    until: Moment | None = Field(description="When it ended; null while it goes on. Equal to `at` for a moment.")
    text: str = Field(
        description="What happened, for people.",
        examples=["Deployment web on prod-eu was rolled out in 1 min 20 s: web 1.4.3 instead of 1.4.2."],
    )
    cluster: str | None
    workload: ResourceRead | None
    container: str | None
    count: int = Field(description="How often it happened, one soon after the other.")
    operation: str | None = Field(description="The id of the operation that it is about, or that was under way.")
    release: int | None = Field(description="The number of the release that it is about.")
    divergence: str | None = Field(description="The id of drift or skew that is open, as `GET /drift` lists it.")

    @classmethod
    def of(cls, entry: TimelineEntry) -> Self:
        return cls.model_validate({**vars(entry), "id": entry.id, "at": entry.at})


class TimelinePage(PageRead[TimelineEntryRead]):
    """A part of a timeline, the newest first."""
