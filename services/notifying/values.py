"""What goes to a sender, and what comes back from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from db.channels import ChannelRecord
from db.outbox import SentMessage
from domain.notification_values import Notification


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A notification to be sent. `event_id` is the same at each try; `shown` is the message that it changes."""

    notification: Notification
    event_id: str
    at: datetime
    shown: SentMessage | None = None


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where a message is that can be changed later, in the words of the other side."""

    conversation: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The other side took it. `note`: what it left out, as one of several recipients."""

    status: int
    note: str | None = None
    placed: Placed | None = None


class Sender(Protocol):
    """Sends to channels of one kind, or of all kinds. Raises `SendError`."""

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered: ...
