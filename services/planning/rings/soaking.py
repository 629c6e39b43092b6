"""Whether a workload stays healthy while its ring soaks. Pure.

The rollout has succeeded before; what is looked for is what shows later: a container that restarts, a probe that fails,
pods that are ready no longer.
"""

from dataclasses import dataclass
from datetime import datetime

from services.planning.health.values import Health, HealthState

UNREADY = 10.0  # seconds that fewer pods may be ready: an endpoint that blinks is no failure


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What was seen of one workload so far: the restarts of its pods, how many were ready, since when fewer are."""

    restarts: int
    ready: int
    unready_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SoakFailure:
    """Why a soak has failed; `blameless`: the new images cannot have caused it."""

    message: str
    blameless: bool = False


def first_seen(health: Health, *, ready: int | None) -> Soaked:
    """What the first look judges by. `ready` pods were there as the rollout ended; None where that is not known."""
    now = min(health.ready or 0, health.desired or 0)
    return Soaked(restarts=health.restarts, ready=now if ready is None else ready)


def watch_soak(health: Health, before: Soaked, *, began: datetime, now: datetime) -> tuple[Soaked, SoakFailure | None]:
    """What is known of the workload now, and its failure if it has one. `began` is when the soak did."""
    ready, desired = health.ready or 0, health.desired or 0
    fewer = ready < min(before.ready, desired)  # a scale-up brings pods that are not ready yet, which is no drop
    since = (before.unready_since or now) if fewer else None
    seen = Soaked(restarts=health.restarts, ready=max(before.ready, min(ready, desired)), unready_since=since)
    if health.state is HealthState.FAILED:
        return seen, SoakFailure(message=health.message, blameless=health.blameless)
    if health.state in {HealthState.MISSING, HealthState.TERMINATING}:
        return seen, SoakFailure(message="it was deleted during the soak.", blameless=True)
    began = began.replace(microsecond=0)  # clusters name seconds: a restart in the first one counts
    restarted = health.last_restart is not None and health.last_restart >= began
    if restarted or health.restarts > before.restarts:
        return seen, SoakFailure(message="a container restarted during the soak.")
    if since is not None and (now - since).total_seconds() >= UNREADY:
        said = f"only {ready} of {desired} pods are ready, after {before.ready} were. {health.message}"
        return seen, SoakFailure(message=said.strip(), blameless=health.blameless)
    return seen, None
