"""Microsoft Teams by a workflow's address, and signed webhooks."""

import json
from datetime import UTC, datetime

from db.channels import ChannelRecord
from services.notifying.http import HttpDoor, refused
from services.notifying.values import Delivered, Outgoing
from services.planning.notifications import cloud_events, teams
from services.planning.notifications.wording import address, message_of

_NO_ADDRESS = "stagecoach"  # a CloudEvent needs a source: a relative reference, where the own address is unknown


class TeamsSender:
    """Posts an Adaptive Card for each notification."""

    def __init__(self, door: HttpDoor, *, public_url: str | None) -> None:
        self._door = door
        self._public_url = public_url

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Raises `SendError`."""
        message = message_of(outgoing.notification)
        body = teams.body_of(message, address(self._public_url, message.path))
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = await self._door.post(channel.secrets().url or "", json.dumps(body).encode(), headers)
        if not answer.good:
            raise refused(answer, "The workflow")
        return Delivered(status=answer.status)


class WebhookSender:
    """Posts a signed CloudEvent for each notification."""

    def __init__(self, door: HttpDoor, *, public_url: str | None) -> None:
        self._door = door
        self._public_url = public_url

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Raises `SendError`; `gone` where the receiver answers 410."""
        secrets = channel.secrets()
        assert secrets.signing is not None
        former = [secrets.former_signing] if secrets.former_signing and channel.former_until else []
        body = cloud_events.body_of(
            outgoing.notification,
            event_id=outgoing.event_id,
            at=outgoing.at,
            source=self._public_url or _NO_ADDRESS,
            link=address(self._public_url, message_of(outgoing.notification).path),
        )
        headers = cloud_events.headers_of(
            body, event_id=outgoing.event_id, at=datetime.now(UTC), secrets=[secrets.signing, *former]
        )
        answer = await self._door.post(secrets.url or "", body, headers)
        if not answer.good:
            raise refused(answer, "The receiver")
        return Delivered(status=answer.status)
