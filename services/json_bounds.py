"""Parses JSON that others wrote, within a depth that everything here can walk through.

Python's own parser raises `RecursionError` where a text is nested too deeply, which no caller expects; and a value that
is parsed can still be too deep for the functions that compare, copy or store it. orjson gives up at a depth of 1024 by
itself, and cannot write what is deeper than 254.
"""

from itertools import accumulate
from typing import Any

import orjson

MAX_DEPTH = 128
_BRACKETS = b"[]{}"
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class TooDeepError(ValueError):
    """The value is nested too deeply."""


def parse(text: bytes | str, *, depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text. Raises `ValueError` for what is no JSON, and `TooDeepError`."""
    value = orjson.loads(text)
    body = text.encode() if isinstance(text, str) else text
    if _may_be_deeper(body, depth) and is_deeper(value, depth):
        raise TooDeepError
    return value


def is_deeper(value: Any, depth: int) -> bool:
    """Whether a value is nested deeper; level by level, so that no depth is too deep for this."""
    level = [value]
    for _ in range(depth + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return False
        level = inner
    return True


def _may_be_deeper(body: bytes, depth: int) -> bool:
    """Counts brackets only, also those inside of strings: fast, and seldom wrong."""
    brackets = body.translate(None, _ALL_BUT_BRACKETS)
    return len(brackets) > depth and max(accumulate(map(_STEP.__getitem__, brackets))) > depth
