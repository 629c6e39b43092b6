"""Pages of lists. A cursor is opaque to clients: it wraps the sort key of the last item."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query

from db.records.pages import Page as Found
from services.errors import InvalidRequestError

Item = TypeVar("Item")
_PREFIX = "1:"  # the version of the wrapping


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """One page of a list; `next_cursor` is None on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Paging:
    """The requested page: up to `limit` items after the one whose sort key is `after`."""

    after: str | None
    limit: int

    @property
    def after_number(self) -> str | None:
        """`after` of a list that is sorted by a number; raises `InvalidRequestError` for another list's cursor."""
        if self.after is not None and not (self.after.isascii() and self.after.isdecimal() and len(self.after) < 10):
            raise _foreign_cursor()
        return self.after


def answered(found: Found[Item]) -> Page[Item]:
    """A page of a listing, with its sort key wrapped."""
    return Page(items=found.items, next_cursor=wrap(found.next) if found.next is not None else None)


def wrap(key: str) -> str:
    return base64.urlsafe_b64encode((_PREFIX + key).encode()).decode().rstrip("=")


def unwrap(cursor: str) -> str:
    """The sort key inside a cursor; raises `InvalidRequestError` for text that is no cursor."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    if not text.startswith(_PREFIX) or "\x00" in text:
        raise _foreign_cursor()
    return text.removeprefix(_PREFIX)


def _foreign_cursor() -> InvalidRequestError:
    return InvalidRequestError(
        "The cursor does not belong to this list. Send the `next_cursor` of a page of the same list.",
        field="query.cursor",
    )


async def paging(
    cursor: Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="The most items in a page.")] = 50,
) -> Paging:
    return Paging(after=unwrap(cursor) if cursor is not None else None, limit=limit)


PagingDep = Annotated[Paging, Depends(paging)]
