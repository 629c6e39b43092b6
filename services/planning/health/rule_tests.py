"""What a rule of a rollout may ask of an object: small tests, each of which says what it reads. Pure.

Whoever wrote the controller decides of which types its members are, so a member of another type answers no test. What
a test reads is kept by the live cache, and nothing else of the object: two screens judge by the same members.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.resources import Manifest
from services.planning.health.custom_messages import safe_message
from services.planning.health.values import condition

Cut = Callable[[Any], Any]
"""Reduces the value of a member to what a test reads of it; None where that is nothing."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A member that is read, as `status.phase`, and what is kept of its value."""

    path: str
    cut: Cut


class Test(Protocol):
    """A question about an object."""

    @property
    def reads(self) -> tuple[Read, ...]:
        """The members that decide."""

    def holds(self, manifest: Manifest) -> bool: ...


def value_at(manifest: Manifest, path: str) -> Any:
    """The value of a member, as `status.phase`; None where there is none."""
    found: Any = manifest.body
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def number_at(manifest: Manifest, path: str, *, default: int = 0) -> int:
    """The whole number of a member; `default` where it has none: servers leave zeroes out."""
    found = value_at(manifest, path)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def plain(value: Any) -> Any:
    """A text without what looks like a credential, a number or a truth; of anything else, that there is something."""
    if isinstance(value, str):
        return safe_message(value)
    if isinstance(value, bool | int | float):
        return value
    return [{}] if isinstance(value, list) and value else None


def reference(value: Any) -> Any:
    """The names by which it refers to another object; None where it does not."""
    members = value if isinstance(value, Mapping) else {}
    return {
        name: members[name] for name in ("apiVersion", "kind", "name") if isinstance(members.get(name), str)
    } or None


def plainly(*paths: str) -> tuple[Read, ...]:
    """Reads of plain values."""
    return tuple(Read(path=path, cut=plain) for path in paths)


@dataclass(frozen=True)
class Is:
    """The member is one of these texts."""

    path: str
    values: frozenset[str]

    @property
    def reads(self) -> tuple[Read, ...]:
        return plainly(self.path)

    def holds(self, manifest: Manifest) -> bool:
        found = value_at(manifest, self.path)
        return isinstance(found, str) and found in self.values


@dataclass(frozen=True)
class Given:
    """The member is there, and neither empty nor false."""

    path: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return plainly(self.path)

    def holds(self, manifest: Manifest) -> bool:
        return bool(value_at(manifest, self.path))


@dataclass(frozen=True)
class Same:
    """Both members are there and equal."""

    path: str
    other: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return plainly(self.path, self.other)

    def holds(self, manifest: Manifest) -> bool:
        found = value_at(manifest, self.path)
        return bool(found) and found == value_at(manifest, self.other)


@dataclass(frozen=True)
class Reaches:
    """The number is at least that of another member, which is `default` where the object lacks it."""

    path: str
    wanted: str
    default: int = 0

    @property
    def reads(self) -> tuple[Read, ...]:
        return plainly(self.path, self.wanted)

    def holds(self, manifest: Manifest) -> bool:
        return number_at(manifest, self.path) >= number_at(manifest, self.wanted, default=self.default)


@dataclass(frozen=True)
class KeptBack:
    """All pods of a former template are those that a partition keeps, a number or a percentage of `wanted`.

    Rounded as in openkruise/kruise pkg/util/tools.go, `CalculatePartitionReplicas`. What the controller expects is not
    asked: it takes the way back to the template that all pods had for one without a partition, and keeps them anyway.
    """

    partition: str
    wanted: str
    pods: str
    updated: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return plainly(self.partition, self.wanted, self.pods, self.updated)

    def holds(self, manifest: Manifest) -> bool:
        former = number_at(manifest, self.pods) - number_at(manifest, self.updated)
        return 0 < former <= self._kept(manifest)

    def _kept(self, manifest: Manifest) -> int:
        given, wanted = value_at(manifest, self.partition), number_at(manifest, self.wanted, default=1)
        if not isinstance(given, str):
            return number_at(manifest, self.partition)
        share = given.removesuffix("%")
        kept = -(-wanted * int(share) // 100) if share.isdecimal() else 0
        return kept - 1 if kept == wanted > 1 and given != "100%" else kept


@dataclass(frozen=True)
class Reports:
    """The status condition of this type has this status. Conditions are kept by rules of their own."""

    type: str
    status: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return ()

    def holds(self, manifest: Manifest) -> bool:
        return (condition(manifest, self.type) or {}).get("status") == self.status


@dataclass(frozen=True)
class All:
    """Every one of these tests holds."""

    tests: tuple[Test, ...]

    @property
    def reads(self) -> tuple[Read, ...]:
        return reads_of(self.tests)

    def holds(self, manifest: Manifest) -> bool:
        return all(test.holds(manifest) for test in self.tests)


@dataclass(frozen=True)
class TimedPause:
    """The step of a list at which it stands is a pause with a duration, after which its controller goes on.

    `steps` is the list (Argo Rollouts: rollouts/v1alpha1 `CanaryStep`), `at` the member with the number of the step.
    """

    steps: str
    at: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return (Read(path=self.steps, cut=_durations), *plainly(self.at))

    def holds(self, manifest: Manifest) -> bool:
        listed, index = value_at(manifest, self.steps), number_at(manifest, self.at, default=-1)
        step = listed[index] if isinstance(listed, list) and 0 <= index < len(listed) else None
        pause = step.get("pause") if isinstance(step, Mapping) else None
        return isinstance(pause, Mapping) and bool(pause.get("duration"))


def _durations(steps: Any) -> Any:
    """The steps, of each of which only the duration of its pause is kept."""
    if not isinstance(steps, list):
        return None
    pauses = [step.get("pause") if isinstance(step, Mapping) else None for step in steps]
    return [
        {"pause": {"duration": plain(pause["duration"])}}
        if isinstance(pause, Mapping) and plain(pause.get("duration"))
        else {}
        for pause in pauses
    ] or None


@dataclass(frozen=True)
class TakesTraffic:
    """All traffic goes to the revision that `revision` names (Knative: serving/v1 `TrafficTarget`)."""

    traffic: str
    revision: str

    @property
    def reads(self) -> tuple[Read, ...]:
        return (Read(path=self.traffic, cut=_shares), *plainly(self.revision))

    def holds(self, manifest: Manifest) -> bool:
        revision = value_at(manifest, self.revision)
        shares = _shares(value_at(manifest, self.traffic)) or []
        elsewhere = any(each.get("percent") for each in shares if each.get("revisionName") != revision)
        return bool(shares) and not elsewhere


def _shares(traffic: Any) -> Any:
    if not isinstance(traffic, list):
        return None
    return [
        {name: plain(each[name]) for name in ("revisionName", "percent") if plain(each.get(name)) is not None}
        for each in traffic
        if isinstance(each, Mapping)
    ] or None


def reads_of(tests: Iterable[Test]) -> tuple[Read, ...]:
    """What all of them read."""
    return tuple(read for test in tests for read in test.reads)
