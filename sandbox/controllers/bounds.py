"""The bounds of a rolling update: how many pods above and below the desired number."""

import math
from dataclasses import dataclass

from sandbox.store import Object


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Pods, not percentages."""

    surge: int
    unavailable: int


def bounds_of(deployment: Object) -> Bounds:
    """Percentages are of the desired replicas: surge is rounded up, unavailability down; never are both 0."""
    replicas = deployment["spec"]["replicas"]
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Bounds(surge=0, unavailable=0)
    rolling = strategy.get("rollingUpdate") or {}
    surge = math.ceil(share_of(rolling.get("maxSurge", "25%"), replicas))
    unavailable = math.floor(share_of(rolling.get("maxUnavailable", "25%"), replicas))
    return Bounds(surge=surge, unavailable=min(replicas, unavailable or (0 if surge else 1)))


def share_of(value: int | str, whole: int) -> float:
    """An `IntOrString` of Kubernetes: a number, or a percentage of `whole`."""
    return value if isinstance(value, int) else int(value.removesuffix("%")) * whole / 100
