"""A cluster that is brought level with the others of its environment: which one, and the images that it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.images import ContainerImage


@dataclass(frozen=True, kw_only=True)
class StoredLevel:
    """`images` are those of the last release, as they are written: a later try brings the same ones."""

    cluster: str
    images: tuple[ContainerImage, ...]

    def to_json(self) -> dict[str, Any]:
        return {"cluster": self.cluster, "images": [each.to_json() for each in self.images]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(cluster=stored["cluster"], images=tuple(map(ContainerImage.from_json, stored["images"])))
