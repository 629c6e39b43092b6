"""Reads a page of a repository's tags, and the link to the next page. Pure."""

import re
from collections.abc import Iterable

from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.json_answers import read_answer
from services.registry.names import is_tag

# RFC 8288: `<target>; rel="next"`, several in one header or in several. Some registries leave the brackets out.
_LINK = re.compile(
    r"""\s*(?:<([^>]*)>|([^\s;,<>"]+))((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s";,]*))?)*)\s*(?:,|$)"""
)
_REL = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s";,]*))""", re.IGNORECASE)
_LONGEST = 8192


def read_tags(body: bytes, subject: Subject) -> list[str]:
    """The tags of a page, without invalid ones. Raises `RegistryMalformedError`."""
    page = read_answer(body)
    tags = page.get("tags") if isinstance(page, dict) else False
    if tags is None and "errors" in page:
        # Taken for an empty repository, it would make news of all tags at the next look.
        raise RegistryMalformedError(subject, "the registry answered 200 with an error in place of the list of tags.")
    if tags is None and ("tags" in page or "name" in page):
        return []
    if not isinstance(tags, list):
        raise RegistryMalformedError(
            subject, "the list of tags is not a list. Check that this is the address of a registry."
        )
    return [tag for tag in tags if is_tag(tag)]


def next_page(links: Iterable[str], *, current: URL, subject: Subject) -> URL | None:
    """The URL of the next page by the headers `Link`, or None. Raises `RegistryMalformedError`.

    Only the query of the link is used: a registry behind a proxy may name an internal host, and one that redirects
    another path.
    """
    target = next((found for header in links for found in _next_targets(header[:_LONGEST])), None)
    if target is None:
        return None
    try:
        query = current.join(URL(target)).query
    except ValueError:
        query = URL().query
    if not query:
        raise RegistryMalformedError(subject, "the link to the next page of the list of tags cannot be followed.")
    return current.with_query(query)


def _next_targets(header: str) -> Iterable[str]:
    for link in _LINK.finditer(header):
        rel = _REL.search(link[3])
        if rel is not None and "next" in (rel[1] or rel[2] or rel[3] or "").lower().split():
            yield link[1] if link[1] is not None else link[2]
