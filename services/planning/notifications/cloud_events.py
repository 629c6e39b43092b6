"""A notification as a CloudEvent in the structured JSON form
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md), signed as Standard Webhooks says
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.notification_values import Notification
from services.planning.notifications.wording import message_of

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
_NAMESPACE = "stagecoach."
_LEAST_BYTES, _MOST_BYTES = 24, 64  # of a secret


def body_of(told: Notification, *, event_id: str, at: datetime, source: str, link: str | None) -> bytes:
    """The same bytes at each try, because all of it comes from the stored notification."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"{_NAMESPACE}{told.type}",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        **({"subject": told.subject} if told.subject else {}),
        "data": {"title": message_of(told).title, "url": link, **told.to_json()},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(
    body: bytes, *, event_id: str, at: datetime, secrets: Sequence[str], content_type: str = CONTENT_TYPE
) -> dict[str, str]:
    """The headers of one try, which is made `at`; a signature for each secret, while one is replaced by another."""
    timestamp = str(int(at.timestamp()))
    signatures = [signature(body, event_id=event_id, timestamp=timestamp, secret=each) for each in secrets]
    return {
        "Content-Type": content_type,
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def signature(body: bytes, *, event_id: str, timestamp: str, secret: str) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. Raises `ValueError` for what is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("The secret is not base64.") from None
    signed = b".".join([event_id.encode(), timestamp.encode(), body])
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def signs(secret: str) -> bool:
    """Whether this is a secret as Standard Webhooks wants one."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        return False
    return secret.startswith(SECRET_PREFIX) and _LEAST_BYTES <= len(key) <= _MOST_BYTES


def new_secret(random: bytes) -> str:
    """A signing secret of these random bytes, which are 24 to 64."""
    return f"{SECRET_PREFIX}{base64.b64encode(random).decode()}"
