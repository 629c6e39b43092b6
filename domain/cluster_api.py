"""Values of the Kubernetes API: served kinds, rights, JSON patches, failures.

The planners decide with these; the gateway (services.kube) reads and writes them. Imports resources only.
"""

from dataclasses import dataclass, field
from typing import Any

from domain.resources import Kind

FIELD_MANAGER = "stagecoach"
"""The manager under which every write is made (https://kubernetes.io/docs/reference/using-api/server-side-apply/)."""


@dataclass(frozen=True, kw_only=True)
class ServedKind:
    """A kind that a cluster serves: its plural (`deployments`), whether it is namespaced, and the verbs it allows."""

    kind: Kind
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    short_names: tuple[str, ...] = ()
    preferred: bool = True  # the version of its group that the server prefers


@dataclass(frozen=True)
class ServedKinds:
    """All kinds that a cluster serves, each in every version."""

    kinds: tuple[ServedKind, ...]
    _by_kind: dict[Kind, ServedKind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_kind", {served.kind: served for served in self.kinds})

    def find(self, kind: Kind) -> ServedKind | None:
        """The kind in exactly this group and version, or None."""
        return self._by_kind.get(kind)

    def versions_of(self, group_kind: tuple[str, str]) -> tuple[ServedKind, ...]:
        """All versions of a kind, given as (group, kind name); the preferred one first."""
        versions = [served for served in self.kinds if (served.kind.group, served.kind.name) == group_kind]
        return tuple(sorted(versions, key=lambda served: not served.preferred))


@dataclass(frozen=True, kw_only=True, order=True)
class Right:
    """A verb on a resource (`apps`/`deployments`), in a namespace or, where that is None, in the whole cluster."""

    verb: str
    group: str
    resource: str
    namespace: str | None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class JsonPatchOperation:
    """One operation of a JSON patch (RFC 6902)."""

    op: str
    path: str
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        """As a patch has it: what removes has no value."""
        body: dict[str, Any] = {"op": self.op, "path": self.path}
        return body if self.op == "remove" else body | {"value": self.value}


@dataclass(frozen=True, kw_only=True)
class ClusterFailure:
    """Why a cluster could not be read or written: the error's stable code, and its text for people."""

    code: str
    detail: str
