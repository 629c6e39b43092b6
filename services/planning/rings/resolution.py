"""From a strategy to the clusters of each ring. Pure.

Each cluster is in one ring. Names come first, because they say the most: a ring by size takes no cluster that another
ring names. Then the rings choose in their order; what no ring has goes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.stored.strategies import ByLabels, ByNames, BySize, Remaining, Ring, Strategy


@dataclass(frozen=True, kw_only=True)
class RingCluster:
    """A cluster as far as rings choose by it."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ResolvedRing:
    """A ring, and the names of its clusters, in the environment's order. `left_over`: no ring of the strategy has them.

    Its position is the `wave` of the operation's clusters.
    """

    ring: Ring
    clusters: tuple[str, ...]
    left_over: bool = False


@dataclass(frozen=True, kw_only=True)
class Allotment:
    """The names of the clusters that each ring of a strategy has, which may be none, and of those that no ring has."""

    rings: tuple[tuple[str, ...], ...]
    left_over: tuple[str, ...]


def resolve(strategy: Strategy, clusters: Sequence[RingCluster]) -> tuple[ResolvedRing, ...]:
    """The rings that have clusters, in their order; each of `clusters` is in one. Without clusters there are none."""
    allotted = allot(strategy, clusters)
    resolved = [
        ResolvedRing(ring=ring, clusters=names) for ring, names in zip(strategy.in_rings, allotted.rings, strict=True)
    ]
    resolved.append(ResolvedRing(ring=_LAST, clusters=allotted.left_over, left_over=True))
    return tuple(each for each in resolved if each.clusters)


def allot(strategy: Strategy, clusters: Sequence[RingCluster]) -> Allotment:
    """Which of `clusters` each ring of the strategy has, in the order of its rings; each is in one, or left over."""
    rings = strategy.in_rings
    free = {each.name: each for each in clusters}
    chosen: dict[int, set[str]] = {}
    for number, ring in enumerate(rings):
        if isinstance(ring.selector, ByNames):
            wanted = {name.lower() for name in ring.selector.names}
            chosen[number] = {name for name in free if name.lower() in wanted}
            free = {name: each for name, each in free.items() if name not in chosen[number]}
    for number, ring in enumerate(rings):
        found = _choose(ring, free, total=len(clusters))
        if found is not None:
            chosen[number] = found
            free = {name: each for name, each in free.items() if name not in found}
    rest = next((number for number, ring in enumerate(rings) if isinstance(ring.selector, Remaining)), None)
    if rest is not None:
        chosen[rest], free = set(free), {}
    return Allotment(
        rings=tuple(_in_order(clusters, chosen.get(number, set())) for number in range(len(rings))),
        left_over=_in_order(clusters, set(free)),
    )


def unknown_names(strategy: Strategy, clusters: Sequence[RingCluster]) -> tuple[str, ...]:
    """The names in the strategy's rings that are no cluster's, in order."""
    known = {each.name.lower() for each in clusters}
    named = [name for ring in strategy.in_rings if isinstance(ring.selector, ByNames) for name in ring.selector.names]
    return tuple(dict.fromkeys(name for name in named if name.lower() not in known))


_LAST = Ring(selector=Remaining())


def _choose(ring: Ring, free: Mapping[str, RingCluster], *, total: int) -> set[str] | None:
    """What a ring takes of those that are free; None for a ring that does not choose among them."""
    match ring.selector:
        case ByLabels(labels=labels):
            return {name for name, each in free.items() if labels.items() <= each.labels.items()}
        case BySize(size=size):
            return set(list(free)[: size.of(total)])
        case ByNames() | Remaining():
            return None


def _in_order(clusters: Sequence[RingCluster], names: set[str]) -> tuple[str, ...]:
    return tuple(each.name for each in clusters if each.name in names)
