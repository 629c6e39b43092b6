"""On which clusters a strategy runs Jobs. Pure."""

from collections.abc import Iterable, Sequence

from domain.stored.checks import JobCheck
from domain.stored.hooks import HookMoment, JobScope
from domain.stored.strategies import Strategy
from services.planning.rings.resolution import RingCluster, resolve


def places_of_jobs(strategy: Strategy, clusters: Sequence[RingCluster]) -> frozenset[str]:
    """The names of the clusters that its hooks and job checks run on, as far as every cluster answers.

    What runs once runs on the first cluster of its ring: of the first ring before the change, of the last one after it.
    """
    rings = resolve(strategy, clusters)
    if not rings:
        return frozenset()
    every = frozenset(each.name for each in clusters)
    first_of = {HookMoment.BEFORE: rings[0].clusters[0], HookMoment.AFTER: rings[-1].clusters[0]}
    return frozenset(
        (
            *_some(every for hook in strategy.hooks if hook.scope is JobScope.CLUSTER),
            *(first_of[hook.when] for hook in strategy.hooks if hook.scope is JobScope.ENVIRONMENT),
            *_some(
                ring.clusters if check.asks.scope is JobScope.CLUSTER else ring.clusters[:1]
                for ring in rings
                for check in ring.ring.checks
                if isinstance(check.asks, JobCheck)
            ),
        )
    )


def _some(sets: Iterable[Iterable[str]]) -> Iterable[str]:
    return (name for names in sets for name in names)
