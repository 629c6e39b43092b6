"""The durations of what happens on a practice cluster: seconds, all scaled by one factor."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class RolloutTiming:
    """Durations in seconds."""

    settle: float = 0.3
    """An object that a client wrote is reconciled after this time without another write."""
    settle_at_most: float = 2.0
    """… but a client that never stops writing cannot hold it up for longer."""
    hop: float = 0.02
    """From one controller's write to the next controller's look at it."""
    start: float = 0.5
    """From a pod on its node to its containers ready."""
    stagger: float = 0.05
    """Between one sibling that becomes ready, or stops, and the next."""
    slow_start: float = 20.0
    """The same for a slow image."""
    init: float = 0.2
    """How long an init container runs."""
    crash: float = 0.3
    """From the start of a container that crashes to its end."""
    crash_backoff: float = 1.0
    """The first wait between two crashes; doubles each time, up to `longest_backoff`."""
    pull_backoff: float = 1.0
    """The first wait between two attempts at an image that cannot be pulled; doubles likewise."""
    longest_backoff: float = 30.0
    stop: float = 0.2
    """From the termination signal of a pod to its end."""
    work: float = 1.0
    """How long a container of a Job runs."""
    bind: float = 0.1
    """From a claim to its volume."""
    retry: float = 5.0
    """From a write that was refused to the next attempt."""
    blocked_namespace: float = 3.0
    """From the deletion of a namespace to the conditions that say what holds it."""

    def faster(self, factor: float) -> "RolloutTiming":
        """Everything `factor` times as fast."""
        return RolloutTiming(**{f.name: getattr(self, f.name) / factor for f in fields(self)})
