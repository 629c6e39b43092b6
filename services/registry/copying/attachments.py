"""Finds what is attached to an image (signatures, attestations, SBOMs), and lists it where the image is copied to.

Attached either by the referrers of the distribution specification (by itself, or under its fallback tag), or by the
tags of cosign. What the target has of its own under such a tag stays: its environment may sign for itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from services.concurrency import gather_or_cancel
from services.registry.copying.manifest_parts import Manifest, attached_index, read_attached
from services.registry.copying.patience import patiently
from services.registry.copying.repository import Repository
from services.registry.manifests import OCI_INDEX

_OF_COSIGN = (".sig", ".att", ".sbom")

Descriptors = Sequence[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Attachments:
    """`referrers` are descriptors by the digest of what they are attached to, `tags` digests by tags of cosign.

    Tags that the target has already are left out.
    """

    referrers: Mapping[str, Descriptors] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def digests(self) -> tuple[str, ...]:
        """Of all manifests that are attached, each once."""
        listed = (str(each["digest"]) for found in self.referrers.values() for each in found)
        return tuple(dict.fromkeys((*listed, *self.tags.values())))

    def with_more(self, more: "Attachments") -> "Attachments":
        """Both; they are attached to other manifests."""
        return Attachments(referrers={**self.referrers, **more.referrers}, tags={**self.tags, **more.tags})

    def among(self, there: Iterable[str]) -> "Attachments":
        """Those of which the source has the manifest: a list may name some that were deleted."""
        known = frozenset(there)
        kept = {digest: [each for each in found if each["digest"] in known] for digest, found in self.referrers.items()}
        return Attachments(
            referrers={digest: found for digest, found in kept.items() if found},
            tags={tag: digest for tag, digest in self.tags.items() if digest in known},
        )


async def attachments_of(source: Repository, target: Repository, digests: Sequence[str]) -> Attachments:
    """What is attached to the manifests with these digests. Reads only. Raises `RegistryError`s."""
    first = await patiently(lambda: source.attached(digests[0]))
    kept_by_source = first is not None
    found = await gather_or_cancel(_referrers(source, digest, listed=kept_by_source) for digest in digests)
    tags = [_tag_of(digest) + suffix for digest in digests for suffix in _OF_COSIGN]
    tagged = await gather_or_cancel(_new_under(tag, source, target) for tag in tags)
    return Attachments(
        referrers={digest: each for digest, each in zip(digests, found, strict=True) if each},
        tags={tag: digest for tag, digest in zip(tags, tagged, strict=True) if digest is not None},
    )


async def list_attachments(target: Repository, found: Attachments, manifests: Mapping[str, Manifest]) -> None:
    """Have the target find what was copied to it: by its tag, or in the list that it does not keep by itself."""
    for digest, descriptors in found.referrers.items():
        await _list_referrers(target, digest, descriptors)
    for tag, digest in found.tags.items():
        copied = manifests[digest]
        await patiently(partial(target.put_manifest, tag, body=copied.body, media_type=copied.media_type))


async def _referrers(source: Repository, digest: str, *, listed: bool) -> Descriptors:
    found = await patiently(lambda: source.attached(digest)) if listed else None
    return found if found is not None else await _under_fallback_tag(source, digest)


async def _list_referrers(target: Repository, digest: str, descriptors: Descriptors) -> None:
    if await patiently(lambda: target.attached(digest)) is not None:
        return
    there = await _under_fallback_tag(target, digest)
    known = {each["digest"] for each in there}
    added = [each for each in descriptors if each["digest"] not in known]
    if added:
        body = attached_index([*there, *added])
        await patiently(lambda: target.put_manifest(_tag_of(digest), body=body, media_type=OCI_INDEX))


async def _under_fallback_tag(repository: Repository, digest: str) -> Descriptors:
    found = await patiently(lambda: repository.manifest(_tag_of(digest)))
    return read_attached(found.body, subject=repository.subject(_tag_of(digest))) if found is not None else ()


async def _new_under(tag: str, source: Repository, target: Repository) -> str | None:
    """The digest that the source has under a tag which the target does not have."""
    digest = await patiently(lambda: source.digest_of(tag))
    if digest is None or await patiently(lambda: target.digest_of(tag)) is not None:
        return None
    return digest


def _tag_of(digest: str) -> str:
    """The tag under which others find what is attached: `sha256-…`."""
    return digest.replace(":", "-", 1)
