"""The timeouts and counts that bound every use case, as one value that the composition root makes of the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds and counts, documented in docs/configuration.md. Raises `ValueError` for a limit that is not above 0."""

    plan: float = 20.0  # seconds to read and plan, over all clusters
    apply: float = 120.0  # seconds to write to one cluster
    silence: float = 90.0  # seconds without an answer after which an operation takes a cluster for unreachable
    watch_cap: float = 900.0  # seconds that a rollout is watched at most, even where its own deadline is later
    probe: float = 10.0  # seconds that a cluster has to answer a probe
    probe_interval: float = 60.0  # seconds between two probes of all clusters
    overview: float = 4.0  # seconds that a page waits for a cluster before it shows the others
    stale: float = 15.0  # seconds that a cluster's streams may be down before what is known of it is marked
    per_cluster: int = 8  # requests under way to one cluster
    overall: int = 200  # requests under way to all clusters
    answer_memory: int = 256 * 1024 * 1024  # bytes that what is read of all clusters may take in memory

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"the limit '{name}' must be above 0, not {value}")
