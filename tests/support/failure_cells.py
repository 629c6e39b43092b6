"""One cell of the matrix of failures: a policy, the cluster that fails, when and how; and what has to come of it.

Four clusters in three rings: `a`, then `b` and `c`, then `d`.
"""

from dataclasses import dataclass

from domain.words import FailurePolicy, OnFailure

RING_OF = {"a": 0, "b": 1, "c": 1, "d": 2}
QUORUM = 3
TOLERANT = frozenset({FailurePolicy.BEST_EFFORT, FailurePolicy.QUORUM})


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
        return self.when in {"rollout", "soak", "check"} or (self.when, self.how) == ("apply", "timeout")


def _goes_on(cell: Cell) -> bool:
    """Whether the next ring begins in spite of the failure, as docs/decisions/what-failure-means.md has it."""
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
            return cell.how == "gone" and bool(others)


def quorum_met(cell: Cell) -> bool:
    """Whether the quorum is met: by the clusters before the ring, and all others where it goes on."""
    before = sum(ring < cell.ring for ring in RING_OF.values())
    return _goes_on(cell) or before >= QUORUM


def _goes_back(cell: Cell, name: str) -> bool:
    """Whether a cluster that was changed goes back."""
    goes_on, in_ring, failed = _goes_on(cell), RING_OF[name] == cell.ring, name in cell.failing
    match cell.policy:
        case OnFailure.STAY:
            return False
        case OnFailure.ROLL_BACK | FailurePolicy.BEST_EFFORT:
            return failed
        case FailurePolicy.STOP:
            return in_ring and not goes_on
        case FailurePolicy.ALL_OR_NOTHING:
            return True
        case FailurePolicy.QUORUM:
            return failed or not quorum_met(cell)


def expected_images(cell: Cell) -> dict[str, str]:
    """What runs on each cluster in the end: `old` or `new`, as docs/decisions/what-failure-means.md has it."""
    expected = {}
    for name, ring in RING_OF.items():
        failed = name in cell.failing
        hooked = cell.when == "hook" and cell.policy not in TOLERANT
        begun = ring < cell.ring or (ring == cell.ring and not hooked) or (ring > cell.ring and _goes_on(cell))
        changed = cell.reached if failed else begun
        out_of_reach = failed and cell.how == "gone"  # nothing can be put back there
        expected[name] = "new" if changed and (out_of_reach or not _goes_back(cell, name)) else "old"
    return expected
