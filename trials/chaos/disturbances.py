"""What happens to a round, and when: drawn from a seed, so that it can be repeated. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LONGEST_OUTAGE = 60.0  # seconds that a cluster is away at most; Stagecoach waits for longer
SHORT_OUTAGE = 8.0  # the same for the suite, which has not as much time
_LONG_ONES = 0.25  # the share of outages that last for the longest time


class What(StrEnum):
    """What can happen."""

    KILL = "kill -9"
    KILL_ALL = "kill -9 of all processes"
    DATABASE_DIES = "the database dies"
    DATABASE_CUT = "no way to the database"
    CLUSTER_GONE = "the cluster is gone"
    ANSWERS_LOST = "the cluster's answers are lost"


_SECONDS = {  # from and to
    What.KILL: (0.2, 4.0),
    What.KILL_ALL: (0.2, 4.0),
    What.DATABASE_DIES: (1.0, 5.0),
    What.DATABASE_CUT: (0.5, 12.0),
    What.CLUSTER_GONE: (2.0, SHORT_OUTAGE),
    What.ANSWERS_LOST: (0.3, 2.0),
}
_OF_REPLICAS = {What.KILL, What.DATABASE_CUT}
_OF_CLUSTERS = {What.CLUSTER_GONE, What.ANSWERS_LOST}


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """Something that happens to a replica, a cluster or the database.

    `moment` is a share of what the round takes undisturbed, so that it hits the same work on a slower machine.
    """

    what: What
    whom: str
    moment: float
    seconds: float

    def __str__(self) -> str:
        whom = f" ({self.whom})" if self.whom else ""
        return f"at {self.moment:.0%}: {self.what}{whom} for {self.seconds:.1f} s"


def draw(
    chance: random.Random, kinds: Sequence[What], *, replicas: Sequence[str], clusters: Sequence[str], longest: float
) -> tuple[Disturbance, ...]:
    """One of each of these kinds, in the order of their moments.

    An outage lasts for `longest` seconds now and then: the others are shorter, because there is much to try.
    """
    drawn = [_one(each, chance, replicas=replicas, clusters=clusters, longest=longest) for each in kinds]
    return tuple(sorted(drawn, key=lambda each: each.moment))


def _one(
    what: What, chance: random.Random, *, replicas: Sequence[str], clusters: Sequence[str], longest: float
) -> Disturbance:
    whom = chance.choice(replicas) if what in _OF_REPLICAS else chance.choice(clusters) if what in _OF_CLUSTERS else ""
    seconds = chance.uniform(*_SECONDS[what])
    if what is What.CLUSTER_GONE and chance.random() < _LONG_ONES:
        seconds = longest
    return Disturbance(what=what, whom=whom, moment=chance.uniform(0.02, 0.95), seconds=seconds)
