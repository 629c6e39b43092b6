"""Reads manifests, indexes and config blobs of registries. Pure: bytes in, values out.

https://github.com/opencontainers/image-spec and Docker's schema 2.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.registry.budget import MAX_CONFIG_BYTES
from services.registry.errors import NotAnImageError, RegistryMalformedError, Subject
from services.registry.json_answers import read_answer
from services.registry.names import is_digest

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPT = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"

# Tuples, not sets: the value that is tested comes from outside, and may be an unhashable list.
_INDEXES = (OCI_INDEX, DOCKER_LIST)
_MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
_IMAGE_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_LAYERS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
_DOCKER_LAYERS = "application/vnd.docker.image.rootfs."
# What Docker wrote in 2016 (distribution/distribution#1622); containerd runs such images
# (core/remotes/docker/converter.go, LegacyConfigMediaType).
_LEGACY_CONFIG = "application/octet-stream"
_HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CREATED = "org.opencontainers.image.created"
_PREFERRED = "linux/amd64"  # its build time counts for all platforms
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.IGNORECASE)
_PLATFORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_PLATFORMS = 100
_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index of several platforms; `child` is the digest of the image whose build time counts for all.

    Where it lists no image but other indexes, as image-spec allows (image-index.md), `child` is the first of these.
    """

    media_type: str
    platforms: tuple[str, ...]
    child: str
    annotated: datetime | None


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image of one platform, which only its `config` blob names; `annotated` is the manifest's build time."""

    media_type: str
    config: str
    annotated: datetime | None


def digest_of(body: bytes, *, like: str | None = None) -> str:
    """The digest of the bytes, in the algorithm of the digest `like` (default: sha256)."""
    algorithm = like.partition(":")[0] if like else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def read_manifest(body: bytes, *, content_type: str, subject: Subject) -> Index | Image:
    """The index or image in a manifest. Raises `NotAnImageError`, `RegistryMalformedError`."""
    document = _object(body, "manifest", subject)
    media_type = document.get("mediaType") or content_type
    if document.get("schemaVersion") == 1:
        raise NotAnImageError(subject, "it is in the deprecated schema 1. Push the image again with a current tool.")
    if "manifests" in document and ("config" in document or "layers" in document):
        raise RegistryMalformedError(subject, "the manifest is both an index and an image.")
    if "manifests" in document:
        return _index(document, media_type if media_type in _INDEXES else OCI_INDEX, subject)
    if "config" in document:
        return _image(document, media_type if media_type in _MANIFESTS else OCI_MANIFEST, subject)
    if not any(name in document for name in ("schemaVersion", "mediaType", "artifactType")):
        # Some answer 200 with an error, or with the page of a proxy: that says nothing about the tag.
        raise RegistryMalformedError(subject, "the registry answered 200 with something that is no manifest.")
    raise NotAnImageError(subject, "it is neither an index nor an image, but another artefact.")


def read_config(body: bytes, *, subject: Subject) -> tuple[str | None, datetime | None]:
    """Platform (`linux/arm64/v8`) and build time (UTC) in the config blob of an image; None where absent."""
    document = _object(body, "config blob", subject)
    return _platform(document), _moment(document.get("created"))


def _index(document: dict[str, Any], media_type: str, subject: Subject) -> Index:
    listed = [child for child in _list(document.get("manifests")) if _runs(child)]
    children = [child for child in listed if child["mediaType"] in _MANIFESTS] or listed
    if not children:
        raise NotAnImageError(subject, "the index lists no image.")
    named = [(platform, child) for child in children if (platform := _platform(child.get("platform")))]
    preferred = next((child for platform, child in named if platform == _PREFERRED), children[0])
    return Index(
        media_type=media_type,
        platforms=tuple(dict.fromkeys(platform for platform, _ in named))[:_MAX_PLATFORMS],
        child=preferred["digest"],
        annotated=_annotated(document),
    )


def _image(document: dict[str, Any], media_type: str, subject: Subject) -> Image:
    config = document["config"] if isinstance(document["config"], dict) else {}
    kind, size = config.get("mediaType"), config.get("size")
    if kind == _HELM_CONFIG:
        raise NotAnImageError(subject, "it is a Helm chart, not a container image.")
    layers = [layer.get("mediaType") for layer in _list(document.get("layers"))]
    if kind not in _IMAGE_CONFIGS and not (kind == _LEGACY_CONFIG and _all_of_docker(layers)):
        shown = kind if isinstance(kind, str) and _MEDIA_TYPE.fullmatch(kind) else "of unknown type"
        raise NotAnImageError(subject, f"it is an artefact ({shown}), not a container image.")
    if layers and not any(isinstance(layer, str) and layer.startswith(_LAYERS) for layer in layers):
        raise NotAnImageError(subject, "it has no image layer: it is a signature or another artefact.")
    if not is_digest(config.get("digest")):
        raise RegistryMalformedError(subject, "the manifest names no config blob.")
    if isinstance(size, int) and size > MAX_CONFIG_BYTES:
        raise RegistryMalformedError(
            subject, f"the manifest names a config blob larger than {MAX_CONFIG_BYTES // 1024} KiB."
        )
    return Image(media_type=media_type, config=config["digest"], annotated=_annotated(document))


def _all_of_docker(layers: Sequence[object]) -> bool:
    return bool(layers) and all(isinstance(layer, str) and layer.startswith(_DOCKER_LAYERS) for layer in layers)


def _runs(child: dict[str, Any]) -> bool:
    """Whether it is an image or an index, and not a BuildKit attestation (whose platform is `unknown/unknown`)."""
    if not is_digest(child.get("digest")) or child.get("artifactType"):
        return False
    if child.get("mediaType") not in (*_MANIFESTS, *_INDEXES):
        return False
    annotations, platform = child.get("annotations"), child.get("platform")
    if isinstance(annotations, dict) and annotations.get("vnd.docker.reference.type"):
        return False
    return not (isinstance(platform, dict) and platform.get("os") == "unknown")


def _platform(of: object) -> str | None:
    """The platform as containerd writes it: `linux/arm64/v8`."""
    if not isinstance(of, dict):
        return None
    parts = [of.get("os"), of.get("architecture"), *([of["variant"]] if of.get("variant") else [])]
    if all(isinstance(part, str) and _PLATFORM.fullmatch(part) for part in parts):
        return "/".join(map(str, parts))
    return None


def _annotated(document: dict[str, Any]) -> datetime | None:
    annotations = document.get("annotations")
    return _moment(annotations.get(_CREATED)) if isinstance(annotations, dict) else None


def _moment(text: object) -> datetime | None:
    """The time in UTC; None where it is invalid, or 1970, which reproducible builds write."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= _EPOCH else None


def _object(body: bytes, what: str, subject: Subject) -> dict[str, Any]:
    document = read_answer(body)
    if not isinstance(document, dict):
        raise RegistryMalformedError(
            subject, f"the {what} is not a JSON object. Check that this is the address of a registry."
        )
    return document


def _list(value: object) -> Sequence[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
