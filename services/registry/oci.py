"""What registries say when asked: which digest a tag means now, and which tags a repository has.

Speaks the distribution specification. Nothing is stored; what is remembered in memory is tokens, and what a digest
means, which never changes. Raises `RegistryError` alone.
"""

import random
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from yarl import URL

from services.net.addresses import AddressPolicy
from services.registry.asking import Asking
from services.registry.budget import (
    MAX_CONFIG_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_TAG_PAGE_BYTES,
    Budget,
    RegistryLimits,
)
from services.registry.credentials import RegistryAccess, check_tag
from services.registry.errors import (
    RegistryMalformedError,
    Subject,
    TooManyTagsError,
)
from services.registry.manifests import ACCEPT, Image, Index, digest_of, read_config, read_manifest
from services.registry.names import is_digest
from services.registry.tag_pages import next_page, read_tags
from services.registry.transport import Answer, Ask

_MOST_REMEMBERED = 4096
_MAX_REFUSAL_BYTES = 64 * 1024
_PAGE = 1000
_ANYTHING = "*/*"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What a tag means now: of several platforms, `digest` is the index's. `built_at` is None where nobody says."""

    digest: str
    media_type: str
    platforms: tuple[str, ...]
    built_at: datetime | None


class RegistryClients:
    """All registries, each with turns of its own. Use it as an async context manager.

    `trust`: whose certificates are believed, where not those that the machine believes.
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
        self._asking = Asking(addresses=addresses, limits=self._limits, trust=trust, chance=chance)
        self._remembered: OrderedDict[tuple[URL, str], Resolved] = OrderedDict()

    async def __aenter__(self) -> Self:
        await self._asking.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._asking.close()

    async def probe(self, access: RegistryAccess, *, deadline_seconds: float = 10.0) -> None:
        """Whether it is a registry, and takes the credential as far as that can be told without a repository."""
        subject = Subject(host=access.host)
        ask = Ask(subject=subject, url=access.origin / "v2/", limit=_MAX_REFUSAL_BYTES)
        answer = await self._asking.ask(access, ask, Budget.of(deadline_seconds))
        if answer.status != 200:
            raise RegistryMalformedError(subject, f"it answers with {answer.status} where a registry says that it is.")

    async def resolve(
        self, access: RegistryAccess, repository: str, tag: str, *, deadline_seconds: float = 30.0
    ) -> Resolved | None:
        """None where the registry knows no such tag."""
        check_tag(access, repository, tag)
        subject = Subject(host=access.host, repository=repository, tag=tag)
        here = access.repository_url(repository)
        budget = Budget.of(deadline_seconds)
        digest = await self._named(access, subject, here / "manifests" / tag, budget)
        if digest and (known := self._remembered.get((here, digest))):
            self._remembered.move_to_end((here, digest))
            return known
        found = await self._manifest(access, subject, here, tag if digest is None else digest, budget)
        if found is None and digest is not None:
            found = await self._manifest(access, subject, here, tag, budget)  # it went to another image meanwhile
        if found is None:
            return None
        resolved = await self._described(access, subject, here, digest=found[0], found=found[1], budget=budget)
        self._remember((here, resolved.digest), resolved)
        return resolved

    async def tags(self, access: RegistryAccess, repository: str, *, deadline_seconds: float = 60.0) -> tuple[str, ...]:
        """In the registry's order; none where there is no such repository. All of them, or `TooManyTagsError`."""
        subject = Subject(host=access.host, repository=repository)
        budget = Budget.of(deadline_seconds)
        url: URL | None = (access.repository_url(repository) / "tags" / "list").with_query(n=_PAGE)
        tags: dict[str, None] = {}
        for _ in range(self._limits.tag_pages):
            if url is None:
                break
            answer = await self._asking.ask(access, Ask(subject=subject, url=url, limit=MAX_TAG_PAGE_BYTES), budget)
            if _is_unknown(answer, subject):
                return tuple(tags)
            tags |= dict.fromkeys(read_tags(_ok(answer, subject).body, subject))
            url = next_page(answer.headers.get("Link"), current=url, subject=subject)
        if url is not None or len(tags) > self._limits.tags:
            raise TooManyTagsError(
                subject,
                f"there are more tags than are looked through ({self._limits.tags}). Have old ones deleted, or have "
                "the registry report pushes instead of looking for them.",
            )
        return tuple(tags)

    async def _named(self, access: RegistryAccess, subject: Subject, url: URL, budget: Budget) -> str | None:
        """The digest alone, by a request that registries do not count; None where only the manifest can tell."""
        ask = Ask(subject=subject, url=url, method="HEAD", accept=ACCEPT, limit=0, follow=True)
        answer = await self._asking.ask(access, ask, budget)
        digest = answer.headers.get("Docker-Content-Digest")
        return digest if answer.status == 200 and is_digest(digest) else None

    async def _manifest(
        self, access: RegistryAccess, subject: Subject, here: URL, reference: str, budget: Budget
    ) -> tuple[str, Index | Image] | None:
        """What lies there, and its digest."""
        ask = Ask(
            subject=subject, url=here / "manifests" / reference, accept=ACCEPT, limit=MAX_MANIFEST_BYTES, follow=True
        )
        answer = await self._asking.ask(access, ask, budget)
        if _is_unknown(answer, subject):
            return None
        body = _ok(answer, subject).body
        claimed = reference if is_digest(reference) else answer.headers.get("Docker-Content-Digest")
        digest = digest_of(body, like=claimed if is_digest(claimed) else None)
        if claimed is not None and claimed != digest:
            raise RegistryMalformedError(subject, "the manifest is not the one that its digest names.")
        return digest, read_manifest(body, content_type=answer.media_type, subject=subject)

    async def _described(
        self,
        access: RegistryAccess,
        subject: Subject,
        here: URL,
        *,
        digest: str,
        found: Index | Image,
        budget: Budget,
    ) -> Resolved:
        """With what only the config blob of an image tells."""
        image = found
        platforms: tuple[str, ...] = ()
        if isinstance(found, Index):
            platforms = found.platforms
            child = await self._manifest(access, subject, here, found.child, budget)
            if child is None:  # a mirror may hold the platforms alone that it is asked for
                return Resolved(
                    digest=digest, media_type=found.media_type, platforms=platforms, built_at=found.annotated
                )
            image = child[1]
        if isinstance(image, Index):
            raise RegistryMalformedError(subject, "the index lists an index as an image.")
        ask = Ask(
            subject=subject,
            url=here / "blobs" / image.config,
            accept=_ANYTHING,
            limit=MAX_CONFIG_BYTES,
            follow=True,
        )
        answer = await self._asking.ask(access, ask, budget)
        if _is_unknown(answer, subject) or digest_of(_ok(answer, subject).body, like=image.config) != image.config:
            raise RegistryMalformedError(
                subject, "the image's config blob is missing, or is not what its digest names."
            )
        platform, created = read_config(answer.body, subject=subject)
        return Resolved(
            digest=digest,
            media_type=found.media_type,
            platforms=platforms or ((platform,) if platform else ()),
            built_at=created or image.annotated or found.annotated,
        )

    def _remember(self, key: tuple[URL, str], resolved: Resolved) -> None:
        self._remembered[key] = resolved
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _is_unknown(answer: Answer, subject: Subject) -> bool:
    """404 as a registry says it; another web server's would make a wrong address look like a missing tag."""
    if answer.status != 404:
        return False
    if answer.own and answer.body and not answer.body.lstrip().startswith(b"{"):
        raise RegistryMalformedError(subject, "what answers there is no registry. Check its host and port.")
    return True


def _ok(answer: Answer, subject: Subject) -> Answer:
    if answer.status == 200:
        return answer
    where = "the registry" if answer.own else "the storage that the registry leads to"
    raise RegistryMalformedError(subject, f"{where} answers with {answer.status}.")
