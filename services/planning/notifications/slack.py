"""A notification as Slack's blocks (https://docs.slack.dev/reference/block-kit/blocks).

Only `&`, `<` and `>` begin what Slack interprets: links, mentions and `<!channel>`
(https://docs.slack.dev/messaging/formatting-message-text). `verbatim` keeps it from finding links, channels and
users in bare text. Backticks, asterisks and the like change only how a text looks.
"""

from typing import Any

from services.planning.notifications.wording import Message, Tone

_MARKS = {Tone.PLAIN: "🔷", Tone.GOOD: "✅", Tone.BAD: "❌", Tone.ASKING: "🖐️"}
_LONGEST_TEXT = 2900  # a text object has at most 3000 characters, and each escaped one is counted
_LONGEST_FACT = 1900  # of a field: 2000
_MOST_FACTS = 10  # of a section


def body_of(message: Message, link: str | None) -> dict[str, Any]:
    """`text` and `blocks`, as `chat.postMessage`, `chat.update` and incoming webhooks take them."""
    title = f"{_MARKS[message.tone]} {escaped(message.title, longest=_LONGEST_TEXT)}"
    blocks: list[dict[str, Any]] = [{"type": "section", "text": _text(f"*{title}*")}]
    fields = [
        _text(f"*{escaped(label, longest=_LONGEST_FACT)}*\n{escaped(text, longest=_LONGEST_FACT)}")
        for label, text in message.facts[:_MOST_FACTS]
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    if link is not None:
        label = escaped(message.link.replace("|", " "), longest=_LONGEST_FACT)
        blocks.append({"type": "context", "elements": [_text(f"<{escaped(link)}|{label}>")]})
    return {"text": title, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def escaped(text: str, *, longest: int = _LONGEST_TEXT) -> str:
    """The text so that Slack shows it and interprets none of it; cut between characters, not in an escaped one."""
    parts: list[str] = []
    left = longest
    for character in text:
        part = _ESCAPED.get(character, character)
        if len(part) > left:
            return "".join(parts) + "…"
        parts.append(part)
        left -= len(part)
    return "".join(parts)


_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": ""}


def _text(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
