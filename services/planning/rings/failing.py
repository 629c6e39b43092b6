"""What a failure policy makes of a ring that has ended: which clusters go back, and whether the next begins. Pure.

docs/decisions/what-failure-means.md gives the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.words import FailurePolicy, Outcome
from services.planning.waves import proves_itself

_REACHED = frozenset({Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNREACHABLE})  # what of a changed cluster may go back

# With these, a ring goes on without a cluster that may not be changed.
TOLERANT = frozenset({FailurePolicy.BEST_EFFORT, FailurePolicy.QUORUM})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an operation stands on one cluster. `outcome` None: it waits, or is `undoing`.

    `changed`: what undoing needs is stored, so that it may have been written.
    """

    position: int
    wave: int
    outcome: Outcome | None
    undoing: bool = False
    changed: bool = False

    @property
    def good(self) -> bool:
        return self.outcome is not None and self.outcome.good and not self.undoing

    @property
    def harmed(self) -> bool:
        """Whether the change failed here, or was taken back. That a cluster does not answer is no harm by itself."""
        return self.undoing or self.outcome in {Outcome.FAILED, Outcome.ROLLED_BACK}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`undo` are the positions of clusters that go back to their own former images; `go_on`: the next ring begins.

    `holds`: enough of the ring is good to be proved further, by a soak and checks.
    """

    undo: tuple[int, ...] = ()
    go_on: bool = True
    holds: bool = True


def judge(
    failure: FailurePolicy | None, standings: Sequence[Standing], *, wave: int, quorum: int | None = None
) -> Verdict:
    """The verdict on a ring of which every cluster has ended, or is being undone.

    Without a failure policy a cluster is undone or stays by itself, as `on_failure` says, so nothing is added here.
    """
    ring = [each for each in standings if each.wave == wave]
    any_good = any(each.good for each in ring)
    match failure:
        case None:
            return Verdict(go_on=_proves(ring), holds=_proves(ring))
        case FailurePolicy.BEST_EFFORT:
            return Verdict(holds=any_good)
        case FailurePolicy.STOP:
            back, enough = ring, _proves(ring)
        case FailurePolicy.ALL_OR_NOTHING:
            back, enough = list(standings), all(each.good for each in standings if each.wave <= wave)
        case FailurePolicy.QUORUM:
            # A ring that is good nowhere proves nothing, so the next one does not begin, however many it might add.
            good = sum(each.good for each in standings if each.wave <= wave)
            to_come = sum(each.wave > wave for each in standings) if any_good else 0
            back, enough = list(standings), good + to_come >= (quorum or len(standings))
    if not enough:
        return Verdict(undo=_to_undo(back), go_on=False, holds=False)
    return Verdict(go_on=any_good, holds=any_good)


def met(failure: FailurePolicy | None, outcomes: Sequence[Outcome], *, quorum: int | None) -> bool:
    """Whether an operation with these outcomes has done what it was asked: all of it, or as much as its quorum."""
    good = sum(outcome.good for outcome in outcomes)
    return good == len(outcomes) or (failure is FailurePolicy.QUORUM and good >= (quorum or len(outcomes)))


def _proves(ring: Sequence[Standing]) -> bool:
    outcomes = [Outcome.FAILED if each.undoing else each.outcome for each in ring]
    return proves_itself([each for each in outcomes if each is not None])


def _to_undo(standings: Sequence[Standing]) -> tuple[int, ...]:
    return tuple(each.position for each in standings if each.changed and not each.undoing and each.outcome in _REACHED)
