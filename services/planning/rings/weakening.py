"""Whether a strategy protects an environment less than the environment's own. Pure.

Whoever may promote may be more careful than the environment asks for; to be less careful takes a maintainer.
"""

from collections.abc import Mapping, Sequence

from domain.stored.checks import JobCheck
from domain.stored.hooks import Hook
from domain.stored.strategies import Strategy
from domain.words import FailurePolicy, OnFailure
from services.planning.rings.resolution import ResolvedRing, RingCluster, resolve

# What is as careful as each policy, or more. `stay` and `roll-back` are `on_failure` without a failure policy: the next
# ring does not begin, as with `stop`, but of the ring only what failed goes back, or nothing does. A quorum goes on
# after a failure, and `stop` leaves earlier rings ahead: neither is as careful as the other.
_Policy = FailurePolicy | OnFailure
_STRICTEST: frozenset[_Policy] = frozenset({FailurePolicy.ALL_OR_NOTHING})
_NOT_LAXER: Mapping[_Policy, frozenset[_Policy]] = {
    FailurePolicy.ALL_OR_NOTHING: _STRICTEST,
    FailurePolicy.QUORUM: _STRICTEST | {FailurePolicy.QUORUM},
    FailurePolicy.STOP: _STRICTEST | {FailurePolicy.STOP},
    OnFailure.ROLL_BACK: _STRICTEST | {FailurePolicy.STOP, OnFailure.ROLL_BACK},
    OnFailure.STAY: _STRICTEST | {FailurePolicy.STOP, OnFailure.ROLL_BACK, OnFailure.STAY},
    FailurePolicy.BEST_EFFORT: frozenset({*FailurePolicy, *OnFailure}),
}


def weakenings(asked: Strategy, own: Strategy, clusters: Sequence[RingCluster]) -> tuple[str, ...]:
    """In what `asked` is less careful on these clusters than the environment's `own`, one sentence each."""
    new, old = resolve(asked, clusters), resolve(own, clusters)
    return tuple(
        said
        for said in (
            _of_rings(new, old),
            _of_soaks(new, old),
            _of_checks(new, old),
            _of_pauses(new, old),
            _of_hooks(asked.hooks, own.hooks),
            _of_policy(asked, own, len(clusters)),
        )
        if said is not None
    )


def is_weaker(asked: Strategy, own: Strategy, clusters: Sequence[RingCluster]) -> bool:
    """Whether `asked` is less careful in anything."""
    return bool(weakenings(asked, own, clusters))


def new_templates(asked: Strategy, own: Strategy) -> tuple[str, ...]:
    """The names of hooks and of checks by Jobs that the environment's own strategy does not have as they are."""
    jobs = [check for ring in asked.in_rings for check in ring.checks if isinstance(check.asks, JobCheck)]
    known = [*own.hooks, *(check for ring in own.in_rings for check in ring.checks)]
    names = [hook.name for hook in asked.hooks if hook not in known]
    return tuple(dict.fromkeys([*names, *(check.name for check in jobs if check not in known)]))


def changed_before(rings: Sequence[ResolvedRing]) -> tuple[int, ...]:
    """After each ring, how many clusters are changed: what a failure that shows then has reached."""
    reached, sums = 0, []
    for ring in rings:
        reached += len(ring.clusters)
        sums.append(reached)
    return tuple(sums)


def _of_rings(new: Sequence[ResolvedRing], old: Sequence[ResolvedRing]) -> str | None:
    """Fewer rings, or one that reaches further: both change more clusters before a failure shows."""
    if len(new) < len(old):
        return f"It has {_counted(len(new), 'ring')}, where the environment's strategy has {len(old)}."
    for number, (ours, theirs) in enumerate(zip(changed_before(new), changed_before(old), strict=False), start=1):
        if ours > theirs:
            return (
                f"With ring {number} it has changed {_counted(ours, 'cluster')}, where the environment's strategy has "
                f"changed {theirs}."
            )
    return None


def _of_soaks(new: Sequence[ResolvedRing], old: Sequence[ResolvedRing]) -> str | None:
    for theirs, reached in zip(old, changed_before(old), strict=True):
        ours = _soaked_by(new, reached)
        if ours < theirs.ring.soak_seconds:
            return (
                f"It soaks {ours} seconds before more than {_counted(reached, 'cluster')} are changed, where the "
                f"environment's strategy soaks {theirs.ring.soak_seconds}."
            )
    return None


def _soaked_by(rings: Sequence[ResolvedRing], reached: int) -> int:
    """The longest soak after a ring with which no more than `reached` clusters are changed."""
    pairs = zip(rings, changed_before(rings), strict=True)
    return max((each.ring.soak_seconds for each, so_far in pairs if so_far <= reached), default=0)


def _of_checks(new: Sequence[ResolvedRing], old: Sequence[ResolvedRing]) -> str | None:
    for theirs, reached in zip(old, changed_before(old), strict=True):
        pairs = zip(new, changed_before(new), strict=True)
        passed = [check for ours, so_far in pairs if so_far <= reached for check in ours.ring.checks]
        for check in theirs.ring.checks:
            if check not in passed:
                return f"It leaves out the check '{check.name}', changes it, or makes it later."
    return None


def _of_pauses(new: Sequence[ResolvedRing], old: Sequence[ResolvedRing]) -> str | None:
    for theirs, reached in zip(old, changed_before(old), strict=True):
        pairs = zip(new, changed_before(new), strict=True)
        if theirs.ring.pauses and not any(ours.ring.pauses for ours, so_far in pairs if so_far <= reached):
            return f"It does not wait for a person before more than {_counted(reached, 'cluster')} are changed."
    return None


def _of_hooks(new: Sequence[Hook], old: Sequence[Hook]) -> str | None:
    missing = next((hook for hook in old if hook not in new), None)
    return None if missing is None else f"It leaves out the hook '{missing.name}', or changes it."


def _of_policy(asked: Strategy, own: Strategy, total: int) -> str | None:
    ours, theirs = asked.failure or asked.on_failure, own.failure or own.on_failure
    if ours not in _NOT_LAXER[theirs]:
        return f"Its failure policy is {ours}, where the environment's strategy says {theirs}."
    if asked.quorum is not None and own.quorum is not None and asked.quorum.of(total) < own.quorum.of(total):
        return f"Its quorum is {asked.quorum.to_json()}, where the environment's strategy says {own.quorum.to_json()}."
    return None


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
