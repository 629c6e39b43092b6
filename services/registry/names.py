"""Validates and normalises names of hosts, repositories, tags and digests. Pure.

Registries, people and reports spell the same image in several ways. The stored and compared spelling is the one to
which the images of clusters are normalised too (`docker.io/library/nginx`), so that a report matches what runs.
Grammar: https://github.com/distribution/reference/blob/main/reference.go
"""

import re
from typing import TypeGuard

DOCKER_HUB = "docker.io"

_DOCKER_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:.]+\])"
    r"(?::[0-9]{1,5})?"
)
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
# The fallback tag of the referrers API (distribution-spec, "Referrers Tag Schema"), and what cosign and its kin make of
# it: .sig, .att, .sbom, .src, …
_ARTEFACT_TAG = re.compile(r"sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.[A-Za-z0-9_.-]+)?")
# Artifactory keeps each platform's manifest in a folder of this name, and reports the folder as a tag.
_DIGEST_FOLDER = re.compile(r"sha(?:256__[0-9a-f]{64}|512__[0-9a-f]{128})")
_LONGEST_NAME = 255


def is_host(text: object) -> TypeGuard[str]:
    """Whether it is a valid host, with or without a port."""
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _HOST.fullmatch(text) is not None


def names_registry(text: object) -> TypeGuard[str]:
    """Whether an image name may begin with this host; by Docker's rule any other is a path on Docker Hub."""
    return is_host(text) and ("." in text or ":" in text or text == "localhost")


def is_repository(text: object) -> TypeGuard[str]:
    """Whether it is a valid repository, without a host: `team/app`."""
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _REPOSITORY.fullmatch(text) is not None


def is_tag(text: object) -> TypeGuard[str]:
    """Whether it is a valid tag."""
    return isinstance(text, str) and _TAG.fullmatch(text) is not None


def is_digest(text: object) -> TypeGuard[str]:
    """Whether it is a valid sha256 or sha512 digest."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def is_artefact_tag(tag: str) -> bool:
    """Whether a tag is that of a signature, an attestation, an SBOM or another addition to an image."""
    return _ARTEFACT_TAG.fullmatch(tag) is not None


def looks_like_digest(tag: str) -> bool:
    """Whether it is a digest, which some registries report in place of the tag of an untagged push."""
    return tag.startswith(("sha256:", "sha512:")) or _DIGEST_FOLDER.fullmatch(tag) is not None


def fold_host(host: str) -> str:
    """The host in lower case with its port; `docker.io` for each name of Docker Hub."""
    folded = host.lower()
    return DOCKER_HUB if folded in _DOCKER_HUB_NAMES else folded


def fold_repository(host: str, repository: str) -> str:
    """The repository in lower case, with `library/` before a single component on Docker Hub (`host`: normalised)."""
    folded = repository.lower()
    return f"library/{folded}" if host == DOCKER_HUB and "/" not in folded else folded


def split_host(name: str) -> tuple[str, str]:
    """The host and the rest of a name that begins with a host: `registry.example:5000/shop/web`."""
    host, _, rest = name.partition("/")
    return host, rest


def split_image(name: str) -> tuple[str, str]:
    """Host and path of an image name as people write it; without a host, Docker Hub's, as Docker does."""
    first, slash, rest = name.partition("/")
    return (first, rest) if slash and names_registry(first) else (DOCKER_HUB, name)


def split_tag(name: str) -> tuple[str, str | None]:
    """A name and its tag: the text after the last colon behind the last slash (a colon before that is a port's)."""
    head, slash, last = name.partition("@")[0].rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{head}{slash}{last}", tag if colon else None
