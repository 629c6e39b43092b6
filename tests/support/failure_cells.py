"""One cell of the matrix of failures: a policy, the cluster that fails, when and how; and what has to come of it.

Four clusters in three rings: `a`, then `b` and `c`, then `d`. What is expected is stated here once more, from
docs/rings.md and docs/decisions/what-failure-means.md, and without the code that decides it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from domain.words import FailurePolicy, OnFailure, Outcome

RING_OF = {"a": 0, "b": 1, "c": 1, "d": 2}
QUORUM = 3
TOLERANT = frozenset({FailurePolicy.BEST_EFFORT, FailurePolicy.QUORUM})
POLICIES: tuple[FailurePolicy | OnFailure, ...] = (*FailurePolicy, *OnFailure)

HOW = {
    "hook": ("error", "timeout", "crash-loop", "gone"),
    "apply": ("error", "timeout", "gone", "unanswered"),
    "rollout": ("error", "timeout", "crash-loop", "gone", "no-node"),
    "soak": ("error", "crash-loop", "gone", "no-node"),
    "check": ("error", "timeout", "crash-loop", "gone", "ring"),
}
"""How it fails at each moment.

`unanswered`: the write is carried out, and the cluster is gone before it answers. `no-node`: something is in the way
that the new images cannot have caused. `ring`: a check of the environment fails, which is on no cluster in particular.

What is left out: while images are written nothing runs yet that could crash; a soak has no time of its own to exceed,
it ends when it ends; only pods of workloads wait for nodes for so long that it is a failure; and where a write is not
answered its cluster is gone, which makes no difference to a Job or to what is only read.
"""


@dataclass(frozen=True)
class Cell:
    policy: FailurePolicy | OnFailure
    cluster: str
    when: str
    how: str

    @property
    def ring(self) -> int:
        return RING_OF[self.cluster]

    @property
    def failing(self) -> frozenset[str]:
        """The clusters on which it fails."""
        together = {name for name, ring in RING_OF.items() if ring == self.ring}
        return frozenset(together if self.how == "ring" else {self.cluster})

    @property
    def reached(self) -> bool:
        """Whether the failing clusters run the new images as it happens."""
        return self.when in {"rollout", "soak", "check"} or (self.when, self.how) == ("apply", "unanswered")

    @property
    def lost(self) -> bool:
        """Whether the cluster does not answer any more."""
        return self.how in {"gone", "unanswered"}

    @property
    def undo_helps(self) -> bool:
        return self.how != "no-node"

    def __str__(self) -> str:
        return f"{self.policy}: {self.how} on {self.cluster} while {self.when}"


def cells(policy: FailurePolicy | OnFailure, when: str, clusters: str = "abcd") -> Iterator[Cell]:
    """Every cell of a policy and a moment, with these clusters as those that fail."""
    for cluster, how in product(clusters, HOW[when]):
        yield Cell(policy, cluster, when, how)


def _goes_on(cell: Cell) -> bool:
    """Whether the next ring begins in spite of the failure."""
    others = {name for name, ring in RING_OF.items() if ring == cell.ring} - cell.failing
    if cell.when == "hook" and cell.policy not in TOLERANT:
        others = set()  # the hook keeps the whole ring from beginning
    match cell.policy:
        case FailurePolicy.BEST_EFFORT:
            return True
        case FailurePolicy.QUORUM:
            return bool(others) and len(RING_OF) - len(cell.failing) >= QUORUM
        case FailurePolicy.ALL_OR_NOTHING:
            return False
        case FailurePolicy.STOP | OnFailure.STAY | OnFailure.ROLL_BACK:
            return cell.lost and bool(others)


def quorum_met(cell: Cell) -> bool:
    """Whether the quorum is met: by the clusters before the ring, and all others where it goes on."""
    before = sum(ring < cell.ring for ring in RING_OF.values())
    in_ring = sum(ring == cell.ring for ring in RING_OF.values()) - len(cell.failing)
    return _goes_on(cell) or before + in_ring >= QUORUM


def _goes_back(cell: Cell, name: str) -> bool:
    """Whether a cluster that was changed goes back."""
    goes_on, in_ring = _goes_on(cell), RING_OF[name] == cell.ring
    by_itself = name in cell.failing and cell.undo_helps
    match cell.policy:
        case OnFailure.STAY:
            return False
        case OnFailure.ROLL_BACK | FailurePolicy.BEST_EFFORT:
            return by_itself
        case FailurePolicy.STOP:
            return in_ring and not goes_on
        case FailurePolicy.ALL_OR_NOTHING:
            return True
        case FailurePolicy.QUORUM:
            return by_itself or not quorum_met(cell)


def _begins(cell: Cell, name: str) -> bool:
    """Whether the operation writes images to a cluster, or tries to."""
    if RING_OF[name] == cell.ring and cell.when == "hook":
        return cell.policy in TOLERANT and name not in cell.failing
    return RING_OF[name] <= cell.ring or _goes_on(cell)


def expected_images(cell: Cell) -> dict[str, str]:
    """What runs on each cluster in the end: `old` or `new`."""
    expected = {}
    for name in RING_OF:
        failed = name in cell.failing
        changed = cell.reached if failed else _begins(cell, name)
        out_of_reach = failed and cell.lost  # nothing can be put back there
        expected[name] = "new" if changed and (out_of_reach or not _goes_back(cell, name)) else "old"
    return expected


def expected_outcomes(cell: Cell) -> dict[str, Outcome]:
    """How the operation ends on each cluster."""
    return {name: _expected_outcome(cell, name) for name in RING_OF}


def _expected_outcome(cell: Cell, name: str) -> Outcome:
    begins = _begins(cell, name)
    if name in cell.failing:
        if cell.lost:
            return Outcome.UNREACHABLE
        return Outcome.ROLLED_BACK if begins and _goes_back(cell, name) else Outcome.FAILED
    if not begins:
        return Outcome.SKIPPED
    return Outcome.ROLLED_BACK if _goes_back(cell, name) else Outcome.SUCCEEDED
