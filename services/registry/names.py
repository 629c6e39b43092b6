"""Names of hosts, repositories, tags and digests, each folded to one spelling: the one place for their rules here.

Registries, people and reports spell the same image in several ways. What is compared and stored is the spelling that
clusters' images are folded to as well (`docker.io/library/nginx`), so that a report finds what runs.
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
# What cosign names signatures, attestations and SBOMs, and the tag that stands in for the referrers API.
_ARTEFACT_TAG = re.compile(r"sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?")
_LONGEST_NAME = 255


def is_host(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _HOST.fullmatch(text) is not None


def names_registry(text: object) -> TypeGuard[str]:
    """Whether images' names can begin with this host: by Docker's rule, any other is a path on Docker Hub."""
    return is_host(text) and ("." in text or ":" in text or text == "localhost")


def is_repository(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _REPOSITORY.fullmatch(text) is not None


def is_tag(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and _TAG.fullmatch(text) is not None


def is_digest(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def is_artefact_tag(tag: str) -> bool:
    """Whether a tag names what belongs to an image (a signature, an SBOM, …) rather than one."""
    return _ARTEFACT_TAG.fullmatch(tag) is not None


def looks_like_digest(tag: str) -> bool:
    """Whether a reporter put a digest where a tag belongs, as some do for what was pushed without one."""
    return tag.startswith(("sha256:", "sha512:"))


def fold_host(host: str) -> str:
    """Lower-case, its port kept; Docker Hub's several names are one."""
    folded = host.lower()
    return DOCKER_HUB if folded in _DOCKER_HUB_NAMES else folded


def fold_repository(host: str, repository: str) -> str:
    """As the registry at `host` (folded) knows it: lower-case, and `library/` before Docker Hub's single names."""
    folded = repository.lower()
    return f"library/{folded}" if host == DOCKER_HUB and "/" not in folded else folded


def split_host(name: str) -> tuple[str, str]:
    """Host and the rest of a name that begins with a host, as `registry.example:5000/shop/web`."""
    host, _, rest = name.partition("/")
    return host, rest


def split_image(name: str) -> tuple[str, str]:
    """Host and path of an image's name as people write it: without a host it is Docker Hub's, by Docker's own rule."""
    first, slash, rest = name.partition("/")
    return (first, rest) if slash and names_registry(first) else (DOCKER_HUB, name)


def split_tag(name: str) -> tuple[str, str | None]:
    """A name, and its tag: what follows the last colon after the last slash (one before it belongs to a port)."""
    head, slash, last = name.partition("@")[0].rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{head}{slash}{last}", tag if colon else None
