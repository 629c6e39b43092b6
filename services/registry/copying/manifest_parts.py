"""What a manifest is made of: other manifests, and blobs. Pure: bytes in, values out.

Any manifest is read, not only an image's: signatures, attestations and SBOMs are copied with the image.
https://github.com/opencontainers/image-spec/blob/main/descriptor.md
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.json_answers import read_answer
from services.registry.manifests import OCI_INDEX, OCI_MANIFEST
from services.registry.names import is_digest

MOST_CHILDREN = 500  # of one index; attachments of one image
_MOST_BLOBS = 2000
# Layers that their owner allows nobody to hand on, or that lie elsewhere: nodes fetch them from the addresses within.
_LEFT_WHERE_THEY_ARE = ("foreign", "nondistributable")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A config or a layer: its digest and its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest as a registry sent it. `body` is what its digest is of, so it is copied unchanged."""

    digest: str
    media_type: str
    body: bytes
    children: tuple[str, ...] = ()
    blobs: tuple[Blob, ...] = ()
    subject: str | None = None  # what it is attached to


def read_parts(body: bytes, *, digest: str, content_type: str, subject: Subject) -> Manifest:
    """The manifest with what it is made of. Raises `RegistryMalformedError`."""
    document = read_answer(body)
    if not isinstance(document, dict):
        raise RegistryMalformedError(subject, "the manifest is not a JSON object.")
    children = document.get("manifests")
    named = document.get("mediaType") or content_type
    default = OCI_MANIFEST if children is None else OCI_INDEX
    return Manifest(
        digest=digest,
        media_type=named if isinstance(named, str) and "/" in named else default,
        body=body,
        children=tuple(each["digest"] for each in _descriptors(children, MOST_CHILDREN, subject)),
        blobs=tuple(_blobs(document, subject)),
        subject=_digest_in(document.get("subject")),
    )


def read_attached(body: bytes, *, subject: Subject) -> list[dict[str, Any]]:
    """The descriptors in an index of attachments, as they are. Raises `RegistryMalformedError`."""
    document = read_answer(body)
    if not isinstance(document, dict):
        raise RegistryMalformedError(subject, "the list of what is attached to the image is not a JSON object.")
    return _descriptors(document.get("manifests"), MOST_CHILDREN, subject)


def attached_index(descriptors: Iterable[dict[str, Any]]) -> bytes:
    """The index of attachments that is kept under a tag, for registries that keep none by themselves."""
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(descriptors)}).encode()


def _blobs(document: dict[str, Any], subject: Subject) -> Iterable[Blob]:
    config = document.get("config")
    layers = _descriptors(document.get("layers"), _MOST_BLOBS, subject)
    listed = [*_descriptors([config] if config is not None else [], 1, subject), *layers]
    seen: set[str] = set()
    for each in listed:
        kind, size = each.get("mediaType"), each.get("size")
        if isinstance(kind, str) and any(word in kind for word in _LEFT_WHERE_THEY_ARE):
            continue
        if not isinstance(size, int) or size < 0:
            raise RegistryMalformedError(subject, "the manifest names a blob without its size.")
        if each["digest"] not in seen:
            seen.add(each["digest"])
            yield Blob(digest=each["digest"], size=size)


def _descriptors(value: object, most: int, subject: Subject) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    if len(listed) > most:
        raise RegistryMalformedError(subject, f"it lists more than {most} parts, the most that are copied.")
    if not all(_digest_in(each) for each in listed):
        raise RegistryMalformedError(subject, "it names a part without a valid digest.")
    return listed


def _digest_in(descriptor: object) -> str | None:
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    return digest if is_digest(digest) else None
