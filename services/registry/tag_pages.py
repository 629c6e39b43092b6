"""What a page of a repository's tags means, and where the next page is. Pure."""

import re
from collections.abc import Iterable

from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.tag_stream import TagPage

# RFC 8288: `<target>; rel="next"`, several in one header or in several. Some registries leave the brackets out.
_LINK = re.compile(
    r"""\s*(?:<([^>]*)>|([^\s;,<>"]+))((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s";,]*))?)*)\s*(?:,|$)"""
)
_REL = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s";,]*))""", re.IGNORECASE)
_LONGEST = 8192
_ROUND = 50


def require_tags(page: TagPage, subject: Subject) -> None:
    """Raises `RegistryMalformedError` for an answer that is no page of tags; one that is full need not be whole."""
    if page.full or (page.whole and page.is_list):
        return
    if page.whole and "errors" in page.members:
        # Taken for an empty repository, it would make news of all tags at the next look.
        raise RegistryMalformedError(subject, "the registry answered 200 with an error in place of the list of tags.")
    if page.whole and (page.is_null or ("name" in page.members and not page.has_tags)):
        return
    raise RegistryMalformedError(
        subject, "the list of tags is not a list. Check that this is the address of a registry."
    )


def unlinked_page(page: TagPage, *, current: URL) -> URL | None:
    """Where the tags after a page are that seems to be full and names no next one; None where it seems to be the last.

    A registry that has more tags has to link to them, and some do not (a proxy may drop the header). The next page is
    asked for as the distribution specification has it: with `last`, the last tag of this one. A page is full if it has
    as many entries as were asked for; registries with a smaller limit of their own have round ones.
    """
    asked = current.query.get("n", "")
    full = page.entries >= int(asked) if asked.isdecimal() else False
    if page.last is None or not (full or (page.entries and page.entries % _ROUND == 0)):
        return None
    return current.update_query(last=page.last)


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
