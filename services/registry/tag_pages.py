"""A page of a repository's tags, and where the next one is. Pure."""

import json
import re

from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.names import is_tag

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b', re.IGNORECASE)


def read_tags(body: bytes, subject: Subject) -> list[str]:
    """What could not be a tag is left out."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        page = None
    tags = page.get("tags") if isinstance(page, dict) else False
    if tags is None:
        return []
    if not isinstance(tags, list):
        raise RegistryMalformedError(subject, "the list of tags is none. Is this the address of a registry?")
    return [tag for tag in tags if is_tag(tag)]


def next_page(link: str | None, *, current: URL, subject: Subject) -> URL | None:
    """By the header `Link`. Only its query counts: a registry behind a proxy writes a host that is not ours to ask."""
    found = _NEXT.search(link or "")
    if not found:
        return None
    try:
        following = current.with_query(current.join(URL(found[1])).query)
    except ValueError:
        following = current
    if following == current:
        raise RegistryMalformedError(subject, "the list of tags leads to itself.")
    return following
