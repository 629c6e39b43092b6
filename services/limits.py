"""How long and how much: the numbers that bound every use case, as one value handed down from the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds and counts; the defaults are what the documentation promises."""

    plan: float = 20.0  # seconds to read and plan, over all clusters
    apply: float = 120.0  # seconds to write to one cluster
    watch_cap: float = 900.0  # seconds that a rollout is watched at most, whatever its own deadline says
    probe: float = 10.0  # seconds to try a cluster out
    rounds: float = 60.0  # seconds between two looks at whether clusters answer
    overview: float = 4.0  # seconds that a page waits for a cluster before it shows what it has
    per_cluster: int = 8  # requests under way to one cluster
    overall: int = 200  # requests under way to all clusters

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"the limit '{name}' must be above 0, not {value}")
