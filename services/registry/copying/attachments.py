"""Finds and copies what is attached to an image: signatures, attestations, SBOMs.

Attached either by the referrers of the distribution specification (by itself, or under its fallback tag), or by the
tags of cosign. What the target has of its own under such a tag stays: its environment may sign for itself.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from services.registry.copying.manifest_parts import Manifest, attached_index, read_attached
from services.registry.copying.patience import patiently
from services.registry.copying.repository import Repository
from services.registry.manifests import OCI_INDEX

_OF_COSIGN = (".sig", ".att", ".sbom")

CopyManifest = Callable[[str], Awaitable[Manifest]]  # by its digest, with all that it names


async def copy_attachments(
    source: Repository, target: Repository, digests: Sequence[str], *, copy: CopyManifest
) -> None:
    """Copy what is attached to the manifests with these digests. Raises `RegistryError`s."""
    kept_by_source = True
    for digest in digests:
        descriptors = await patiently(partial(source.attached, digest)) if kept_by_source else None
        kept_by_source = descriptors is not None
        if descriptors is None:
            descriptors = await _under_fallback_tag(source, digest)
        await _copy_referrers(target, digest, descriptors, copy=copy)
        for suffix in _OF_COSIGN:
            await _copy_tag(source, target, _tag_of(digest) + suffix, copy=copy)


async def _copy_referrers(
    target: Repository, digest: str, descriptors: list[dict[str, object]], *, copy: CopyManifest
) -> None:
    for descriptor in descriptors:
        await copy(str(descriptor["digest"]))
    if not descriptors or await patiently(lambda: target.attached(digest)) is not None:
        return
    there = await _under_fallback_tag(target, digest)
    known = {each["digest"] for each in there}
    added = [each for each in descriptors if each["digest"] not in known]
    if added:
        body = attached_index([*there, *added])
        await patiently(lambda: target.put_manifest(_tag_of(digest), body=body, media_type=OCI_INDEX))


async def _under_fallback_tag(repository: Repository, digest: str) -> list[dict[str, object]]:
    found = await patiently(lambda: repository.manifest(_tag_of(digest)))
    return read_attached(found.body, subject=repository.subject(_tag_of(digest))) if found is not None else []


async def _copy_tag(source: Repository, target: Repository, tag: str, *, copy: CopyManifest) -> None:
    digest = await patiently(lambda: source.digest_of(tag))
    if digest is None or await patiently(lambda: target.digest_of(tag)) is not None:
        return
    manifest = await copy(digest)
    await patiently(lambda: target.put_manifest(tag, body=manifest.body, media_type=manifest.media_type))


def _tag_of(digest: str) -> str:
    """The tag under which others find what is attached: `sha256-…`."""
    return digest.replace(":", "-", 1)
