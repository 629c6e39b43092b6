"""Redacts an API server's messages, which may quote a Secret's value. Pure.

A 422 quotes the offending value, a decoding error a piece of the body, an admission webhook whatever its author chose.
So a message is parsed, the quoted value is cut out, and every string of the sent object that can hold a secret is
redacted in the rest. Of a message about a Secret only the field, the reason and a list of fixed texts remain.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

_HIDDEN = "[hidden]"
_MAX_LENGTH = 1_000

# `Invalid value: "x": why`, `Unsupported value: "x": supported values: "a"`, `Duplicate value: {…}`, `Not found: "x"`
_QUOTING = re.compile(r"(Invalid value|Unsupported value|Duplicate value|Not found|Too long|Too many|Internal error): ")
_SECRET_KEYS = frozenset({"data", "stringData", "binaryData", "annotations", "command", "args", "value"})
_SECRET_NAME = re.compile(r"(?i)passw|passphrase|secret|token|credential|private|api_?key")
_NUMBER_OR_WORD = re.compile(r"[^\s:]*")

# Texts of a Secret's validation that cannot hold a value.
_FIXED_TEXTS = (
    "field is immutable when `immutable` is set",
    "field is immutable",
    "may not change once set",
    "Required value",
)
_BY_REASON = {
    "FieldValueInvalid": "the value is not valid",
    "FieldValueRequired": "a value is required",
    "FieldValueForbidden": "may not be set or changed",
    "FieldValueDuplicate": "the value is there twice",
    "FieldValueNotSupported": "the value is not supported",
    "FieldValueNotFound": "the value is not found",
    "FieldValueTooLong": "the value is too long",
    "FieldValueTooMany": "there are too many values",
    "FieldValueTypeInvalid": "the value has the wrong type",
    "FieldManagerConflict": "another manager owns the field",
}


def safe_reason(reason: Any) -> str | None:
    """The `reason` of a Status where it is a single word, else None."""
    return reason if isinstance(reason, str) and re.fullmatch(r"[A-Za-z]{1,64}", reason) else None


def safe_field(field: Any) -> str:
    """The path of a field, cut at 300 characters; empty where it is not text."""
    return field[:300] if isinstance(field, str) else ""


def secret_cause(message: str, reason: str) -> str:
    """The text for a cause that concerns a Secret: a fixed one, never the server's."""
    known = next((text for text in _FIXED_TEXTS if message.endswith(text)), None)
    return known or _BY_REASON.get(reason, "is refused")


def field_cause(message: str, *, sent: Any) -> str:
    """The message of a cause without the value that it quotes: `Invalid value: "x": must be y` becomes `must be y`."""
    found = _QUOTING.match(message)
    if found is None:
        return redacted(message, sent=sent)
    rest = _after_value(message[found.end() :])
    label = found.group(1)
    return redacted(rest if rest and label == "Invalid value" else f"{label}: {rest}" if rest else label, sent=sent)


def redacted(message: str, *, sent: Any) -> str:
    """The message with the strings of `sent` that can hold a secret hidden: plain, quoted and in base64."""
    text = message
    for secret in sorted(_spellings(sent), key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, _HIDDEN)
        else:  # too short to be hidden inside other words
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, text)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"


def _after_value(text: str) -> str:
    """The text after a quoted value and a colon; empty where the end of the value is not certain."""
    end = _end_of_value(text)
    if end is None:
        return ""
    rest = text[end:]
    return rest[2:] if rest.startswith(": ") else ""


def _end_of_value(text: str) -> int | None:
    if not text or text[0] in '"{[':
        try:
            return json.JSONDecoder(strict=False).raw_decode(text)[1]
        except json.JSONDecodeError:
            return None
    found = _NUMBER_OR_WORD.match(text)
    return found.end() if found and text[found.end() :].startswith(": ") else None


def _spellings(sent: Any) -> set[str]:
    spellings: set[str] = set()
    for value in _possible_secrets(sent):
        spellings.update({value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]})
        spellings.add(base64.b64encode(value.encode()).decode())
        try:
            spellings.add(base64.b64decode(value, validate=True).decode())
        except (binascii.Error, ValueError):
            continue
    return {spelling for spelling in spellings if spelling.strip()}


def _possible_secrets(node: Any) -> Iterator[str]:
    """Strings in ConfigMaps, Secrets, annotations, command lines, environments, and under keys named like secrets."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _SECRET_KEYS or (not isinstance(value, dict | list) and _SECRET_NAME.search(str(key))):
                yield from _strings(value)
            else:
                yield from _possible_secrets(value)
    elif isinstance(node, list):
        for item in node:
            yield from _possible_secrets(item)


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)
    elif isinstance(node, str):
        yield node
        if "=" in node:  # `--password=…` may be quoted without its option
            yield node.partition("=")[2]
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield str(node)
