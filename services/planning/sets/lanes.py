"""The lanes of a promotion set, one for each application and cluster, and what a failure in one means for the others.

A cluster is as good as its worst lane, so the failure policy judges the clusters of a set as it judges those of one
operation (services.planning.rings.failing). Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.words import ClusterPhase, FailurePolicy, Outcome
from services.planning.rings.failing import TOLERANT, Standing, judge

_MAY_GO_BACK = frozenset({Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNREACHABLE})
_HARM = frozenset({Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class Lane:
    """How a set stands in one application on one cluster.

    `member` is the operation of the application, and `position` that of the cluster in it. `stage` is the application's
    place in the order. `changed`: what undoing needs is stored. `ended`: its member has ended before, so that it is
    counted and not touched.
    """

    member: str
    application: str
    stage: int
    cluster: str
    position: int
    wave: int
    phase: ClusterPhase
    outcome: Outcome | None
    why: str | None = None
    changed: bool = False
    ended: bool = False

    @property
    def undoing(self) -> bool:
        return self.phase is ClusterPhase.UNDOING

    @property
    def waiting(self) -> bool:
        return self.phase is ClusterPhase.WAITING

    @property
    def good(self) -> bool:
        return self.outcome is not None and self.outcome.good

    @property
    def bad(self) -> bool:
        """Whether it did not succeed, or is on its way back."""
        return self.undoing or (self.outcome is not None and not self.outcome.good)

    @property
    def label(self) -> str:
        """What failed, where and why, for the lanes that go back or do not begin because of it."""
        return f"'{self.application}' on {self.cluster}{f': {self.why}' if self.why else '.'}"


@dataclass(frozen=True, kw_only=True)
class SetVerdict:
    """`back` are the lanes that go back to their own former images. `go_on`: the next applications, or the next ring,
    begin. `holds`: enough of the ring is good to be proved further.
    """

    back: tuple[Lane, ...]
    go_on: bool
    holds: bool


def judge_lanes(
    failure: FailurePolicy | None,
    lanes: Sequence[Lane],
    *,
    wave: int,
    stage: int,
    quorum: int | None = None,
    cancelled: bool = False,
) -> SetVerdict:
    """The verdict once every lane of these stages of the ring has ended, or is being undone.

    Lanes of later stages of the ring have not begun, and say nothing. Where one lane of a cluster is bad, the others
    of the cluster go back under any policy. After a cancellation that kept a lane from succeeding, all go back.
    """
    counted = [each for each in lanes if each.wave != wave or each.stage <= stage]
    clusters = _by_cluster(counted)
    positions = {name: position for position, name in enumerate(clusters)}
    standings = [
        Standing(
            position=positions[name],
            wave=of_cluster[0].wave,
            outcome=_worst(of_cluster),
            changed=any(each.changed for each in of_cluster),
        )
        for name, of_cluster in clusters.items()
    ]
    verdict = judge(failure or FailurePolicy.ALL_OR_NOTHING, standings, wave=wave, quorum=quorum)
    going_back = {name for name in clusters if positions[name] in verdict.undo}
    torn = {name for name, of_cluster in clusters.items() if any(each.bad for each in of_cluster)}
    all_back = cancelled and not all(each.good for each in lanes)
    back = tuple(
        each
        for each in counted
        if each.changed
        and not each.ended
        and not each.undoing
        and (
            (each.cluster in going_back and each.outcome in _MAY_GO_BACK)
            or ((all_back or each.cluster in torn) and each.outcome is Outcome.SUCCEEDED)
        )
    )
    return SetVerdict(back=back, go_on=verdict.go_on and not cancelled, holds=verdict.holds)


def unsettled(lanes: Iterable[Lane], *, wave: int, stage: int, cancelled: bool = False) -> bool:
    """Whether a lane of these stages of the ring has not ended, and is not being undone: it is too early to judge.

    After a cancellation, lanes that wait do not begin any more.
    """
    return any(
        each.outcome is None and not each.undoing and not (cancelled and each.waiting)
        for each in lanes
        if each.wave == wave and each.stage <= stage
    )


def blocked(failure: FailurePolicy | None, lanes: Iterable[Lane], *, wave: int) -> tuple[Lane, ...]:
    """The lanes of a ring that do not begin because another one of it may not be changed, before any of it begins.

    A policy that goes on without a cluster leaves out the cluster, any other one the ring.
    """
    ring = [each for each in lanes if each.wave == wave and not each.ended]
    bad = {each.cluster for each in ring if each.bad}
    if not bad:
        return ()
    return tuple(each for each in ring if each.waiting and (each.cluster in bad or failure not in TOLERANT))


def left_out(lanes: Iterable[Lane], *, wave: int, stage: int) -> tuple[Lane, ...]:
    """The lanes of a stage that do not begin because an earlier application is bad on their cluster."""
    counted = [each for each in lanes if each.wave == wave]
    bad = {each.cluster for each in counted if each.stage < stage and each.bad}
    return tuple(each for each in counted if each.stage == stage and each.waiting and each.cluster in bad)


def cause_of(lane: Lane, lanes: Iterable[Lane]) -> Lane | None:
    """The bad lane because of which another one goes back or does not begin: one of its own cluster before others."""
    bad = [each for each in lanes if each.bad and each.why is not None and each != lane]
    return min(bad, key=lambda each: (each.outcome is Outcome.SKIPPED, each.cluster != lane.cluster), default=None)


def _by_cluster(lanes: Iterable[Lane]) -> Mapping[str, Sequence[Lane]]:
    found: dict[str, list[Lane]] = {}
    for each in lanes:
        found.setdefault(each.cluster, []).append(each)
    return found


def _worst(lanes: Sequence[Lane]) -> Outcome | None:
    """The outcome of a cluster with these lanes; None while one of them has not ended."""
    outcomes = {each.outcome for each in lanes}
    if any(each.undoing for each in lanes) or outcomes & _HARM:
        return Outcome.FAILED
    if Outcome.UNREACHABLE in outcomes:
        return Outcome.UNREACHABLE
    if None in outcomes:
        return None
    return Outcome.SUCCEEDED if Outcome.SUCCEEDED in outcomes else Outcome.UNCHANGED
