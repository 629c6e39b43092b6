"""A notification as an Adaptive Card, in the envelope that the workflow "Post to a channel when a webhook request is
received" takes (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).

A TextBlock and a Fact read a subset of Markdown, and `{{DATE(…)}}`
(https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features): both are escaped.
"""

import re
from typing import Any

from services.planning.notifications.wording import Message, Tone

_COLOURS = {Tone.PLAIN: "default", Tone.GOOD: "good", Tone.BAD: "attention", Tone.ASKING: "warning"}
_MARKDOWN = re.compile(r"([\\`*_\[\]()~#|])")
_BLOCK_START = re.compile(r"^(\s*)([-+>]|\d+[.)])", re.MULTILINE)
_NO_WIDTH = "\u200b"


def body_of(message: Message, link: str | None) -> dict[str, Any]:
    """The body of the request."""
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock",
            "text": escaped(message.title),
            "weight": "Bolder",
            "size": "Medium",
            "color": _COLOURS[message.tone],
            "wrap": True,
        }
    ]
    if message.facts:
        facts = [{"title": escaped(label), "value": escaped(text)} for label, text in message.facts]
        body.append({"type": "FactSet", "facts": facts})
    actions = [{"type": "Action.OpenUrl", "title": message.link, "url": link}] if link is not None else []
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": actions,
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def escaped(text: str) -> str:
    """The text so that a card shows it and interprets none of it. A line break is a paragraph of its own."""
    plain = _MARKDOWN.sub(r"\\\1", text.replace("\0", ""))
    plain = _BLOCK_START.sub(rf"\1{_NO_WIDTH}\2", plain)
    return plain.replace("{{", f"{{{_NO_WIDTH}{{").replace("<", f"<{_NO_WIDTH}").replace("\n", "\n\n")
