"""What becomes of pushed images in one app environment, and what is deployed there next.

Pure. Everything follows from rows, so that deciding twice, or after a crash, comes to the same: what waits is decided
upon again together with what is new. Arrivals are taken in the order of their pushes, each judged against what runs and
against what would run after those before it: a burst comes to what its pushes one by one would have come to, in one
deployment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.images import ContainerRef
from domain.words import DeployMode, Verdict
from services.planning.policies.tags import (
    Accepted,
    Candidate,
    ImagePolicies,
    Policy,
    Refused,
    age_key,
    evaluate,
    newest,
)
from services.planning.policies.values import (
    ImagePush,
    JudgedPush,
    NewImage,
    PriorVerdict,
    PushDecision,
    PushFacts,
    Running,
    TagPreview,
)

NEWER = "newer"  # the code of what was superseded
RUNS = "runs"  # the code of what is unchanged

_OPEN = frozenset({Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED})
_TAKEN = frozenset({Verdict.DEPLOYING, Verdict.UNCHANGED})


@dataclass(frozen=True, kw_only=True)
class _ContainerState:
    """What a container runs, or will once what is under way has ended, and what it was given last."""

    running: Running
    tag: str | None
    digest: str | None
    last: ImagePush | None

    def runs(self, image_push: ImagePush) -> bool:
        """Whether deploying it would change nothing."""
        if image_push.digest is None or self.digest is None:
            return image_push.digest is self.digest and image_push.tag == self.tag
        return image_push.digest == self.digest


def decide(facts: PushFacts) -> PushDecision:
    """What becomes of the arrivals, and what comes next."""
    return _decide(facts, blocked={f.image_push.push for f in facts.prior if f.verdict is Verdict.BLOCKED})


def decide_after_switch(facts: PushFacts) -> PushDecision:
    """What it would do if it went to auto now: take what is offered, and try again what was blocked."""
    return _decide(replace(facts, mode=DeployMode.AUTO), blocked=frozenset())


def preview(policies: ImagePolicies, running: Iterable[Running], known: Iterable[ImagePush]) -> tuple[TagPreview, ...]:
    """What these policies would make of known tags, container by container."""
    image_pushes, found = tuple(known), []
    for each in running:
        policy = policies.policy_for(each.container.container, each.repository)
        answers = {
            image_push: evaluate(policy, image_push.candidate, each.tag)
            for image_push in image_pushes
            if image_push.repository == each.repository
        }
        accepted = [image_push.candidate for image_push, answer in answers.items() if isinstance(answer, Accepted)]
        chosen = newest(policy, accepted)
        found += [_preview(each, image_push, answer, chosen) for image_push, answer in answers.items()]
    return tuple(found)


def _decide(facts: PushFacts, *, blocked: Iterable[int]) -> PushDecision:
    pool = _pool(facts)
    found: dict[int, list[JudgedPush]] = {push: [] for push in pool}
    waiting = []
    for running in facts.running:
        mine = [image_push for image_push in pool.values() if image_push.repository == running.repository]
        policy = facts.policies.policy_for(running.container.container, running.repository)
        for judged in _judge_container(policy, _container_state(running, facts.prior), mine):
            found[judged.push].append(judged)
            if judged.verdict is Verdict.PENDING:
                waiting.append(_new_image(running, pool[judged.push]))
    auto = facts.mode is DeployMode.AUTO
    held = frozenset(blocked) if auto else frozenset[int]()
    ready = tuple(image for image in waiting if image.image_push.push not in held)
    return PushDecision(
        verdicts=tuple(_changed(facts, (_merged(judged, auto=auto, held=held) for judged in found.values() if judged))),
        next=ready if auto else (),
        offered=() if auto else ready,
        unmatched=tuple(push for push, judged in found.items() if not judged),
    )


def _pool(facts: PushFacts) -> dict[int, ImagePush]:
    """What is to be decided upon, in the order of pushes: not what an operation has taken already."""
    taken = {prior.image_push.push for prior in facts.prior if prior.verdict is Verdict.DEPLOYING}
    still_open = (prior.image_push for prior in facts.prior if prior.verdict in _OPEN)
    pool = {
        image_push.push: image_push for image_push in (*still_open, *facts.image_pushes) if image_push.push not in taken
    }
    return dict(sorted(pool.items()))


def _container_state(running: Running, prior: Iterable[PriorVerdict]) -> _ContainerState:
    mine = [
        each
        for each in prior
        if each.verdict in _TAKEN
        and running.container.key in each.containers
        and each.image_push.repository == running.repository
    ]
    last = max((each.image_push for each in mine), key=lambda image_push: image_push.push, default=None)
    coming = max(
        (each.image_push for each in mine if each.under_way), key=lambda image_push: image_push.push, default=None
    )
    if coming is not None:
        return _ContainerState(running=running, tag=coming.tag, digest=coming.digest, last=last)
    return _ContainerState(running=running, tag=running.tag, digest=running.digest, last=last)


def _judge_container(policy: Policy, state: _ContainerState, pool: Iterable[ImagePush]) -> list[JudgedPush]:
    container = (state.running.container,)
    found, accepted, chosen = [], list[ImagePush](), None
    for image_push in pool:
        if _is_late(policy, image_push, state.last):
            found.append(_superseded(image_push, state.last, container))
            continue
        answer = _evaluate_in_turn(policy, image_push, state, chosen)
        if isinstance(answer, Refused):
            found.append(
                JudgedPush(
                    push=image_push.push,
                    verdict=Verdict.REFUSED,
                    containers=container,
                    code=answer.rule.value,
                    reason=answer.reason,
                )
            )
        else:
            accepted.append(image_push)
            if chosen is None or age_key(policy, image_push.candidate) > age_key(policy, chosen.candidate):
                chosen = image_push
    for image_push in accepted:
        if image_push is not chosen:
            found.append(_superseded(image_push, chosen, container))
        elif state.runs(image_push):
            reason = f"{image_push.tag} runs here already."
            found.append(
                JudgedPush(
                    push=image_push.push, verdict=Verdict.UNCHANGED, containers=container, code=RUNS, reason=reason
                )
            )
        else:
            found.append(JudgedPush(push=image_push.push, verdict=Verdict.PENDING, containers=container))
    return found


def _is_late(policy: Policy, image_push: ImagePush, last: ImagePush | None) -> bool:
    """Whether something pushed later was taken before this was known, and the policy does not rank this higher."""
    if last is None or image_push.push >= last.push:
        return False
    return age_key(policy, image_push.candidate) < age_key(policy, last.candidate)


def _evaluate_in_turn(
    policy: Policy, image_push: ImagePush, state: _ContainerState, ahead: ImagePush | None
) -> Accepted | Refused:
    """Against what runs, and against what would run by then."""
    last = state.last.candidate if state.last else None
    answer = evaluate(policy, image_push.candidate, state.tag, deployed=last)
    if ahead is None or isinstance(answer, Refused):
        return answer
    return evaluate(policy, image_push.candidate, ahead.tag, deployed=ahead.candidate)


def _superseded(image_push: ImagePush, by: ImagePush | None, containers: tuple[ContainerRef, ...]) -> JudgedPush:
    return JudgedPush(
        push=image_push.push,
        verdict=Verdict.SUPERSEDED,
        containers=containers,
        code=NEWER,
        reason=f"{by.tag} is newer." if by else None,
        by_push=by.push if by else None,
    )


def _merged(judged: list[JudgedPush], *, auto: bool, held: frozenset[int]) -> JudgedPush:
    """What becomes of an arrival as a whole: the best that becomes of it in any container, and in which."""
    for verdict in (Verdict.PENDING, Verdict.UNCHANGED, Verdict.SUPERSEDED, Verdict.REFUSED):
        same = [each for each in judged if each.verdict is verdict]
        if same:
            break
    best = max(same, key=lambda each: each.by_push or 0)
    whole = replace(best, containers=tuple(container for each in same for container in each.containers))
    if whole.verdict is not Verdict.PENDING:
        return whole
    if whole.push in held:
        return replace(whole, verdict=Verdict.BLOCKED)
    return whole if auto else replace(whole, verdict=Verdict.OFFERED)


def _changed(facts: PushFacts, verdicts: Iterable[JudgedPush]) -> Iterable[JudgedPush]:
    """Without those that were decided upon before, to the same end."""
    before = {prior.image_push.push: (prior.verdict, prior.containers) for prior in facts.prior}
    for judged in verdicts:
        if before.get(judged.push) != (judged.verdict, tuple(each.key for each in judged.containers)):
            yield judged


def _new_image(running: Running, image_push: ImagePush) -> NewImage:
    image = f"{running.name}:{image_push.tag}"
    return NewImage(
        container=running.container,
        image_push=image_push,
        image=f"{image}@{image_push.digest}" if image_push.digest else image,
    )


def _preview(
    running: Running, image_push: ImagePush, answer: Accepted | Refused, chosen: Candidate | None
) -> TagPreview:
    if isinstance(answer, Refused):
        return TagPreview(
            container=running.container,
            image_push=image_push,
            taken=False,
            newest=False,
            rule=answer.rule.value,
            reason=answer.reason,
        )
    return TagPreview(
        container=running.container,
        image_push=image_push,
        taken=True,
        newest=chosen is not None and image_push.push == chosen.push,
    )
