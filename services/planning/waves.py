"""Whether an operation continues with its next wave of clusters. Pure.

Waves limit the damage of a bad change: a wave has to prove the change before the next wave receives it.
"""

from collections.abc import Collection

from domain.words import Outcome


def proves_itself(outcomes: Collection[Outcome]) -> bool:
    """Whether the outcomes of a wave's clusters prove the change: none failed or was undone, at least one is good.

    An unreachable cluster does not stop the operation, but a wave of unreachable clusters proves nothing.
    """
    harmful = {Outcome.FAILED, Outcome.ROLLED_BACK}
    return any(outcome.good for outcome in outcomes) and not harmful & set(outcomes)
