"""Rolling restarts: the request of a restart, and what of a plan is restarted. As rows keep them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.resources import ResourceId
from domain.stored.strategies import Strategy
from domain.stored.versions import check_version


@dataclass(frozen=True, kw_only=True)
class RestartRequest:
    """Replace the pods of workloads, one after another, and change nothing else.

    `workloads` None means all that can be restarted; `plan_digest` None: whatever is planned at the start.
    """

    VERSION: ClassVar[int] = 1

    workloads: tuple[ResourceId, ...] | None = None
    plan_digest: str | None = None
    strategy: Strategy | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "workloads": [each.to_json() for each in self.workloads] if self.workloads is not None else None,
            "plan_digest": self.plan_digest,
            "strategy": self.strategy.to_json() if self.strategy is not None else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="restart request", newest=cls.VERSION)
        workloads, strategy = stored["workloads"], stored["strategy"]
        return cls(
            workloads=tuple(map(ResourceId.from_json, workloads)) if workloads is not None else None,
            plan_digest=stored["plan_digest"],
            strategy=Strategy.from_json(strategy) if strategy is not None else None,
        )


@dataclass(frozen=True, kw_only=True)
class StoredRestarts:
    """The workloads that are restarted, by cluster name. What is written is the time of the operation, so a step that
    runs twice restarts once.

    None for a cluster that did not answer: there, those of `asked` that it has are restarted, or all for None.
    """

    clusters: Mapping[str, tuple[ResourceId, ...] | None]
    asked: tuple[ResourceId, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "asked": [each.to_json() for each in self.asked] if self.asked is not None else None,
            "clusters": {
                name: [each.to_json() for each in workloads] if workloads is not None else None
                for name, workloads in self.clusters.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        asked = stored["asked"]
        return cls(
            asked=tuple(map(ResourceId.from_json, asked)) if asked is not None else None,
            clusters={
                name: tuple(map(ResourceId.from_json, workloads)) if workloads is not None else None
                for name, workloads in stored["clusters"].items()
            },
        )
