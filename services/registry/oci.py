"""Reads from registries which digest a tag has now, and which tags a repository has. Raises `RegistryError`s only.

Uses the OCI distribution API (https://github.com/opencontainers/distribution-spec). Stores nothing; caches in memory
tokens, and the descriptions of digests, which never change.
"""

import random
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from yarl import URL

from services.net.addresses import AddressPolicy
from services.registry.budget import (
    MAX_CONFIG_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_TAG_PAGE_BYTES,
    Budget,
    RegistryLimits,
)
from services.registry.caller import RegistryCaller
from services.registry.copying.images import ImageCopier
from services.registry.credentials import Anonymous, RegistryAccess, check_digest, check_tag
from services.registry.errors import (
    CredentialNotAskedError,
    RegistryMalformedError,
    RepositoryUnknownError,
    Subject,
    TooManyTagsError,
)
from services.registry.manifests import ACCEPT, Image, Index, digest_of, read_config, read_manifest
from services.registry.names import is_digest
from services.registry.tag_pages import next_page, require_tags, unlinked_page
from services.registry.tag_stream import TagPage
from services.registry.transport import Answer, RegistryRequest

_MAX_CACHED = 4096
_MAX_REFUSAL_BYTES = 64 * 1024
_PAGES = (1000, 100)  # sizes of pages to ask for, then none
_REFUSALS_OF_SIZE = frozenset({400, 405, 413, 414, 416, 422})
_ANYTHING = "*/*"
_MOST_BARREN = 20  # pages in a row without a new tag: some registries list deleted tags as empty pages
_DEEPEST = 3  # indexes inside of indexes that are followed


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The image of a tag now; `digest` is the index's, where there is one. `built_at` is UTC, None if unknown."""

    digest: str
    media_type: str
    platforms: tuple[str, ...]
    built_at: datetime | None


class RegistryClients:
    """Requests to all registries, each throttled by itself, and copies between them. An async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine.
    """

    def __init__(
        self,
        *,
        addresses: AddressPolicy,
        limits: RegistryLimits | None = None,
        trust: ssl.SSLContext | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._limits = limits or RegistryLimits()
        chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._caller = RegistryCaller(addresses=addresses, limits=self._limits, trust=trust, chance=chance)
        self.copier = ImageCopier(addresses=addresses, trust=trust)
        self._cached: OrderedDict[tuple[URL, str], Resolved] = OrderedDict()

    async def __aenter__(self) -> Self:
        await self._caller.open()
        await self.copier.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._caller.close()
        await self.copier.close()

    async def probe(self, access: RegistryAccess, *, deadline_seconds: float = 10.0) -> bool:
        """Check by `GET /v2/` that it is a registry and accepts the credential.

        False where it did not ask for the credential, so that nothing is known of it.
        Raises `RegistryMalformedError` if the host answers but is no registry, and other `RegistryError`s.
        """
        subject = Subject(host=access.host)
        request = RegistryRequest(subject=subject, url=access.origin / "v2/", limit=_MAX_REFUSAL_BYTES)
        answer = await self._caller.send(access, request, Budget.of(deadline_seconds))
        if answer.status != 200:
            raise RegistryMalformedError(subject, f"it answered {answer.status} to GET /v2/: it is not a registry.")
        if answer.media_type == "text/html":  # the console of a registry, a login page or a portal, for every path
            raise RegistryMalformedError(subject, "it answered a web page to GET /v2/: it is not a registry.")
        return answer.shown

    async def resolve(
        self, access: RegistryAccess, repository: str, tag: str, *, deadline_seconds: float = 30.0
    ) -> Resolved | None:
        """The image of a tag, or None where the registry has no such tag or repository. Raises `RegistryError`s.

        Among them `CredentialNotAskedError` where that is said to a stranger, although a credential is stored.
        """
        check_tag(access, repository, tag)
        subject = Subject(host=access.host, repository=repository, tag=tag)
        repository_url = access.repository_url(repository)
        budget = Budget.of(deadline_seconds)
        digest = await self._digest_of_tag(access, subject, repository_url / "manifests" / tag, budget)
        if digest and (known := self._cached.get((repository_url, digest))):
            self._cached.move_to_end((repository_url, digest))
            return known
        found = await self._manifest(access, subject, repository_url, tag if digest is None else digest, budget)
        if found is None and digest is not None:
            found = await self._manifest(access, subject, repository_url, tag, budget)  # the tag was moved meanwhile
        if found is None:
            return None
        resolved = await self._describe(access, subject, repository_url, digest=found[0], found=found[1], budget=budget)
        self._cache((repository_url, resolved.digest), resolved)
        return resolved

    async def image(
        self, access: RegistryAccess, repository: str, digest: str, *, deadline_seconds: float = 30.0
    ) -> Resolved | None:
        """The image of a digest, or None where the repository does not have it. Raises `RegistryError`s.

        Among them `CredentialNotAskedError` as in `resolve`, and `RepositoryUnknownError` where a registry that asks
        for credentials says it to a stranger, from whom it may hide what strangers may not see.
        """
        check_digest(access, repository, digest)
        subject = Subject(host=access.host, repository=repository, tag=digest)
        repository_url = access.repository_url(repository)
        budget = Budget.of(deadline_seconds)
        url = repository_url / "manifests" / digest
        request = RegistryRequest(subject=subject, url=url, method="HEAD", accept=ACCEPT, limit=0, of_tag=True)
        answer = await self._caller.send(access, request, budget)
        known = self._cached.get((repository_url, digest))
        if answer.status == 200 and known is not None:
            self._cached.move_to_end((repository_url, digest))
            return known
        found = await self._manifest(access, subject, repository_url, digest, budget)
        if found is None:
            _raise_if_hidden(access, answer, subject)
            return None
        resolved = await self._describe(access, subject, repository_url, digest=found[0], found=found[1], budget=budget)
        self._cache((repository_url, digest), resolved)
        return resolved

    async def tags(self, access: RegistryAccess, repository: str, *, deadline_seconds: float = 60.0) -> tuple[str, ...]:
        """All tags in the registry's order.

        Raises `RepositoryUnknownError`, `TooManyTagsError` beyond the limits, and other `RegistryError`s.
        """
        subject = Subject(host=access.host, repository=repository)
        budget = Budget.of(deadline_seconds)
        url: URL | None = access.repository_url(repository) / "tags" / "list"
        tags: dict[str, None] = {}
        asked: set[URL] = set()
        barren = 0
        for _ in range(self._limits.tag_pages):
            if url is None or len(tags) > self._limits.tags:
                break
            answer, url = await self._page(access, subject, url, budget, first=not asked)
            if url in asked:  # as where a redirect loses the query
                raise RegistryMalformedError(subject, "the pages of the list of tags link to themselves.")
            asked.add(url)
            page = answer.read
            assert isinstance(page, TagPage)
            require_tags(page, subject)
            before = len(tags)
            tags |= dict.fromkeys(page.tags)
            barren = 0 if len(tags) > before else barren + 1
            if barren == _MOST_BARREN:
                raise RegistryMalformedError(subject, "page after page of the list of tags names no further tag.")
            current, url = url, next_page(answer.headers.getall("Link", []), current=url, subject=subject)
            if url is None and not barren:  # a registry that does not know `last` answers with what is known
                url = unlinked_page(page, current=current)
                url = None if url in asked else url
        if url is not None or len(tags) > self._limits.tags:
            raise TooManyTagsError(
                subject,
                f"there are more tags than Stagecoach reads ({self._limits.tags}). Delete old tags, or let the "
                "registry report pushes to a receiver instead of polling.",
            )
        return tuple(tags)

    async def _page(
        self, access: RegistryAccess, subject: Subject, url: URL, budget: Budget, *, first: bool
    ) -> tuple[Answer, URL]:
        """A page of tags, and the URL that it was had by: registries refuse a size of page that they do not offer."""
        sizes = [{"n": str(size)} for size in _PAGES] if first else []
        for query in (*sizes, dict(url.query)):
            of_size = url.with_query(query)
            request = RegistryRequest(
                subject=subject, url=of_size, limit=MAX_TAG_PAGE_BYTES, reader=lambda _: TagPage(most=self._limits.tags)
            )
            answer = await self._caller.send(access, request, budget)
            if not (query in sizes and answer.status in _REFUSALS_OF_SIZE):
                break
        if _is_unknown(answer, subject):
            unknown = "the registry has no such repository. Check its name."
            raise _absent(access, answer, subject) or RepositoryUnknownError(subject, unknown)
        return _ok(answer, subject), of_size

    async def _digest_of_tag(self, access: RegistryAccess, subject: Subject, url: URL, budget: Budget) -> str | None:
        """The digest by a HEAD request, which Docker Hub counts as no pull; None where the manifest is needed."""
        request = RegistryRequest(subject=subject, url=url, method="HEAD", accept=ACCEPT, limit=0, of_tag=True)
        answer = await self._caller.send(access, request, budget)
        digest = answer.headers.get("Docker-Content-Digest")
        return digest if answer.status == 200 and is_digest(digest) else None

    async def _manifest(
        self, access: RegistryAccess, subject: Subject, repository_url: URL, reference: str, budget: Budget
    ) -> tuple[str, Index | Image] | None:
        """The digest and the manifest of a tag or digest; None where it does not exist."""
        request = RegistryRequest(
            subject=subject,
            url=repository_url / "manifests" / reference,
            accept=ACCEPT,
            limit=MAX_MANIFEST_BYTES,
            of_tag=True,
        )
        answer = await self._caller.send(access, request, budget)
        if _is_unknown(answer, subject):
            hidden = None if is_digest(reference) else _absent(access, answer, subject)
            if hidden is not None:
                raise hidden
            return None
        body = _ok(answer, subject).body
        claimed = reference if is_digest(reference) else answer.headers.get("Docker-Content-Digest")
        digest = digest_of(body, like=claimed if is_digest(claimed) else None)
        if claimed is not None and claimed != digest:
            raise RegistryMalformedError(subject, "the bytes of the manifest do not match its digest.")
        return digest, read_manifest(body, content_type=answer.media_type, subject=subject)

    async def _describe(
        self,
        access: RegistryAccess,
        subject: Subject,
        repository_url: URL,
        *,
        digest: str,
        found: Index | Image,
        budget: Budget,
    ) -> Resolved:
        """The manifest's digest with platform and build time, which only the config blob of an image has."""
        image = found
        platforms: tuple[str, ...] = ()
        for _ in range(_DEEPEST):
            if not isinstance(image, Index):
                break
            platforms = platforms or image.platforms
            child = await self._manifest(access, subject, repository_url, image.child, budget)
            if child is None:  # a mirror may hold only the platforms that were pulled through it
                return Resolved(
                    digest=digest, media_type=found.media_type, platforms=platforms, built_at=found.annotated
                )
            image = child[1]
        if isinstance(image, Index):
            raise RegistryMalformedError(subject, f"its indexes are nested deeper than {_DEEPEST} levels.")
        request = RegistryRequest(
            subject=subject,
            url=repository_url / "blobs" / image.config,
            accept=_ANYTHING,
            limit=MAX_CONFIG_BYTES,
            of_tag=True,
        )
        answer = await self._caller.send(access, request, budget)
        if _is_unknown(answer, subject) or digest_of(_ok(answer, subject).body, like=image.config) != image.config:
            raise RegistryMalformedError(
                subject, "the config blob of the image is missing, or does not match its digest."
            )
        platform, created = read_config(answer.body, subject=subject)
        return Resolved(
            digest=digest,
            media_type=found.media_type,
            platforms=platforms or ((platform,) if platform else ()),
            built_at=created or image.annotated or found.annotated,
        )

    def _cache(self, key: tuple[URL, str], resolved: Resolved) -> None:
        self._cached[key] = resolved
        while len(self._cached) > _MAX_CACHED:
            self._cached.popitem(last=False)


def _is_unknown(answer: Answer, subject: Subject) -> bool:
    """A 404 of a registry. Raises for that of another web server: a wrong address must not look like a missing tag."""
    if answer.status != 404:
        return False
    if answer.own and answer.body and not answer.body.lstrip().startswith(b"{"):
        raise RegistryMalformedError(subject, "the server at this address is not a registry. Check its host and port.")
    return True


def _absent(access: RegistryAccess, answer: Answer, subject: Subject) -> CredentialNotAskedError | None:
    """The error of a 404 to a request without the credential that is stored; None where that was shown, or is none."""
    if answer.shown or isinstance(access.credential, Anonymous):
        return None
    return CredentialNotAskedError(
        subject,
        "the registry says that it does not exist, and did not ask for the credential, which was not shown to it "
        "therefore. It may hide from strangers what they may not see: let it ask (401) for what is not public, as "
        "container runtimes need it too. Check the name as well.",
    )


def _raise_if_hidden(access: RegistryAccess, answer: Answer, subject: Subject) -> None:
    """Raises where a 404 may hide what is there, because no credential was shown that could see it."""
    hidden = _absent(access, answer, subject)
    if hidden is not None:
        raise hidden
    if answer.asked and not answer.shown:
        raise RepositoryUnknownError(
            subject,
            "the registry says to those who show no credential that it does not exist. Store a credential for it.",
        )


def _ok(answer: Answer, subject: Subject) -> Answer:
    if answer.status == 200:
        return answer
    server = "the registry" if answer.own else "the server that the registry redirects to"
    raise RegistryMalformedError(subject, f"{server} answered {answer.status}.")
