"""Builds what keeps the audit, and where it is streamed to."""

import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from api.settings import AuditSettings, Settings
from db.transaction import Database
from domain.audit import AuditRecord
from domain.secret_text import SecretText
from services.net.addresses import AddressPolicy
from services.notifying.errors import SendError
from services.notifying.http import HttpDoor
from services.notifying.signed_posts import SignedPosts
from services.people.audit_keeping import AuditKeeping
from services.people.audit_loop import AuditLoop
from services.people.audit_streams import AuditStream, NotTakenError, Taker, to_lines
from services.planning.people.audit_events import CONTENT_TYPE, batch_id, batch_of

_NO_ADDRESS = "stagecoach"  # a CloudEvent needs a source: a relative reference, where the own address is unknown


async def open_audit_loop(settings: Settings, database: Database, stack: AsyncExitStack) -> AuditLoop:
    """The loop, which is entered by the caller; the stack closes its connections."""
    streams = []
    if settings.audit.stream == "stdout":
        streams.append(AuditStream(database, "stdout", to_lines(_print)))
    posts = await _posts(settings.audit, stack)
    if posts is not None:
        streams.append(AuditStream(database, "webhook", to_webhook(posts, source=settings.public_url or _NO_ADDRESS)))
    return AuditLoop(database, AuditKeeping(database, days=settings.audit_days), streams=streams)


def to_webhook(posts: SignedPosts, *, source: str) -> Taker:
    """Sends each batch of entries as one signed request."""

    async def take(entries: Sequence[AuditRecord]) -> None:
        body = batch_of(entries, source=source)
        try:
            await posts.post(body, event_id=batch_id(entries), content_type=CONTENT_TYPE)
        except SendError as error:
            raise NotTakenError(error.detail, asked=error.asked) from None

    return take


async def _posts(settings: AuditSettings, stack: AsyncExitStack) -> SignedPosts | None:
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    addresses = AddressPolicy(allow_loopback=settings.allow_loopback, allow_private=settings.allow_private_addresses)
    door = await stack.enter_async_context(HttpDoor(addresses=addresses))
    url, secret = settings.webhook_url.get_secret_value(), settings.webhook_secret.get_secret_value()
    return SignedPosts(door, url=SecretText(url), secret=SecretText(secret))


def _print(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()
