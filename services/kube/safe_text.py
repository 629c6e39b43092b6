"""Redacts an API server's messages, which may quote a Secret's value. Pure.

A 422 quotes the offending value, a decoding error a piece of the body, an admission webhook whatever its author chose.
So a message is parsed, the quoted value is cut out, and every string of the sent object that can hold a secret is
redacted in the rest. Of a message about a Secret only the field, the reason and a list of fixed texts remain.

A variable's value or an annotation is hidden to be on the safe side. What cannot be a secret is not: switches, numbers
of up to three digits, and words that the object has in a place that everybody sees, such as its containers' names.
Otherwise a message loses its meaning: `env[[hidden]]`, because some annotation is "1".
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
_NAMES_NO_SECRET = (
    "Name",
    "Names",
    "Namespace",
    "Ref",
    "Refs",
    "Seconds",
    "Path",
)  # `secretName`, `tokenExpirationSeconds`
_SWITCHES = frozenset({"true", "false"})
_HARMLESS_WORDS = frozenset({"yes", "no", "on", "off", "null", "none", "enabled", "disabled", "auto", "default"})
_SHORT_NUMBER = re.compile(r"[+-]?\d{1,3}")
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
        else:  # too short to be hidden inside other words; in brackets stands an index
            text = re.sub(rf"(?<![\w\[]){re.escape(secret)}(?!\w)", _HIDDEN, text)
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
    public = set(_public_words(sent))
    for value, certain in _possible_secrets(sent):
        if _is_harmless(value, public, certain=certain):
            continue
        spellings.update({value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]})
        spellings.add(base64.b64encode(value.encode()).decode())
        try:
            spellings.add(base64.b64decode(value, validate=True).decode())
        except (binascii.Error, ValueError):
            continue
    return {spelling for spelling in spellings if spelling.strip()}


def _is_harmless(value: str, public: set[str], *, certain: bool) -> bool:
    """Whether a string is no secret; of one that is `certain`, by its name, only a switch is none."""
    if value.lower() in _SWITCHES:
        return True
    return not certain and (
        value.lower() in _HARMLESS_WORDS or value in public or _SHORT_NUMBER.fullmatch(value) is not None
    )


def _public_words(node: Any) -> Iterator[str]:
    """Strings and numbers in places that hold no secret: names, labels, images, ports."""
    if isinstance(node, dict):
        for key, value in node.items():
            if not _may_hold_secrets(key, value):
                yield from _public_words(value)
    elif isinstance(node, list):
        for item in node:
            yield from _public_words(item)
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield str(node)


def _may_hold_secrets(key: Any, value: Any) -> bool:
    return key in _SECRET_KEYS or (not isinstance(value, dict | list) and _names_a_secret(str(key)))


def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None and not name.endswith(_NAMES_NO_SECRET)


def _possible_secrets(node: Any) -> Iterator[tuple[str, bool]]:
    """Strings in ConfigMaps, Secrets, annotations, command lines, environments, and under keys named like secrets.

    Each with whether it is a secret for certain, by the name of its key, variable or option.
    """
    if isinstance(node, dict):
        variable = _names_a_secret(str(node.get("name", "")))
        for key, value in node.items():
            if _may_hold_secrets(key, value):
                yield from _strings(value, certain=_names_a_secret(str(key)) or (key == "value" and variable))
            else:
                yield from _possible_secrets(value)
    elif isinstance(node, list):
        for item in node:
            yield from _possible_secrets(item)


def _strings(node: Any, *, certain: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _strings(value, certain=certain or _names_a_secret(str(key)))
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item, certain=certain)
    elif isinstance(node, str):
        yield node, certain
        if "=" in node:  # `--password=…` may be quoted without its option
            option, _, value = node.partition("=")
            yield value, certain or _names_a_secret(option)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield str(node), certain
