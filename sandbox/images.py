"""The behaviour of an image on a practice cluster, which its reference alone decides.

Nothing is ever pulled: a tag that contains `broken` crashes after it starts, `missing` is in no registry, `slow`
takes its time to become ready, and everything else just runs. The digest of a reference is the SHA-256 of its
name and tag (so that two clusters agree and a test can compute it) unless the reference names one.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*|[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)+"
)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Behaviour(StrEnum):
    """What becomes of a container that is to run an image."""

    RUNS = "runs"
    SLOW = "slow"
    CRASHES = "crashes"
    CANNOT_BE_PULLED = "cannot-be-pulled"
    INVALID_NAME = "invalid-name"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image reference taken apart; `tag` and `digest` are empty where the reference has none."""

    reference: str
    repository: str
    tag: str
    digest: str

    @property
    def image_id(self) -> str:
        """What a node reports in `imageID`: the repository and the digest that runs. Without a tag it is `latest`."""
        tagged = f"{self.repository}:{self.tag or 'latest'}"
        digest = self.digest or "sha256:" + hashlib.sha256(tagged.encode()).hexdigest()
        return f"{self.repository}@{digest}"

    @property
    def behaviour(self) -> Behaviour:
        if not self._is_well_formed():
            return Behaviour.INVALID_NAME
        if "missing" in self.tag:
            return Behaviour.CANNOT_BE_PULLED
        if "broken" in self.tag:
            return Behaviour.CRASHES
        return Behaviour.SLOW if "slow" in self.tag else Behaviour.RUNS

    def _is_well_formed(self) -> bool:
        return bool(
            _REPOSITORY.fullmatch(self.repository)
            and (not self.tag or _TAG.fullmatch(self.tag))
            and (not self.digest or _DIGEST.fullmatch(self.digest))
        )


def parse_image(reference: str) -> Image:
    """Take `registry:5000/shop/web:1.4.0@sha256:…` apart. Never fails: a malformed name is a behaviour."""
    name, _, digest = reference.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return Image(reference=reference, repository=head + slash + last, tag=tag, digest=digest)
