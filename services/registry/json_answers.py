"""Reads JSON that a registry or token service sent: whatever it is, it is a value or None, never an error."""

from typing import Any

from services import json_bounds

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_answer(body: bytes) -> Any:
    """The JSON value of a body; None where it is not JSON, or nested too deep."""
    try:
        return json_bounds.parse(body.removeprefix(_BYTE_ORDER_MARK))
    except ValueError:
        return None
