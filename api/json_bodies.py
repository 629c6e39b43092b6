"""Parses request bodies: bounded in depth and in the number of values, both before anything walks through them.

A body within its limit of bytes can still hold hundreds of thousands of values, or be nested so deeply that a recursive
reader of it fails. What is larger than any request that makes sense is refused before it is validated: validation costs
some microseconds for each value that is wrong, and this process has one event loop.
"""

from typing import Any

import orjson
from starlette.requests import Request

from services.errors import InvalidRequestError

MAX_VALUES = 50_000
MAX_DEPTH = 64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BoundedRequest(Request):
    """A request whose JSON is bounded."""

    async def json(self) -> Any:
        """The body. Raises `json.JSONDecodeError`, and `InvalidRequestError` where it is too deep or holds too much."""
        if not hasattr(self, "_parsed"):
            self._parsed = parsed(await self.body())
        return self._parsed


def parsed(body: bytes) -> Any:
    """The JSON value of a body (UTF-8, with or without a byte order mark). Raises as `BoundedRequest.json`."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    value = orjson.loads(body)  # it gives up by itself at a depth of about a thousand
    # Counting bytes is fast, and most bodies have too few for either bound.
    opened = body.count(b"[") + body.count(b"{")
    if opened >= MAX_DEPTH or opened + body.count(b",") >= MAX_VALUES:
        _check(value)
    return value


def _check(value: Any) -> None:
    """Level by level, so that no depth is too deep for it; it stops at the first bound that is exceeded."""
    level, values = [value], 0
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
            if values + len(inner) > MAX_VALUES:
                raise InvalidRequestError(f"The body holds more than {MAX_VALUES} values.", field="body")
        if not inner:
            return
        values += len(inner)
        level = inner
    raise InvalidRequestError(f"The body is nested deeper than {MAX_DEPTH} levels.", field="body")
