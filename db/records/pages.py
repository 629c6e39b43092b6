"""What lists return."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list. `next` is the `after` of the next page, and None on the last one."""

    items: tuple[T, ...]
    next: str | None
