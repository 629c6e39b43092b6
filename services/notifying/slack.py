"""Slack: a bot's messages, which are changed as an operation goes on, and incoming webhooks, which only post."""

import json
from typing import Any

from db.channels import ChannelRecord
from services.notifying.errors import SendError
from services.notifying.http import HttpAnswer, HttpDoor, refused
from services.notifying.values import Delivered, Outgoing, Placed
from services.planning.notifications.mail import one_line
from services.planning.notifications.slack import body_of
from services.planning.notifications.wording import address, message_of

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_LONGEST_CODE = 100
# A message that cannot be changed (deleted, or too old for the workspace's rules) is sent anew.
_CANNOT_CHANGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
_NEW_TOKEN = "Store a new bot token."  # noqa: S105 - a sentence
_REMEDIES = {
    "invalid_auth": _NEW_TOKEN,
    "not_authed": _NEW_TOKEN,
    "token_revoked": _NEW_TOKEN,
    "token_expired": "Store a bot token that does not expire: token rotation is not supported.",
    "account_inactive": "The app was removed from the workspace: install it again and store its new token.",
    "missing_scope": "Give the app the scope chat:write and install it again.",
    "channel_not_found": "Check the id of the channel, and invite the bot to it if it is private.",
    "not_in_channel": "Invite the bot to the channel.",
    "is_archived": "The channel is archived: choose another one.",
    "ratelimited": "Slack takes about one message a second for a channel.",
}


class SlackSender:
    """Sends as a bot. `api` is the address of Slack's Web API; GovSlack has another one."""

    def __init__(self, door: HttpDoor, *, api: str, public_url: str | None) -> None:
        self._door = door
        self._api = api.rstrip("/")
        self._public_url = public_url

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Change the message of the subject where there is one, else post one. Raises `SendError`."""
        message = message_of(outgoing.notification)
        body = body_of(message, address(self._public_url, message.path))
        shown = outgoing.shown
        if shown is not None:
            answer = await self._call(
                channel, "chat.update", {**body, "channel": shown.conversation, "ts": shown.message}
            )
            if answer.get("ok") is True:
                return _delivered(answer)
            if answer.get("error") not in _CANNOT_CHANGE:
                raise _failed(answer)
        answer = await self._call(channel, "chat.postMessage", {**body, "channel": channel.settings.conversation})
        if answer.get("ok") is not True:
            raise _failed(answer)
        return _delivered(answer)

    async def _call(self, channel: ChannelRecord, method: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {**_JSON, "Authorization": f"Bearer {channel.secrets().token}"}
        answer = await self._door.post(f"{self._api}/{method}", json.dumps(body).encode(), headers)
        if not answer.good:
            raise refused(answer, "Slack")
        return _read(answer)


class SlackWebhookSender:
    """Posts to an incoming webhook. It cannot change what it posted."""

    def __init__(self, door: HttpDoor, *, public_url: str | None) -> None:
        self._door = door
        self._public_url = public_url

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Raises `SendError`."""
        message = message_of(outgoing.notification)
        body = body_of(message, address(self._public_url, message.path))
        answer = await self._door.post(channel.secrets().url or "", json.dumps(body).encode(), _JSON)
        if not answer.good:
            raise refused(answer, "The incoming webhook")
        return Delivered(status=answer.status)


def _read(answer: HttpAnswer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SendError("Slack's answer is not a JSON object.", status=answer.status)
    return found


def _delivered(answer: dict[str, Any]) -> Delivered:
    conversation, message = answer.get("channel"), answer.get("ts")
    if isinstance(conversation, str) and isinstance(message, str):
        return Delivered(status=200, placed=Placed(conversation=conversation, message=message))
    return Delivered(status=200)


def _failed(answer: dict[str, Any]) -> SendError:
    code = one_line(str(answer.get("error")))[:_LONGEST_CODE]
    return SendError(f"Slack answered '{code}'. {_REMEDIES.get(code, '')}".strip(), status=200)
