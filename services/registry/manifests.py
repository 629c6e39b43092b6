"""What lies under a tag: an index of several platforms, one image, or something else. Pure; bytes in, values out.

Digests are checked against the bytes, so it does not matter who handed them over.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.registry.budget import MAX_CONFIG_BYTES
from services.registry.errors import NotAnImageError, RegistryMalformedError, Subject
from services.registry.names import is_digest

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPT = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"

# Tuples, not sets: what is looked for in them comes from outside, and may be a list.
_INDEXES = (OCI_INDEX, DOCKER_LIST)
_MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
_IMAGE_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_LAYERS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
_HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CREATED = "org.opencontainers.image.created"
_FAVOURITE = "linux/amd64"  # whose build time stands for all
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.IGNORECASE)
_PLATFORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_PLATFORMS = 100
_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Index:
    """Of several platforms; `child` is the digest of the image whose build time stands for all."""

    media_type: str
    platforms: tuple[str, ...]
    child: str
    annotated: datetime | None


@dataclass(frozen=True, kw_only=True)
class Image:
    """Of one platform, which only its `config` blob names; `annotated` is what the manifest says of the build time."""

    media_type: str
    config: str
    annotated: datetime | None


def digest_of(body: bytes, *, like: str | None = None) -> str:
    """In the algorithm that the digest `like` is in."""
    algorithm = like.partition(":")[0] if like else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def read_manifest(body: bytes, *, content_type: str, subject: Subject) -> Index | Image:
    """Raises `NotAnImageError`, `RegistryMalformedError`."""
    document = _object(body, "manifest", subject)
    media_type = document.get("mediaType") or content_type
    if document.get("schemaVersion") == 1:
        raise NotAnImageError(subject, "it is in the format of before 2016 (schema 1). Push it anew.")
    if "manifests" in document and ("config" in document or "layers" in document):
        raise RegistryMalformedError(subject, "the manifest poses as an index and as an image at once.")
    if "manifests" in document:
        return _index(document, media_type if media_type in _INDEXES else OCI_INDEX, subject)
    if "config" in document:
        return _image(document, media_type if media_type in _MANIFESTS else OCI_MANIFEST, subject)
    raise NotAnImageError(subject, "neither an index nor an image lies there, but another kind of artefact.")


def read_config(body: bytes, *, subject: Subject) -> tuple[str | None, datetime | None]:
    """Platform and build time, from the config blob of an image."""
    document = _object(body, "config blob", subject)
    return _platform(document), _moment(document.get("created"))


def _index(document: dict[str, Any], media_type: str, subject: Subject) -> Index:
    children = [child for child in _list(document.get("manifests")) if _runs(child)]
    if not children:
        raise NotAnImageError(subject, "the index lists no image.")
    named = [(platform, child) for child in children if (platform := _platform(child.get("platform")))]
    favourite = next((child for platform, child in named if platform == _FAVOURITE), children[0])
    return Index(
        media_type=media_type,
        platforms=tuple(dict.fromkeys(platform for platform, _ in named))[:_MOST_PLATFORMS],
        child=favourite["digest"],
        annotated=_annotated(document),
    )


def _image(document: dict[str, Any], media_type: str, subject: Subject) -> Image:
    config = document["config"] if isinstance(document["config"], dict) else {}
    kind, size = config.get("mediaType"), config.get("size")
    if kind == _HELM_CONFIG:
        raise NotAnImageError(subject, "it is a Helm chart, which no container can run.")
    if kind not in _IMAGE_CONFIGS:
        shown = kind if isinstance(kind, str) and _MEDIA_TYPE.fullmatch(kind) else "of no known kind"
        raise NotAnImageError(subject, f"it is an artefact ({shown}), which no container can run.")
    layers = [layer.get("mediaType") for layer in _list(document.get("layers"))]
    if layers and not any(isinstance(layer, str) and layer.startswith(_LAYERS) for layer in layers):
        raise NotAnImageError(subject, "it has no layer of an image: a signature, or another artefact.")
    if not is_digest(config.get("digest")):
        raise RegistryMalformedError(subject, "the manifest names no config blob.")
    if isinstance(size, int) and size > MAX_CONFIG_BYTES:
        raise RegistryMalformedError(subject, "the manifest names a config blob that is larger than any image's.")
    return Image(media_type=media_type, config=config["digest"], annotated=_annotated(document))


def _runs(child: dict[str, Any]) -> bool:
    """Whether it is an image, rather than what says how one was built (which bears `unknown/unknown`)."""
    if not is_digest(child.get("digest")) or child.get("artifactType"):
        return False
    if child.get("mediaType") not in _MANIFESTS:
        return False
    annotations, platform = child.get("annotations"), child.get("platform")
    if isinstance(annotations, dict) and annotations.get("vnd.docker.reference.type"):
        return False
    return not (isinstance(platform, dict) and platform.get("os") == "unknown")


def _platform(of: object) -> str | None:
    """`linux/arm64/v8`, as containerd writes it."""
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
    """None where it says nothing: reproducible builds write the beginning of time."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= _EPOCH else None


def _object(body: bytes, what: str, subject: Subject) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RegistryMalformedError(subject, f"the {what} is no JSON object. Is this the address of a registry?")
    return document


def _list(value: object) -> Sequence[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
