"""Conclude an operation from the outcomes of its clusters: a final state and a sentence for people.

Pure. It does not decide what an outcome is; execution reports those.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.words import OperationState, Outcome


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """The final state of an operation, and one sentence that sums up the outcomes of its clusters."""

    state: OperationState
    message: str


# The order of outcomes in the sentence: those that need a person's attention come first.
_PHRASES: tuple[tuple[Outcome, str], ...] = (
    (Outcome.FAILED, "failed on"),
    (Outcome.UNREACHABLE, "could not reach"),
    (Outcome.ROLLED_BACK, "rolled back on"),
    (Outcome.SKIPPED, "skipped"),
    (Outcome.SUCCEEDED, "succeeded on"),
    (Outcome.UNCHANGED, "found nothing to change on"),
)
_MOST_NAMED = 5  # clusters; beyond that the sentence gives their number


def conclude(outcomes: Mapping[str, Outcome], cancelled: bool, *, enough: bool = False) -> Conclusion:  # noqa: FBT001 - the engine's call
    """The conclusion over `outcomes` by cluster name; `cancelled` says that a person requested the cancellation.

    An operation whose clusters are all good has succeeded even where cancellation was requested: it stopped nothing.
    `enough`: as many clusters are good as its quorum asks for.
    """
    if all(outcome.good for outcome in outcomes.values()):
        state = OperationState.SUCCEEDED
    elif cancelled:
        state = OperationState.CANCELLED
    elif enough:
        state = OperationState.SUCCEEDED
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
        f"{verb} {_clusters([name for name, outcome in outcomes.items() if outcome is phrased])}"
        for phrased, verb in _PHRASES
        if counts[phrased]
    ]
    sentence = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    sentence = f"{sentence[0].upper()}{sentence[1:]}."
    return f"Cancelled. {sentence}" if state is OperationState.CANCELLED else sentence


def _clusters(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"{len(names)} clusters"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
