"""What a rule looks like by which a copy refuses an object, or asks for consent. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.objects.identity import kind_name
from services.planning.tools.table import matches


class Shape(NamedTuple):
    """What many objects have in common, so that the rules about them are found once: the kind, and names on them."""

    kind: str  # as `kind_name` writes it
    labels: frozenset[str]
    annotations: frozenset[str]

    @classmethod
    def of(cls, manifest: Manifest) -> "Shape":
        return cls(kind_name(manifest.kind), frozenset(manifest.labels), frozenset(manifest.annotations))


@dataclass(frozen=True, kw_only=True)
class RefusalRule:
    """All conditions that are set have to hold; of several names, types, labels or annotations, one is enough.

    `tool` creates such objects, and `source` says where that can be read.
    """

    id: str
    reason: str
    tool: str
    source: str
    kinds: tuple[str, ...] = ()  # `Secret`, `Deployment.apps`; `*.velero.io` for every kind of a group
    names: tuple[str, ...] = ()
    secret_types: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # name → value, `*` for any
    annotations: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()  # kinds of owner references
    when: Callable[[Manifest], bool] | None = None
    condition: str = ""  # what `when` asks, in words
    consent: Consent | None = None
    measure: Callable[[Manifest], int] | None = None  # of a rule on sizes: the bytes that the reason names

    def concerns(self, shape: Shape) -> bool:
        """Whether the rule may hold for objects of this shape."""
        return (
            (not self.kinds or any(shape.kind == each or _in_group(each, shape.kind) for each in self.kinds))
            and (not self.labels or any(matches(p, label) for p in self.labels for label in shape.labels))
            and (not self.annotations or any(matches(p, a) for p in self.annotations for a in shape.annotations))
        )

    def holds(self, manifest: Manifest) -> bool:
        """Whether it applies to this object, whose shape it `concerns`: who asks all rules chooses them by that."""
        return (
            (not self.names or any(matches(pattern, manifest.name) for pattern in self.names))
            and (
                not self.secret_types or any(matches(t, str(manifest.body.get("type", ""))) for t in self.secret_types)
            )
            and (not self.labels or any(_labelled(manifest, name, value) for name, value in self.labels.items()))
            and (not self.owners or any(kind in self.owners for kind in _owner_kinds(manifest)))
            and (self.when is None or self.when(manifest))
        )


def _in_group(pattern: str, kind: str) -> bool:
    return pattern.startswith("*.") and kind.partition(".")[2] == pattern[2:]


def _owner_kinds(manifest: Manifest) -> list[Any]:
    return [o.get("kind") for o in manifest.metadata.get("ownerReferences") or () if isinstance(o, dict)]


def _labelled(manifest: Manifest, name: str, value: str) -> bool:
    return any(matches(name, label) and value in {"*", given} for label, given in manifest.labels.items())
