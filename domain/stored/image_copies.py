"""An image that an operation copies to another registry before it changes a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class ImageCopy:
    """`source` and `target` are references with their tags, `digest` is that of both.

    `blobs` and `bytes` are what the target lacked as the plan was made; None where that could not be counted in time.
    """

    source: str
    target: str
    digest: str
    blobs: int | None = None
    bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "target": self.target,
            "digest": self.digest,
            "blobs": self.blobs,
            "bytes": self.bytes,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` for what `to_json` did not write."""
        return cls(
            source=stored["source"],
            target=stored["target"],
            digest=stored["digest"],
            blobs=stored["blobs"],
            bytes=stored["bytes"],
        )
