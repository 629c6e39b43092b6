"""Entity tags: a caller that has what it asks for gets 304, and no body (RFC 9110, sections 8.8.3 and 13.1.2).

They are weak: what two bodies with the same tag show is the same, while the time of reading may differ.
"""

import re
from typing import Annotated, Any

from fastapi import Header, Response

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# A browser may keep the body, and has to ask each time whether it is still good. It is the caller's alone.
_KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}

IfNoneMatchHeader = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=2000,
        description="The `ETag` of an earlier answer: if nothing has changed since, the answer is 304, without a body.",
    ),
]


def tags_of(if_none_match: str | None) -> frozenset[str]:
    """The tags that a caller has; none where the header is missing or means any (`*`)."""
    return frozenset(_TAG.findall(if_none_match or ""))


def answer(body: bytes, tag: str) -> Response:
    """The body, as JSON, under its tag."""
    return Response(body, media_type="application/json", headers={"ETag": f'W/"{tag}"', **_KEPT})


def not_modified(tag: str) -> Response:
    """The caller has it."""
    return Response(status_code=304, headers={"ETag": f'W/"{tag}"', **_KEPT})


def tagged(responses: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these, and what an entity tag adds."""
    tag = {"ETag": {"description": "Send it as `If-None-Match` with the next request.", "schema": {"type": "string"}}}
    return {**responses, 200: {"headers": tag}, 304: {"description": "Nothing has changed.", "headers": tag}}
