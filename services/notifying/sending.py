"""All senders, by the kind of channel."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from db.channels import ChannelRecord
from domain.words import ChannelKind
from services.net.addresses import AddressPolicy
from services.notifying.http import HttpDoor
from services.notifying.mail import MailSender
from services.notifying.slack import SlackSender, SlackWebhookSender
from services.notifying.values import Delivered, Outgoing, Sender
from services.notifying.webhooks import TeamsSender, WebhookSender


class Senders:
    """Sends to a channel of any kind."""

    def __init__(self, by_kind: Mapping[ChannelKind, Sender]) -> None:
        self._by_kind = by_kind

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Raises `SendError`."""
        return await self._by_kind[channel.kind].send(channel, outgoing)


@asynccontextmanager
async def open_senders(
    *, addresses: AddressPolicy, public_url: str | None, slack_api: str, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Senders]:
    """Senders to what the policy allows; `public_url` is what links begin with."""
    async with (
        HttpDoor(addresses=addresses, trust=trust) as door,
        MailSender(addresses=addresses, public_url=public_url, trust=trust) as mail,
    ):
        yield Senders(
            {
                ChannelKind.SLACK: SlackSender(door, api=slack_api, public_url=public_url),
                ChannelKind.SLACK_WEBHOOK: SlackWebhookSender(door, public_url=public_url),
                ChannelKind.TEAMS: TeamsSender(door, public_url=public_url),
                ChannelKind.EMAIL: mail,
                ChannelKind.WEBHOOK: WebhookSender(door, public_url=public_url),
            }
        )
