"""Copies an image to another repository: all its platforms, and what is attached to it (signatures, SBOMs, …).

What the target has is not sent again, so a copy that was broken off goes on where it was. A manifest is written after
all that it names, the tag at the very end: what the target has under a name is whole.
"""

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.concurrency import gather_or_cancel
from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.caller import RegistryCaller
from services.registry.copying.attachments import Attachments, attachments_of, list_attachments
from services.registry.copying.blobs import copy_blob
from services.registry.copying.manifest_parts import Blob, Manifest
from services.registry.copying.patience import patiently
from services.registry.copying.repository import Repository
from services.registry.credentials import RegistryAccess, check_digest, check_tag
from services.registry.errors import RegistryMalformedError, RepositoryUnknownError

_BLOBS_AT_ONCE = 3  # of one image
_ALL_BLOBS_AT_ONCE = 8  # of all images together; each holds one part in memory
_DEEPEST = 4  # indexes inside of indexes; attachments of attachments, as the signature of an SBOM
_MOST_MANIFESTS = 1000
# Larger than those for reading tags: here a request carries megabytes, and nobody waits in front of a screen. More
# requests at once than blobs, so that an upload that reads from the same registry never waits for itself.
_LIMITS = RegistryLimits(at_once=16, max_wait=30.0, answer=300.0)


@dataclass(frozen=True, kw_only=True)
class ImageAt:
    """An image in a registry. `tag` is given to the copy at the end, or None."""

    access: RegistryAccess
    repository: str
    digest: str
    tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class CopyProgress:
    """How much of what the target lacked has come, in blobs and bytes, with what is attached to the image."""

    blobs: int = 0
    blobs_done: int = 0
    bytes: int = 0
    bytes_done: int = 0


Tell = Callable[[CopyProgress], None]  # with each part that has come


class ImageCopier:
    """Copies between all registries. `open` it before use."""

    def __init__(
        self, *, addresses: AddressPolicy, limits: RegistryLimits = _LIMITS, trust: ssl.SSLContext | None = None
    ) -> None:
        chance = random.Random()  # noqa: S311  jitter, not cryptography
        self._caller = RegistryCaller(addresses=addresses, limits=limits, trust=trust, chance=chance)
        self._blobs = asyncio.Semaphore(_ALL_BLOBS_AT_ONCE)

    async def open(self) -> None:
        """Open its connections, on the event loop that will use it."""
        await self._caller.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._caller.close()

    async def lacking(self, source: ImageAt, target: ImageAt) -> CopyProgress:
        """What the target lacks of the image and of what is attached to it. Reads only. Raises `RegistryError`s."""
        copy = self._copy(source, target)
        whole = await copy.whole(source.digest)
        lacking = await copy.lacking_blobs(await copy.lacking(whole.manifests.values()))
        return CopyProgress(blobs=len(lacking), bytes=sum(each.size for each in lacking))

    async def require_push_right(self, target: ImageAt) -> None:
        """Begin an upload and cancel it. Raises `RegistryDeniedError`, `PushRefusedError` and other errors."""
        repository = self._repository(target)
        upload = await repository.begin_upload(Blob(digest=target.digest, size=0))
        if upload is not None:
            await repository.cancel(upload)

    async def copy(self, source: ImageAt, target: ImageAt, *, tell: Tell) -> CopyProgress:
        """Copy the image, and return what it took. Raises `RegistryError`s; what was copied by then stays."""
        copy = self._copy(source, target, tell=tell)
        await copy.image(source.digest)
        if target.tag is not None:
            await copy.tag(source.digest, target.tag)
        return copy.progress

    def _copy(self, source: ImageAt, target: ImageAt, *, tell: Tell | None = None) -> "_Copy":
        check_digest(source.access, source.repository, source.digest)
        if target.tag is not None:
            check_tag(target.access, target.repository, target.tag)
        return _Copy(self._repository(source), self._repository(target), among=self._blobs, tell=tell)

    def _repository(self, image: ImageAt) -> Repository:
        return Repository(caller=self._caller, access=image.access, name=image.repository)


@dataclass(frozen=True, kw_only=True)
class _Whole:
    """An image with what is attached to it: all manifests by their digests, each after those that it names."""

    manifests: Mapping[str, Manifest]
    attached: Attachments


class _Copy:
    """One copy under way."""

    def __init__(self, source: Repository, target: Repository, *, among: asyncio.Semaphore, tell: Tell | None) -> None:
        self.source = source
        self.target = target
        self.progress = CopyProgress()
        self._tell = tell
        self._among = among
        self._own = asyncio.Semaphore(_BLOBS_AT_ONCE)

    async def image(self, digest: str) -> None:
        """The image with its platforms, and what is attached to any of them."""
        whole = await self.whole(digest)
        lacking = await self.lacking(whole.manifests.values())
        await self._copy_blobs(await self.lacking_blobs(lacking))
        for each in lacking:
            await self._put(each.digest, each)
        await list_attachments(self.target, whole.attached, whole.manifests)

    async def whole(self, digest: str) -> _Whole:
        """What the source has of the image: looked up before anything is copied, so that it can be said how much."""
        manifests: dict[str, Manifest] = {}
        attached = Attachments()
        await self._visit(await self.require(digest), manifests)
        new = tuple(manifests)
        for _ in range(_DEEPEST):
            found = await attachments_of(self.source, self.target, new)
            known = frozenset(manifests)
            for each in await gather_or_cancel(self._manifest(each) for each in found.digests if each not in known):
                if each is not None:
                    await self._visit(each, manifests)
            attached = attached.with_more(found.among(manifests))
            new = tuple(each for each in manifests if each not in known)
            if not new:
                break
        return _Whole(manifests=manifests, attached=attached)

    async def tag(self, digest: str, tag: str) -> None:
        """Give the copy its tag."""
        if await patiently(lambda: self.target.digest_of(tag)) == digest:
            return
        manifest = await self.require(digest)
        await self._put(tag, manifest)

    async def require(self, digest: str) -> Manifest:
        """A manifest of the source. Raises `RepositoryUnknownError` where it is not there."""
        found = await self._manifest(digest)
        if found is None:
            raise RepositoryUnknownError(
                self.source.subject(digest), "the registry does not have this image. Push it again, with this digest."
            )
        return found

    async def lacking(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """The manifests that the target does not have."""
        asked = tuple(manifests)
        there = await gather_or_cancel(patiently(partial(self.target.digest_of, each.digest)) for each in asked)
        return [each for each, found in zip(asked, there, strict=True) if found is None]

    async def lacking_blobs(self, manifests: Iterable[Manifest]) -> list[Blob]:
        """The blobs of these manifests that the target does not have."""
        asked = list({blob.digest: blob for manifest in manifests for blob in manifest.blobs}.values())
        there = await gather_or_cancel(patiently(partial(self.target.has_blob, each.digest)) for each in asked)
        return [blob for blob, found in zip(asked, there, strict=True) if not found]

    async def _manifest(self, digest: str) -> Manifest | None:
        return await patiently(lambda: self.source.manifest(digest))

    async def _visit(self, manifest: Manifest, found: dict[str, Manifest], *, depth: int = 0) -> None:
        """Add the manifest after all that an index names, and those inside of them."""
        if depth > _DEEPEST or len(found) > _MOST_MANIFESTS:
            raise RegistryMalformedError(self.source.subject(manifest.digest), "it is nested too deep, or too large.")
        for child in manifest.children:
            if child not in found:
                await self._visit(await self.require(child), found, depth=depth + 1)
        found[manifest.digest] = manifest

    async def _copy_blobs(self, blobs: Sequence[Blob]) -> None:
        count, size = len(blobs), sum(each.size for each in blobs)
        self._add(CopyProgress(blobs=count, bytes=size))
        await gather_or_cancel(map(self._copy_blob, blobs))

    async def _copy_blob(self, blob: Blob) -> None:
        async with self._own, self._among:
            await copy_blob(
                self.source, self.target, blob, told=lambda count: self._add(CopyProgress(bytes_done=count))
            )
        self._add(CopyProgress(blobs_done=1))

    def _add(self, more: CopyProgress) -> None:
        now = self.progress
        self.progress = replace(
            now,
            blobs=now.blobs + more.blobs,
            blobs_done=now.blobs_done + more.blobs_done,
            bytes=now.bytes + more.bytes,
            bytes_done=now.bytes_done + more.bytes_done,
        )
        if self._tell is not None:
            self._tell(self.progress)

    async def _put(self, reference: str, manifest: Manifest) -> None:
        await patiently(lambda: self.target.put_manifest(reference, body=manifest.body, media_type=manifest.media_type))
