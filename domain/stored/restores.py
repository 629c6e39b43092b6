"""The ConfigMaps and Secrets that a rollback puts back, as rows keep it: identities and fingerprints, no content.

What is written is read from the release when it is written, and by these fingerprints it is what was planned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from domain.resources import ResourceId
from domain.words import Action


@dataclass(frozen=True, kw_only=True)
class StoredRestored:
    """One object on one cluster. `desired` and `live` are fingerprints; `live` is None where there is no object."""

    resource: ResourceId
    action: Action
    desired: str
    live: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            **self.resource.to_json(),
            "action": self.action.value,
            "desired": self.desired,
            "live": self.live,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            resource=ResourceId.from_json(stored),
            action=Action(stored["action"]),
            desired=stored["desired"],
            live=stored["live"],
        )


@dataclass(frozen=True, kw_only=True)
class StoredRestore:
    """What is put back from a release, by cluster name; `chosen` None means all that it holds.

    None for a cluster that did not answer: what it gets back is planned when it does.
    """

    release: int
    chosen: tuple[ResourceId, ...] | None
    clusters: Mapping[str, tuple[StoredRestored, ...] | None]

    def to_json(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "chosen": [each.to_json() for each in self.chosen] if self.chosen is not None else None,
            "clusters": {
                name: [each.to_json() for each in objects] if objects is not None else None
                for name, objects in self.clusters.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        chosen: Sequence[Mapping[str, Any]] | None = stored["chosen"]
        return cls(
            release=stored["release"],
            chosen=tuple(map(ResourceId.from_json, chosen)) if chosen is not None else None,
            clusters={
                name: tuple(map(StoredRestored.from_json, objects)) if objects is not None else None
                for name, objects in stored["clusters"].items()
            },
        )
