"""The strategy of an operation: the one that is asked for, or else the environment's, and its clusters ring by ring."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.grants import Actor
from domain.problems import Problem
from domain.rights import ApplicationRef, EnvironmentRef, Right
from domain.stored.hooks import HookMoment
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.strategies import Strategy
from domain.words import FailurePolicy
from services.changes.new_operations import NewOperationCluster
from services.errors import ForbiddenError, InvalidRequestError
from services.planning.rings.putting_back import soaks_shortened, with_short_soaks
from services.planning.rings.resolution import ResolvedRing, RingCluster, resolve, unknown_names
from services.planning.rings.templates import template_faults
from services.planning.rings.weakening import new_templates, weakenings


@dataclass(frozen=True, kw_only=True)
class ChosenStrategy:
    """The strategy by which an operation starts, its clusters with their waves, and its rings.

    `runs` is None where nothing has to hold between waves, and no failure policy judges them. `note` is what its plan
    tells of it.
    """

    strategy: Strategy
    clusters: tuple[NewOperationCluster, ...]
    runs: RingRuns | None
    note: Problem | None = None

    @property
    def begins_with_hooks(self) -> bool:
        """Whether hooks run before the first cluster is changed."""
        return any(hook.when is HookMoment.BEFORE for hook in self.strategy.hooks)


def choose_strategy(
    target: AppEnvironmentRecord,
    clusters: Iterable[ClusterRecord],
    asked: Strategy | None,
    *,
    actor: Actor,
    together: bool = False,
    short_soaks: bool = False,
) -> ChosenStrategy:
    """What is asked for, or else the environment's strategy, on these of its clusters.

    `together`: it is for a member of a promotion set, which is all or nothing where no failure policy is named.
    `short_soaks`: the environment's own soaks for no longer than a rollback needs.

    Raises `ForbiddenError` where what is asked for is less careful than the environment's or brings templates of its
    own, and the actor does not maintain the app environment; `InvalidRequestError` for clusters that do not exist, and
    for waves that do not name each cluster once.
    """
    chosen = tuple(clusters)
    own = target.environment.strategy
    asked = asked.beside(own) if asked is not None else None
    if asked is not None:
        _require_known(target, asked)
        _require_allowed(target, chosen, asked, own or Strategy(), actor)
    standard = own or Strategy()
    if short_soaks:
        standard = with_short_soaks(standard)
    strategy = asked if asked is not None else standard
    if together and strategy.failure is None:
        strategy = replace(strategy, failure=FailurePolicy.ALL_OR_NOTHING)
    if asked is not None and asked.waves is not None:
        _require_each_once(chosen, asked.waves)
    resolved = resolve(strategy, ring_clusters(chosen))
    waves = {name: number for number, ring in enumerate(resolved) for name in ring.clusters}
    return ChosenStrategy(
        strategy=strategy,
        clusters=tuple(NewOperationCluster(cluster=each, wave=waves[each.name]) for each in chosen),
        runs=None if strategy.plain else _runs(strategy, resolved, total=len(chosen)),
        note=soaks_shortened(own, standard, target.environment.name) if own is not None and asked is None else None,
    )


def ring_clusters(clusters: Iterable[ClusterRecord]) -> tuple[RingCluster, ...]:
    """The clusters as rings choose among them."""
    return tuple(RingCluster(name=each.name, labels=each.labels) for each in clusters)


def _runs(strategy: Strategy, resolved: Sequence[ResolvedRing], *, total: int) -> RingRuns:
    return RingRuns(
        rings=tuple(RingRun(ring=each.ring, left_over=each.left_over) for each in resolved),
        failure=strategy.failure,
        quorum=None if strategy.quorum is None else strategy.quorum.of(total),
        hooks=strategy.hooks,
    )


def _require_known(target: AppEnvironmentRecord, asked: Strategy) -> None:
    unknown = unknown_names(asked, ring_clusters(target.environment.clusters)) if asked.waves is None else ()
    if unknown:
        raise InvalidRequestError(f"The environment has no cluster named {', '.join(unknown)}.", field="strategy.rings")
    faults = template_faults(asked, namespace=target.namespace)
    if faults:
        raise InvalidRequestError(faults[0], field="strategy")


def _require_allowed(
    target: AppEnvironmentRecord, clusters: Sequence[ClusterRecord], asked: Strategy, own: Strategy, actor: Actor
) -> None:
    weaker = weakenings(asked, own, ring_clusters(clusters)) if target.environment.strategy is not None else ()
    templates = new_templates(asked, own)
    if not weaker and not templates:
        return
    application, environment = target.application, target.environment
    if actor.holdings.allow(
        Right.MAINTAIN,
        application=ApplicationRef(id=application.id, name=application.name, labels=application.labels),
        environment=EnvironmentRef(id=environment.id, name=environment.name),
    ):
        return
    why = weaker[0] if weaker else f"It brings a Job of its own: '{templates[0]}'."
    raise ForbiddenError(
        f"This strategy takes the right '{Right.MAINTAIN}' on '{application.name}' in '{environment.name}', which "
        f"'{actor.name}' does not have. {why} Leave `strategy` out to go by the environment's."
    )


def _require_each_once(clusters: tuple[ClusterRecord, ...], waves: tuple[tuple[str, ...], ...]) -> None:
    seen: set[str] = set()
    for name in (name for names in waves for name in names):
        if name.lower() in seen:
            raise InvalidRequestError(f"`waves` name cluster '{name}' twice. Name it once.", field="strategy.waves")
        seen.add(name.lower())
    known = {cluster.name.lower() for cluster in clusters}
    unknown = sorted(seen - known)
    if unknown:
        raise InvalidRequestError(f"The environment has no cluster named {', '.join(unknown)}.", field="strategy.waves")
    left_out = [cluster.name for cluster in clusters if cluster.name.lower() not in seen]
    if left_out:
        raise InvalidRequestError(
            f"`waves` do not name {', '.join(left_out)}. Name every cluster of the environment, or use `rings`.",
            field="strategy.waves",
        )
