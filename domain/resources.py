"""Kinds, resources and manifests, for all layers.

Pure. A `Manifest` is the only place in Stagecoach where a Kubernetes object is a `dict[str, Any]`; its `repr` names the
object and never shows its content, because a Secret's content is its value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any


@dataclass(frozen=True, kw_only=True, order=True)
class Kind:
    """A group, version and kind, as in `apps/v1 Deployment`; the core group is the empty string."""

    group: str
    version: str
    name: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    @lru_cache(maxsize=1024)  # few kinds, asked for with every object
    def of(cls, api_version: str, kind: str) -> "Kind":
        group, _, version = api_version.rpartition("/")
        return cls(group=group, version=version, name=kind)

    def __str__(self) -> str:
        return f"{self.api_version}/{self.name}"


@dataclass(frozen=True, kw_only=True, order=True)
class ResourceId:
    """An object's kind and name. The namespace is the app environment's, so it is not part of the identity."""

    kind: Kind
    name: str

    @classmethod
    def of(cls, api_version: str, kind: str, name: str) -> "ResourceId":
        return cls(kind=Kind.of(api_version, kind), name=name)

    def to_json(self) -> dict[str, str]:
        """The one spelling in JSON: in rows, and in the contract."""
        return {"api_version": self.kind.api_version, "kind": self.kind.name, "name": self.name}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ResourceId":
        """Of a document with at least these three members; raises `KeyError`."""
        return cls.of(stored["api_version"], stored["kind"], stored["name"])

    @classmethod
    def parse(cls, text: str) -> "ResourceId":
        """Of what `str()` gives, as `apps/v1/Deployment/web`; raises `ValueError`."""
        api_version, kind, name = text.rsplit("/", 2)
        return cls.of(api_version, kind, name)

    @property
    def group_kind(self) -> tuple[str, str]:
        """Group and kind name: what stays the same when clusters serve different versions."""
        return (self.kind.group, self.kind.name)

    @property
    def label(self) -> str:
        """How a person calls it: `Deployment web`."""
        return f"{self.kind.name} {self.name}"

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, repr=False)
class Manifest:
    """A Kubernetes object as raw JSON. Treat `body` as read-only; `edited()` gives a copy to change."""

    body: dict[str, Any]

    @cached_property  # asked for at every turn
    def kind(self) -> Kind:
        return Kind.of(str(self.body.get("apiVersion", "")), str(self.body.get("kind", "")))

    @cached_property  # what is known of an object is kept by it
    def id(self) -> ResourceId:
        return ResourceId(kind=self.kind, name=self.name)

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.body.get("metadata") or {}

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str | None:
        return self.metadata.get("namespace")

    @property
    def labels(self) -> Mapping[str, str]:
        return self.metadata.get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        return self.metadata.get("annotations") or {}

    @property
    def uid(self) -> str | None:
        return self.metadata.get("uid")

    @property
    def resource_version(self) -> str | None:
        return self.metadata.get("resourceVersion")

    @property
    def generation(self) -> int | None:
        return self.metadata.get("generation")

    @property
    def spec(self) -> Mapping[str, Any]:
        return _mapping(self.body.get("spec"))

    @property
    def status(self) -> Mapping[str, Any]:
        return _mapping(self.body.get("status"))

    def edited(self) -> dict[str, Any]:
        """A deep copy of the body that may be changed."""
        copied: dict[str, Any] = _copied(self.body)
        return copied

    def __repr__(self) -> str:
        return f"Manifest({self.id})"


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value; empty where it is none, as a custom resource may have a text for its spec."""
    return value if isinstance(value, dict) else {}


def _copied(node: Any) -> Any:
    """A copy of plain JSON: `copy.deepcopy` takes several times as long, because it has to expect anything."""
    if isinstance(node, dict):
        return {key: _copied(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_copied(item) for item in node]
    return node
