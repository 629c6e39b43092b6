"""Values of health: states, the policy, observations, and the result of an assessment.

Pure. The rules are in `assessment` and the modules that it uses, not here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.health.rollout_drivers import NO_DRIVERS, Drivers


class HealthState(StrEnum):
    """The health of an object. `ready` and `failed` end a rollout; so does `suspended`, which a person requested.

    `waiting` ends none, and never times out: a strategy has paused the rollout until a person, or time, lets it go on.
    """

    PENDING = "pending"  # its controller has not seen the newest spec yet
    PROGRESSING = "progressing"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    SUSPENDED = "suspended"
    TERMINATING = "terminating"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class HealthPolicy:
    """How long an assessment waits before an issue counts as a failure; all durations in seconds.

    `configuration` and `pull`: how long issues of these classes may last. `lacking`: how long a Secret or ConfigMap may
    be missing, which another controller creates when its own object is there: cert-manager needs a minute or two
    (cert-manager#2846, external-secrets#2088); and how long a
    workload that was created a moment ago may crash, which waits for others. `arrival`: how long a registry may deny an
    image that is known to be in it, because it is replicated to other regions. `restarts`: from which restart on a
    container counts as crashing. `certain_observations`: in how many versions of a pod a registry has to report that
    an image does not run there. `stale_deadline`: how long a deadline that was exceeded before the write may stay in
    the status. `soak`: how long a workload has to stay ready. `job_steady`: how long the pods of a Job have to run
    before its end is no longer waited for. `daemon_set_tolerance`: how many nodes of a DaemonSet may lack an available
    pod. `timeout_cap`: the longest rollout that is waited for. `silence`: how long a cluster may not answer before it
    counts as unreachable.
    """

    configuration: float = 60.0
    lacking: float = 180.0
    pull: float = 120.0
    arrival: float = 600.0
    restarts: int = 3
    certain_observations: int = 2
    stale_deadline: float = 10.0
    soak: float = 3.0
    job_steady: float = 60.0
    daemon_set_tolerance: int = 0
    timeout_cap: float = 900.0
    silence: float = 90.0


@dataclass(frozen=True, kw_only=True)
class Observation:
    """An issue or progress that persists: since when, and in how many resource versions of its object it was seen.

    `message` is what it said, where a later state of the object says less.
    """

    since: datetime
    times: int
    version: str | None
    message: str = ""


# (uid of an object, container or "", reason) → its observation. The caller keeps them between assessments.
Observations = Mapping[tuple[str, str, str], Observation]


@dataclass(frozen=True, kw_only=True)
class Children:
    """The pods, ReplicaSets and so on of one namespace; objects of other workloads may be among them.

    `nodes` are those that were read, if any: a credential of one namespace may not read them. `drivers` are the
    Rollouts and Canaries there.
    """

    pods: tuple[Manifest, ...] = ()
    replica_sets: tuple[Manifest, ...] = ()
    controller_revisions: tuple[Manifest, ...] = ()
    jobs: tuple[Manifest, ...] = ()
    events: tuple[Manifest, ...] = ()
    nodes: tuple[Manifest, ...] = ()
    drivers: Drivers = NO_DRIVERS


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something that holds a rollout up, as it is told: `reason` for programs, `sentence` for people.

    `blameless`: the new images cannot have caused it, so restoring the former ones would not help. `stuck_node`: a
    node that does not answer holds the pod, and the new image never ran there. `former`: it is a pod of a former
    revision.
    """

    reason: str
    sentence: str
    pod: str | None = None
    container: str | None = None
    blameless: bool = False
    stuck_node: bool = False
    former: bool = False


@dataclass(frozen=True, kw_only=True)
class Health:
    """The result of an assessment: `reason` is for programs (`CrashLoopBackOff`), `message` for people.

    `pod` and `container` name what determined it. `ready` of `desired` pods are ready; both are None where pods are not
    counted. `restarts` counts the restarts of the newest revision's pods, `last_restart` is when a container of
    them ended before the last one. `observations` are an input of the next
    assessment of the same object.

    `blameless`: it has failed of something, or waits for something, that the new images cannot have caused. `held`:
    pods keep a former template until a person acts. `settled`: nothing is left to wait for although it is under way, as
    a Job that runs. `advancing`: it made progress a moment ago and nothing that the new images may have caused holds it
    up, so that more time would finish it. `since` is when it came into this state, where the object itself says that.
    `needs_person`: it waits for one, and does not go on by itself.
    """

    state: HealthState
    message: str
    reason: str | None = None
    pod: str | None = None
    container: str | None = None
    ready: int | None = None
    desired: int | None = None
    restarts: int = 0
    last_restart: datetime | None = None
    blameless: bool = False
    held: bool = False
    settled: bool = False
    advancing: bool = False
    since: datetime | None = None
    needs_person: bool = False
    observations: Observations = field(default_factory=dict, repr=False)


_DIGITS = 18  # of a generation, which is an int64

# From the state that needs a person soonest to the one that needs no person.
_WORST_FIRST = (
    HealthState.FAILED,
    HealthState.MISSING,
    HealthState.UNKNOWN,
    HealthState.WAITING,
    HealthState.PROGRESSING,
    HealthState.PENDING,
    HealthState.TERMINATING,
    HealthState.READY,
    HealthState.SUSPENDED,  # a person requested it: beside ready objects it is no news
)


def urgency(state: HealthState) -> int:
    """How soon it needs a person: the lower, the sooner."""
    return _WORST_FIRST.index(state)


def worst_of(states: Iterable[HealthState], *, held: bool = False) -> HealthState:
    """The state that needs a person soonest; `ready` where there is none.

    `held`: pods of one of them keep a former template until a person acts, which comes before those that are ready.
    """
    worst = min(states, key=_WORST_FIRST.index, default=HealthState.READY)
    return HealthState.SUSPENDED if worst is HealthState.READY and held else worst


def worst_health(healths: Iterable[Health]) -> HealthState:
    """The state of all of them together, as `worst_of`."""
    found = tuple(healths)
    return worst_of((health.state for health in found), held=any(health.held for health in found))


def condition(manifest: Manifest, type_: str) -> Mapping[str, Any] | None:
    """The status condition of that type; None where the object has none."""
    return next((entry for entry in conditions_of(manifest) if entry.get("type") == type_), None)


def conditions_of(manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    """The status conditions of the object; a custom resource may have anything in their place."""
    listed = manifest.status.get("conditions")
    return (entry for entry in (listed if isinstance(listed, list) else ()) if isinstance(entry, dict))


def holds(manifest: Manifest, type_: str) -> bool:
    """Whether the object has the condition of that type with status True."""
    entry = condition(manifest, type_)
    return entry is not None and entry.get("status") == "True"


def observed_generation(status: Mapping[str, Any]) -> int | None:
    """The generation that the status speaks of; None where it says none.

    Argo Rollouts writes the number as a text (rollouts/v1alpha1 `RolloutStatus.ObservedGeneration`).
    """
    observed = status.get("observedGeneration")
    if isinstance(observed, str) and observed.isascii() and observed.isdigit() and len(observed) <= _DIGITS:
        return int(observed)
    return observed if isinstance(observed, int) and not isinstance(observed, bool) else None


def moment(text: object) -> datetime | None:
    """The time that an RFC 3339 text means, UTC where it names no zone; None where the value is no such text."""
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def count(source: Mapping[str, Any], key: str, *, default: int = 0) -> int:
    """The integer at `key`; `default` where the server omitted it (zero values are omitted from JSON)."""
    value = source.get(key)
    return value if isinstance(value, int) else default
