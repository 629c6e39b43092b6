"""Reads a page of a repository's tags, and the link to the next page. Pure."""

import json
import re

from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.names import is_tag

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b', re.IGNORECASE)


def read_tags(body: bytes, subject: Subject) -> list[str]:
    """The tags of a page, without invalid ones. Raises `RegistryMalformedError`."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        page = None
    tags = page.get("tags") if isinstance(page, dict) else False
    if tags is None:
        return []
    if not isinstance(tags, list):
        raise RegistryMalformedError(
            subject, "the list of tags is not a list. Check that this is the address of a registry."
        )
    return [tag for tag in tags if is_tag(tag)]


def next_page(link: str | None, *, current: URL, subject: Subject) -> URL | None:
    """The URL of the next page by the header `Link`, or None. Raises `RegistryMalformedError` for a loop.

    Only the query of the link is used: a registry behind a proxy may name an internal host.
    """
    found = _NEXT.search(link or "")
    if not found:
        return None
    try:
        following = current.with_query(current.join(URL(found[1])).query)
    except ValueError:
        following = current
    if following == current:
        raise RegistryMalformedError(subject, "the pages of the list of tags link to themselves.")
    return following
