"""How often and how soon the watcher of a cluster tries again; all durations in seconds. Pure."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The pauses of one watcher.

    `first` and `longest` bound the pause after a failure, which doubles, as in client-go (`reflector.go`). `refused`:
    until what the credential may not do is tried again, at most; `unserved`: until a kind is looked for again.
    `steady`: a watch that has stood for so long, and ends, is a first failure. `poll`: between two lists of what is not
    watched. `quiet`: after such a silence the cluster is asked for its version, within `answer`. `settle`: from a
    change of what is wanted until it is acted on. `beside`: between two looks at what is read beside workloads and
    pods, and `revisions` and `nodes`, how old these may get while nothing changes.
    """

    first: float = 0.8
    longest: float = 30.0
    refused: float = 60.0
    unserved: float = 60.0
    steady: float = 4.0
    poll: float = 5.0
    quiet: float = 15.0
    answer: float = 5.0
    settle: float = 1.0
    beside: float = 2.0
    revisions: float = 30.0
    nodes: float = 10.0

    def after(self, failures: int, chance: random.Random) -> float:
        """The pause after so many failures in a row: anything up to the bound, so that not all return at once."""
        bound = min(self.longest, self.first * 2.0 ** min(failures - 1, 10))
        return chance.uniform(0, bound)

    def after_refusal(self, failures: int, chance: random.Random) -> float:
        """The pause after so many refusals in a row: short at first, as an API server that starts refuses as well."""
        return spread(min(self.refused, self.first * 2.0 ** min(failures, 10)), chance)


def spread(seconds: float, chance: random.Random) -> float:
    """About so long."""
    return seconds * chance.uniform(0.8, 1.2)
