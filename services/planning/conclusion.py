"""What an operation came to, from what it came to on each cluster: a state, and a sentence for people.

Pure.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.words import OperationState, Outcome


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """An ended operation's state, and one sentence that says how it went over its clusters."""

    state: OperationState
    message: str


# The order in which outcomes are told: what needs somebody's attention comes first.
_TOLD: tuple[tuple[Outcome, str], ...] = (
    (Outcome.FAILED, "failed on"),
    (Outcome.UNREACHABLE, "could not reach"),
    (Outcome.ROLLED_BACK, "rolled back on"),
    (Outcome.SKIPPED, "skipped"),
    (Outcome.SUCCEEDED, "succeeded on"),
    (Outcome.UNCHANGED, "found nothing to change on"),
)
_NAMED = 5


def conclude(outcomes: Mapping[str, Outcome], cancelled: bool) -> Conclusion:  # noqa: FBT001 - the engine's call
    """The verdict over `outcomes`, which are by cluster name.

    An operation whose clusters are all good has succeeded, even if somebody wanted to cancel it: nothing was stopped.
    """
    if all(outcome.good for outcome in outcomes.values()):
        state = OperationState.SUCCEEDED
    elif cancelled:
        state = OperationState.CANCELLED
    else:
        state = OperationState.FAILED
    return Conclusion(state=state, message=_sentence(outcomes, state))


def _sentence(outcomes: Mapping[str, Outcome], state: OperationState) -> str:
    counts = Counter(outcomes.values())
    if not outcomes:
        return "There was no cluster to act on."
    if set(counts) == {Outcome.UNCHANGED}:
        return "There was nothing to change on any cluster."
    parts = [
        f"{verb} {_clusters([name for name, outcome in outcomes.items() if outcome is told])}"
        for told, verb in _TOLD
        if counts[told]
    ]
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    said = f"{said[0].upper()}{said[1:]}."
    return f"Cancelled. {said}" if state is OperationState.CANCELLED else said


def _clusters(names: list[str]) -> str:
    if len(names) > _NAMED:
        return f"{len(names)} clusters"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
