"""A rollout under way, as it is watched on one cluster: what is expected, and what was observed so far."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.progress import ClusterResult
from services.planning.health.values import Health, HealthPolicy, HealthState, Observations


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A rollout under way: what is expected, and what was observed so far.

    `failed`: it has failed of something that the new images did not cause. The other rollouts are watched on: whether
    an undo helps is known when all have ended. `resumed`: it waited when it was looked at before, and does so no more.
    `stuck_since`: since then it waits for a person.
    """

    expected: ExpectedRollout
    observations: Observations = field(default_factory=dict)
    reported: tuple[object, ...] = ()
    health: Health | None = None
    ready_since: datetime | None = None
    restarts: int = 0
    failed: ClusterResult | None = None
    resumed: bool = False
    stuck_since: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether its strategy has paused it."""
        return self.health is not None and self.health.state is HealthState.WAITING


def as_ended(watched: Watched) -> ExpectedRollout:
    health = watched.health
    if health is None or health.ready is None or health.desired is None:
        return watched.expected
    return replace(watched.expected, ready=min(health.ready, health.desired))


def is_over(watched: Watched) -> bool:
    return watched.failed is not None or (watched.health is not None and is_end(watched.health))


def is_end(health: Health) -> bool:
    return health.settled or health.state in {HealthState.READY, HealthState.SUSPENDED}


def has_soaked(watched: Watched, now: datetime, policy: HealthPolicy) -> bool:
    """Whether a rollout has been healthy for the soak time; one without pods needs none."""
    if watched.ready_since is None or watched.health is None:
        return False
    return not watched.health.desired or (now - watched.ready_since).total_seconds() >= policy.soak


def failed_by(watched: Watched, code: str, message: str) -> ClusterResult:
    resource = watched.expected.resource
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=f"{resource.label}: {message}", resource=resource)


def is_stuck(watched: Watched, now: datetime, policy: HealthPolicy) -> bool:
    """Whether it has waited for a person for as long as one that is ready has to stay so: it is no passing state."""
    return watched.stuck_since is not None and (now - watched.stuck_since).total_seconds() >= policy.soak
