"""The words in which health is spoken of: states, policies, what was sighted, what a judgement says.

Pure; no rule is here, the rules are in `health` and the modules it asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from domain.resources import Manifest


class HealthState(StrEnum):
    """How an object does. `ready` and `failed` are ends; `suspended` is one too where a person meant it so."""

    PENDING = "pending"  # its controller has not seen the newest spec yet
    PROGRESSING = "progressing"
    READY = "ready"
    FAILED = "failed"
    SUSPENDED = "suspended"
    TERMINATING = "terminating"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class HealthPolicy:
    """How long an assessment waits before an issue counts as a failure; all durations in seconds.

    `configuration` and `pull`: how long issues of these classes may last. `restarts`: from which restart on a container
    that is not ready counts as crashing. `certain_observations`: in how many versions of a pod a registry has to deny
    an image. `stale_deadline`: how long a deadline that was exceeded before the write may stay in the status.
    `soak`: how long a workload has to stay ready. `daemon_set_tolerance`: how many nodes of a DaemonSet may lack an
    available pod. `timeout_cap`: the longest rollout that is waited for.
    """

    configuration: float = 60.0
    pull: float = 120.0
    restarts: int = 3
    certain_observations: int = 2
    stale_deadline: float = 10.0
    soak: float = 3.0
    daemon_set_tolerance: int = 0
    timeout_cap: float = 900.0


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Since when something is seen, and in how many different versions of its object."""

    since: datetime
    times: int
    version: str | None


# What was seen (an object's uid, a part of it, a reason) → since when. Kept by the caller between judgements.
Observations = Mapping[tuple[str, str, str], Observation]


@dataclass(frozen=True, kw_only=True)
class Children:
    """What hangs below workloads, of one namespace: it may hold other workloads' as well."""

    pods: tuple[Manifest, ...] = ()
    replica_sets: tuple[Manifest, ...] = ()
    controller_revisions: tuple[Manifest, ...] = ()
    jobs: tuple[Manifest, ...] = ()
    events: tuple[Manifest, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Health:
    """A judgement: `reason` is for programs (`CrashLoopBackOff`), `message` for people.

    `pod` and `container` name what decided it. `ready` of `desired` pods are ready (None where pods are not counted).
    `restarts` counts those of the newest revision's pods; `observations` go into the next judgement of the same object.
    """

    state: HealthState
    message: str
    reason: str | None = None
    pod: str | None = None
    container: str | None = None
    ready: int | None = None
    desired: int | None = None
    restarts: int = 0
    observations: Observations = field(default_factory=dict, repr=False)


# From what needs a person soonest to what needs nobody.
_WORST_FIRST = (
    HealthState.FAILED,
    HealthState.MISSING,
    HealthState.UNKNOWN,
    HealthState.PROGRESSING,
    HealthState.PENDING,
    HealthState.TERMINATING,
    HealthState.READY,
    HealthState.SUSPENDED,  # somebody wants it so: among others that are ready it says nothing
)


def worst_of(states: Iterable[HealthState]) -> HealthState:
    """The state that needs a person soonest; `ready` where there is none."""
    return min(states, key=_WORST_FIRST.index, default=HealthState.READY)


def condition(manifest: Manifest, type_: str) -> Mapping[str, Any] | None:
    """The condition of that type in an object's status."""
    for entry in manifest.status.get("conditions") or ():
        if entry.get("type") == type_:
            found: Mapping[str, Any] = entry
            return found
    return None


def holds(manifest: Manifest, type_: str) -> bool:
    """Whether the condition of that type is there and True."""
    entry = condition(manifest, type_)
    return entry is not None and entry.get("status") == "True"


def moment(text: object) -> datetime | None:
    """An RFC 3339 time as Kubernetes writes it; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def count(source: Mapping[str, Any], key: str, *, default: int = 0) -> int:
    """A number that the server leaves out where it is zero (or its default)."""
    value = source.get(key)
    return value if isinstance(value, int) else default
