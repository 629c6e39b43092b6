"""Copies an image to another repository: all its platforms, and what is attached to it (signatures, SBOMs, …).

What the target has is not sent again, so a copy that was broken off goes on where it was. A manifest is written after
all that it names, the tag at the very end: what the target has under a name is whole.
"""

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.concurrency import gather_or_cancel
from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.caller import RegistryCaller
from services.registry.copying.attachments import copy_attachments
from services.registry.copying.blobs import copy_blob
from services.registry.copying.manifest_parts import Blob, Manifest
from services.registry.copying.patience import patiently
from services.registry.copying.repository import Repository
from services.registry.credentials import RegistryAccess, check_digest, check_tag
from services.registry.errors import RegistryMalformedError, RepositoryUnknownError

_BLOBS_AT_ONCE = 3  # of one image
_ALL_BLOBS_AT_ONCE = 8  # of all images together; each holds one part in memory
_DEEPEST = 4  # indexes inside of indexes
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
    """How much of what the target lacked has come, in blobs and bytes. Grows as attachments are found."""

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
        """What the target lacks of the image, attachments aside. Reads only. Raises `RegistryError`s."""
        copy = self._copy(source, target)
        if await copy.target.digest_of(target.digest) is not None:
            return CopyProgress()
        manifests = await copy.tree(await copy.require(source.digest))
        lacking = await copy.lacking(_blobs_of(manifests))
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
        root = await self.require(digest)
        manifests = await self.tree(root)
        await self.manifests(manifests)
        await copy_attachments(self.source, self.target, [each.digest for each in manifests], copy=self.manifest)

    async def tag(self, digest: str, tag: str) -> None:
        """Give the copy its tag."""
        if await patiently(lambda: self.target.digest_of(tag)) == digest:
            return
        manifest = await self.require(digest)
        await self._put(tag, manifest)

    async def manifest(self, digest: str) -> Manifest:
        """Another manifest, with all that it names: an attachment."""
        manifest = await self.require(digest)
        await self.manifests(await self.tree(manifest))
        return manifest

    async def manifests(self, manifests: Sequence[Manifest]) -> None:
        """Manifests in the order of `tree`, with their blobs; what is there already is left alone."""
        there = await gather_or_cancel(self._there(each.digest) for each in manifests)
        lacking = [each for each, found in zip(manifests, there, strict=True) if not found]
        await self._copy_blobs(await self.lacking(_blobs_of(lacking)))
        for each in lacking:
            await self._put(each.digest, each)

    async def require(self, digest: str) -> Manifest:
        """A manifest of the source. Raises `RepositoryUnknownError` where it is not there."""
        found = await patiently(lambda: self.source.manifest(digest))
        if found is None:
            raise RepositoryUnknownError(
                self.source.subject(digest), "the registry does not have this image. Push it again, with this digest."
            )
        return found

    async def tree(self, root: Manifest) -> list[Manifest]:
        """All manifests that an index names, and those inside of them: children before what names them."""
        found: dict[str, Manifest] = {}

        async def visit(manifest: Manifest, depth: int) -> None:
            if depth > _DEEPEST or len(found) > _MOST_MANIFESTS:
                raise RegistryMalformedError(self.source.subject(root.digest), "it is nested too deep, or too large.")
            for child in manifest.children:
                if child not in found:
                    await visit(await self.require(child), depth + 1)
            found[manifest.digest] = manifest

        await visit(root, 0)
        return list(found.values())

    async def lacking(self, blobs: Iterable[Blob]) -> list[Blob]:
        """The blobs that the target does not have."""
        asked = list({each.digest: each for each in blobs}.values())
        there = await gather_or_cancel(patiently(partial(self.target.has_blob, each.digest)) for each in asked)
        return [blob for blob, found in zip(asked, there, strict=True) if not found]

    async def _there(self, digest: str) -> bool:
        return await patiently(lambda: self.target.digest_of(digest)) is not None

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


def _blobs_of(manifests: Iterable[Manifest]) -> list[Blob]:
    return [blob for manifest in manifests for blob in manifest.blobs]
