"""What is remembered of an app environment between two looks, so that each thing is told once. Pure.

All but the timers is stored beside the events: a process that takes over goes on where the former one was, and the
timers count anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from domain.resources import ResourceId
from domain.timeline import RecordedEvent

VERSION: Final = 1
"""Of the stored form. A form that is not known counts as nothing known: then nothing is told of what was before."""


@dataclass(frozen=True, kw_only=True)
class Timers:
    """Since when a workload has been as it should be, not so, or failed, without a break."""

    good_since: datetime | None = None
    amiss_since: datetime | None = None
    bad_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WorkloadKept:
    """What its template, its desired number of pods and its restarts were; and the events that may still change.

    `restarts` are the counts by pod and container. `health` and `scaling` are the last ones, under way or not long ago;
    `restarted` by container, reason and exit code.
    """

    images: tuple[tuple[str, str], ...] = ()
    revision: str | None = None
    replicas: int | None = None
    restarts: Mapping[str, int] = field(default_factory=dict)
    rollout: RecordedEvent | None = None
    health: RecordedEvent | None = None
    scaling: RecordedEvent | None = None
    restarted: Mapping[str, RecordedEvent] = field(default_factory=dict)
    timers: Timers = field(default=Timers(), compare=False)

    @property
    def is_unhealthy(self) -> bool:
        """Whether it was told that it is not as it should be, and not yet that it is again."""
        return self.health is not None and self.health.until is None

    @property
    def waits(self) -> bool:
        """Whether the passing of time alone may make something of it to be told."""
        if self.rollout is not None:
            return True
        if self.health is not None and self.health.until is None:
            worse = self.timers.bad_since is not None and not self.health.detail.severe
            return worse or self.timers.good_since is not None
        return self.timers.amiss_since is not None

    @property
    def under_way(self) -> tuple[RecordedEvent, ...]:
        """The events that have not ended."""
        return tuple(each for each in (self.rollout, self.health) if each is not None and each.until is None)

    def to_json(self) -> dict[str, Any]:
        found = {
            "images": [list(each) for each in self.images],
            "revision": self.revision,
            "replicas": self.replicas,
            "restarts": dict(self.restarts),
            "rollout": _stored(self.rollout),
            "health": _stored(self.health),
            "scaling": _stored(self.scaling),
            "restarted": {key: each.to_json() for key, each in self.restarted.items()},
        }
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            images=tuple((name, image) for name, image in stored["images"]),
            revision=stored.get("revision"),
            replicas=stored.get("replicas"),
            restarts=stored["restarts"],
            rollout=_event(stored.get("rollout")),
            health=_event(stored.get("health")),
            scaling=_event(stored.get("scaling")),
            restarted={key: RecordedEvent.from_json(each) for key, each in stored["restarted"].items()},
        )


@dataclass(frozen=True, kw_only=True)
class ClusterKept:
    """One cluster: `away` is the last time that it could not be read. Workloads by kind and name."""

    away: RecordedEvent | None = None
    workloads: Mapping[str, WorkloadKept] = field(default_factory=dict)
    down_since: datetime | None = field(default=None, compare=False)
    up_since: datetime | None = field(default=None, compare=False)

    @property
    def is_away(self) -> bool:
        return self.away is not None and self.away.until is None

    @property
    def waits(self) -> bool:
        """As that of a workload."""
        timed = self.up_since is not None if self.is_away else self.down_since is not None
        return timed or any(each.waits for each in self.workloads.values())

    @property
    def under_way(self) -> tuple[RecordedEvent, ...]:
        away = (self.away,) if self.away is not None and self.away.until is None else ()
        return (*away, *(event for each in self.workloads.values() for event in each.under_way))


@dataclass(frozen=True, kw_only=True)
class PlaceKept:
    """An app environment: its clusters by id, and what was left out lately because too much happened."""

    clusters: Mapping[str, ClusterKept] = field(default_factory=dict)
    omitted: RecordedEvent | None = None

    @property
    def waits(self) -> bool:
        """As that of a workload."""
        return any(each.waits for each in self.clusters.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "omitted": _stored(self.omitted),
            "clusters": {
                cluster_id: {
                    "away": _stored(each.away),
                    "workloads": {name: workload.to_json() for name, workload in each.workloads.items()},
                }
                for cluster_id, each in self.clusters.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self | None:
        """None for the form of another release, or where it has words of one."""
        if stored.get("version") != VERSION:
            return None
        try:
            return cls._read(stored)
        except ValueError:
            return None

    @classmethod
    def _read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            omitted=_event(stored["omitted"]),
            clusters={
                cluster_id: ClusterKept(
                    away=_event(each["away"]),
                    workloads={name: WorkloadKept.from_json(workload) for name, workload in each["workloads"].items()},
                )
                for cluster_id, each in stored["clusters"].items()
            },
        )


def key_of(resource: ResourceId) -> str:
    """What a workload is called in `ClusterKept`: the versions of its kind do not matter."""
    return f"{resource.kind.group}/{resource.kind.name}/{resource.name}"


def _stored(event: RecordedEvent | None) -> dict[str, Any] | None:
    return event.to_json() if event is not None else None


def _event(stored: Mapping[str, Any] | None) -> RecordedEvent | None:
    return RecordedEvent.from_json(stored) if stored is not None else None
