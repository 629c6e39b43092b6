"""What a rule looks like by which a copy refuses an object, or asks for consent. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.tools.table import matches


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

    def concerns(self, kind: str) -> bool:
        """Whether the rule is about objects of this kind, as `kind_name` writes it."""
        return not self.kinds or any(kind == each or _in_group(each, kind) for each in self.kinds)

    def holds_for_its_kind(self, manifest: Manifest) -> bool:
        """Whether it applies to this object, of a kind that it `concerns`: who asks all rules chooses them by kind."""
        return (
            (not self.names or any(matches(pattern, manifest.name) for pattern in self.names))
            and (
                not self.secret_types or any(matches(t, str(manifest.body.get("type", ""))) for t in self.secret_types)
            )
            and (not self.labels or any(_labelled(manifest, name, value) for name, value in self.labels.items()))
            and (not self.annotations or any(matches(p, a) for p in self.annotations for a in manifest.annotations))
            and (not self.owners or any(kind in self.owners for kind in _owner_kinds(manifest)))
            and (self.when is None or self.when(manifest))
        )


def _in_group(pattern: str, kind: str) -> bool:
    return pattern.startswith("*.") and kind.partition(".")[2] == pattern[2:]


def _owner_kinds(manifest: Manifest) -> list[Any]:
    return [o.get("kind") for o in manifest.metadata.get("ownerReferences") or () if isinstance(o, dict)]


def _labelled(manifest: Manifest, name: str, value: str) -> bool:
    return any(matches(name, label) and value in {"*", given} for label, given in manifest.labels.items())
