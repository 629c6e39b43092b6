"""Whether an operation goes on to its next wave of clusters. Pure.

Waves are there to contain damage: the first one proves the change before the others get it.
"""

from collections.abc import Collection

from domain.words import Outcome


def proves_itself(outcomes: Collection[Outcome]) -> bool:
    """A wave proves the change when no cluster of it failed and at least one is good.

    A cluster that cannot be reached holds up nobody, but where none could be reached nothing was proved.
    """
    harmful = {Outcome.FAILED, Outcome.ROLLED_BACK}
    return any(outcome.good for outcome in outcomes) and not harmful & set(outcomes)
