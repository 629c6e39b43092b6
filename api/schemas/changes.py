"""The events of the stream of changes."""

from pydantic import Field

from api.schemas.base import Output
from services.planning.live.change_events import ChangeTopic


class StreamedChangeRead(Output):
    """What changed, and where; what it is now, one reads where it is listed. Members that do not apply are null."""

    topic: ChangeTopic
    application: str | None
    environment: str | None
    cluster: str | None
    id: str | None = Field(
        description="Of the operation, release, proposal, hold, stop, freeze or receiver. For progress, of its "
        "operation; for a delivery, of its receiver; for a notification, of its channel."
    )


class StreamedChangesRead(Output):
    """The `data` of each event of the stream of changes. Only an event named `changed` has changes."""

    changes: list[StreamedChangeRead]
