"""What becomes of pushed images in one app environment, and what is deployed there next.

Pure. Everything follows from rows, so that deciding twice, or after a crash, comes to the same: what waits is decided
upon again together with what is new. Arrivals are taken in the order of their pushes, each judged against what runs and
against what would run after those before it: a burst comes to what its pushes one by one would have come to, in one
deployment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.words import DeployMode, Verdict
from services.planning.images.promotion_source import ContainerRef
from services.planning.policies.tags import Accepted, Candidate, ImagePolicies, Policy, Refused, age_key, judge, newest
from services.planning.policies.values import (
    Arrived,
    Decision,
    Former,
    Judged,
    NewImage,
    PlaceFacts,
    Running,
    TagPreview,
)

NEWER = "newer"  # the code of what was superseded
RUNS = "runs"  # the code of what is unchanged

_OPEN = frozenset({Verdict.OFFERED, Verdict.WANTED, Verdict.BLOCKED})
_TAKEN = frozenset({Verdict.DEPLOYING, Verdict.UNCHANGED})


@dataclass(frozen=True, kw_only=True)
class _Stand:
    """What a container runs, or will once what is under way has ended, and what it was given last."""

    running: Running
    tag: str | None
    digest: str | None
    last: Arrived | None

    def runs(self, arrived: Arrived) -> bool:
        """Whether deploying it would change nothing."""
        if arrived.digest is None or self.digest is None:
            return arrived.digest is self.digest and arrived.tag == self.tag
        return arrived.digest == self.digest


def decide(facts: PlaceFacts) -> Decision:
    """What becomes of the arrivals, and what comes next."""
    return _decide(facts, blocked={f.arrived.push for f in facts.former if f.verdict is Verdict.BLOCKED})


def after_switch(facts: PlaceFacts) -> Decision:
    """What it would do if it went to auto now: take what is offered, and try again what was blocked."""
    return _decide(replace(facts, mode=DeployMode.AUTO), blocked=frozenset())


def preview(policies: ImagePolicies, running: Iterable[Running], known: Iterable[Arrived]) -> tuple[TagPreview, ...]:
    """What these policies would make of known tags, container by container."""
    arrivals, found = tuple(known), []
    for each in running:
        policy = policies.policy_for(each.container.container, each.repository)
        answers = {
            arrived: judge(policy, arrived.candidate, each.tag)
            for arrived in arrivals
            if arrived.repository == each.repository
        }
        accepted = [arrived.candidate for arrived, answer in answers.items() if isinstance(answer, Accepted)]
        chosen = newest(policy, accepted)
        found += [_preview(each, arrived, answer, chosen) for arrived, answer in answers.items()]
    return tuple(found)


def _decide(facts: PlaceFacts, *, blocked: Iterable[int]) -> Decision:
    pool = _pool(facts)
    found: dict[int, list[Judged]] = {push: [] for push in pool}
    waiting = []
    for running in facts.running:
        mine = [arrived for arrived in pool.values() if arrived.repository == running.repository]
        policy = facts.policies.policy_for(running.container.container, running.repository)
        for judged in _judge_container(policy, _stand(running, facts.former), mine):
            found[judged.push].append(judged)
            if judged.verdict is Verdict.WANTED:
                waiting.append(_new_image(running, pool[judged.push]))
    auto = facts.mode is DeployMode.AUTO
    held = frozenset(blocked) if auto else frozenset[int]()
    ready = tuple(image for image in waiting if image.arrived.push not in held)
    return Decision(
        verdicts=tuple(_changed(facts, (_merged(judged, auto=auto, held=held) for judged in found.values() if judged))),
        next=ready if auto else (),
        offered=() if auto else ready,
        unmatched=tuple(push for push, judged in found.items() if not judged),
    )


def _pool(facts: PlaceFacts) -> dict[int, Arrived]:
    """What is to be decided upon, in the order of pushes: not what an operation has taken already."""
    taken = {former.arrived.push for former in facts.former if former.verdict is Verdict.DEPLOYING}
    still_open = (former.arrived for former in facts.former if former.verdict in _OPEN)
    pool = {arrived.push: arrived for arrived in (*still_open, *facts.arrivals) if arrived.push not in taken}
    return dict(sorted(pool.items()))


def _stand(running: Running, former: Iterable[Former]) -> _Stand:
    mine = [
        each
        for each in former
        if each.verdict in _TAKEN
        and running.container.key in each.containers
        and each.arrived.repository == running.repository
    ]
    last = max((each.arrived for each in mine), key=lambda arrived: arrived.push, default=None)
    coming = max((each.arrived for each in mine if each.under_way), key=lambda arrived: arrived.push, default=None)
    if coming is not None:
        return _Stand(running=running, tag=coming.tag, digest=coming.digest, last=last)
    return _Stand(running=running, tag=running.tag, digest=running.digest, last=last)


def _judge_container(policy: Policy, stand: _Stand, pool: Iterable[Arrived]) -> list[Judged]:
    container = (stand.running.container,)
    found, accepted, chosen = [], list[Arrived](), None
    for arrived in pool:
        if _is_late(policy, arrived, stand.last):
            found.append(_superseded(arrived, stand.last, container))
            continue
        answer = _judge_in_turn(policy, arrived, stand, chosen)
        if isinstance(answer, Refused):
            found.append(
                Judged(
                    push=arrived.push,
                    verdict=Verdict.REFUSED,
                    containers=container,
                    code=answer.rule.value,
                    reason=answer.reason,
                )
            )
        else:
            accepted.append(arrived)
            if chosen is None or age_key(policy, arrived.candidate) > age_key(policy, chosen.candidate):
                chosen = arrived
    for arrived in accepted:
        if arrived is not chosen:
            found.append(_superseded(arrived, chosen, container))
        elif stand.runs(arrived):
            reason = f"{arrived.tag} runs here already."
            found.append(
                Judged(push=arrived.push, verdict=Verdict.UNCHANGED, containers=container, code=RUNS, reason=reason)
            )
        else:
            found.append(Judged(push=arrived.push, verdict=Verdict.WANTED, containers=container))
    return found


def _is_late(policy: Policy, arrived: Arrived, last: Arrived | None) -> bool:
    """Whether something pushed later was taken before this was known, and the policy does not rank this higher."""
    if last is None or arrived.push >= last.push:
        return False
    return age_key(policy, arrived.candidate) < age_key(policy, last.candidate)


def _judge_in_turn(policy: Policy, arrived: Arrived, stand: _Stand, ahead: Arrived | None) -> Accepted | Refused:
    """Against what runs, and against what would run by then."""
    last = stand.last.candidate if stand.last else None
    answer = judge(policy, arrived.candidate, stand.tag, deployed=last)
    if ahead is None or isinstance(answer, Refused):
        return answer
    return judge(policy, arrived.candidate, ahead.tag, deployed=ahead.candidate)


def _superseded(arrived: Arrived, by: Arrived | None, containers: tuple[ContainerRef, ...]) -> Judged:
    return Judged(
        push=arrived.push,
        verdict=Verdict.SUPERSEDED,
        containers=containers,
        code=NEWER,
        reason=f"{by.tag} is newer." if by else None,
        by_push=by.push if by else None,
    )


def _merged(judged: list[Judged], *, auto: bool, held: frozenset[int]) -> Judged:
    """What becomes of an arrival as a whole: the best that becomes of it in any container, and in which."""
    for verdict in (Verdict.WANTED, Verdict.UNCHANGED, Verdict.SUPERSEDED, Verdict.REFUSED):
        same = [each for each in judged if each.verdict is verdict]
        if same:
            break
    best = max(same, key=lambda each: each.by_push or 0)
    whole = replace(best, containers=tuple(container for each in same for container in each.containers))
    if whole.verdict is not Verdict.WANTED:
        return whole
    if whole.push in held:
        return replace(whole, verdict=Verdict.BLOCKED)
    return whole if auto else replace(whole, verdict=Verdict.OFFERED)


def _changed(facts: PlaceFacts, verdicts: Iterable[Judged]) -> Iterable[Judged]:
    """Without those that were decided upon before, to the same end."""
    before = {former.arrived.push: (former.verdict, former.containers) for former in facts.former}
    for judged in verdicts:
        if before.get(judged.push) != (judged.verdict, tuple(each.key for each in judged.containers)):
            yield judged


def _new_image(running: Running, arrived: Arrived) -> NewImage:
    image = f"{running.name}:{arrived.tag}"
    return NewImage(
        container=running.container,
        arrived=arrived,
        image=f"{image}@{arrived.digest}" if arrived.digest else image,
    )


def _preview(running: Running, arrived: Arrived, answer: Accepted | Refused, chosen: Candidate | None) -> TagPreview:
    if isinstance(answer, Refused):
        return TagPreview(
            container=running.container,
            arrived=arrived,
            taken=False,
            newest=False,
            rule=answer.rule.value,
            reason=answer.reason,
        )
    return TagPreview(
        container=running.container,
        arrived=arrived,
        taken=True,
        newest=chosen is not None and arrived.push == chosen.push,
    )
