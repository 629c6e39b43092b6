"""Divergences: what runs in an app environment differs from its last release (drift), or its clusters differ (skew).

Pure values, each with one spelling in JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from domain.images import ContainerKey, Image, container_key
from domain.resources import ResourceId


class DivergenceKind(StrEnum):
    """What differs from what."""

    IMAGE_DRIFT = "image-drift"  # the template has another image than the last release
    DIGEST_DRIFT = "digest-drift"  # the template has the release's image, and pods run other content under that name
    SKEW = "skew"  # clusters of the environment run different images
    KEY_DRIFT = "key-drift"  # a key of a ConfigMap or Secret is not as Stagecoach wrote it
    FIELD_DRIFT = "field-drift"  # another field of an object is not as Stagecoach wrote it

    @property
    def is_of_fields(self) -> bool:
        """Whether it is about fields of an object, and not about a container's image."""
        return self in {DivergenceKind.KEY_DRIFT, DivergenceKind.FIELD_DRIFT}

    @property
    def is_drift(self) -> bool:
        return self is not DivergenceKind.SKEW


DivergenceKey = tuple[DivergenceKind, ContainerKey]


@dataclass(frozen=True, kw_only=True)
class FoundImage:
    """What a container has on one cluster; `expected` is the last release's, None where there is none.

    Of skew, only clusters that the last release was not brought to have one.
    `manager` is the field manager that wrote the image last, and `written_at` when; both None where Stagecoach wrote
    it, where that is unknown, and where pods differ from their template.
    """

    cluster: str
    image: Image
    expected: Image | None = None
    manager: str | None = None
    written_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "cluster": self.cluster,
            "image": self.image.to_json(),
            "expected": self.expected.to_json() if self.expected else None,
            "manager": self.manager,
            "written_at": self.written_at.isoformat() if self.written_at else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        expected, written_at = stored.get("expected"), stored.get("written_at")
        return cls(
            cluster=stored["cluster"],
            image=Image.from_json(stored["image"]),
            expected=Image.from_json(expected) if expected else None,
            manager=stored.get("manager"),
            written_at=datetime.fromisoformat(written_at) if written_at else None,
        )


@dataclass(frozen=True, kw_only=True)
class FoundField:
    """A field that is not as Stagecoach wrote it: changed or, where `removed`, not there. Its value is never kept.

    `path` is written as in comparisons (`spec.replicas`, `data[tls.crt]`), and empty where the object is gone.
    `manager` is the field manager that wrote it last, and `written_at` when; both None where Stagecoach did, and where
    it is unknown.
    """

    path: str
    removed: bool = False
    manager: str | None = None
    written_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "removed": self.removed,
            "manager": self.manager,
            "written_at": self.written_at.isoformat() if self.written_at else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        written_at = stored.get("written_at")
        return cls(
            path=stored["path"],
            removed=stored["removed"],
            manager=stored.get("manager"),
            written_at=datetime.fromisoformat(written_at) if written_at else None,
        )


@dataclass(frozen=True, kw_only=True)
class FoundFields:
    """The fields of one object that differ on one cluster."""

    cluster: str
    fields: tuple[FoundField, ...]

    def to_json(self) -> dict[str, Any]:
        return {"cluster": self.cluster, "fields": [each.to_json() for each in self.fields]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(cluster=stored["cluster"], fields=tuple(map(FoundField.from_json, stored["fields"])))


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """One container that differs: for drift on the clusters in `found`, for skew between them.

    Drift of keys and fields is about an object: `workload` names it, `container` is empty, and `fields` say what
    differs on which clusters. `release` is the number of the release with which it was compared; 0 without one.
    """

    kind: DivergenceKind
    workload: ResourceId
    container: str
    init: bool
    found: tuple[FoundImage, ...] = ()
    fields: tuple[FoundFields, ...] = ()
    release: int = 0

    @property
    def key(self) -> DivergenceKey:
        return (self.kind, container_key(self.workload, self.container))


@dataclass(frozen=True, kw_only=True)
class OpenDivergence:
    """A divergence that lasted: there `since`, and told from `opened_at` on."""

    id: str
    divergence: Divergence
    since: datetime
    opened_at: datetime
