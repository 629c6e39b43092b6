"""Decide the verdicts on image pushes in one app environment, and what is deployed there next.

Pure. The decision depends on stored rows alone, so that deciding twice, or again after a crash, has the same result:
open image pushes are judged again together with the new ones. They are judged in the order of their pushes, each
against what runs and against what would run after the pushes before it. A burst of pushes therefore has the verdicts
that the pushes would have had one by one, with one deployment.
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

UNVERIFIED = "unverified"  # the code of a verdict on an image push that no registry has confirmed
NEWER = "newer"  # the code of the verdict "superseded"
RUNS = "runs"  # the code of the verdict "unchanged"

_OPEN = frozenset({Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED})
_TAKEN = frozenset({Verdict.DEPLOYING, Verdict.UNCHANGED})


@dataclass(frozen=True, kw_only=True)
class _ContainerState:
    """What a container runs, or will run once the operation in progress has ended, and its last deployed image push."""

    running: Running
    tag: str | None
    digest: str | None
    last: ImagePush | None

    def runs(self, image_push: ImagePush) -> bool:
        """Whether deploying the image push would change nothing."""
        if image_push.digest is None or self.digest is None:
            return image_push.digest is self.digest and image_push.tag == self.tag
        return image_push.digest == self.digest


def decide(facts: PushFacts) -> PushDecision:
    """The verdicts on new and open image pushes, and the images to deploy next."""
    return _decide(facts, blocked={f.image_push.push for f in facts.prior if f.verdict is Verdict.BLOCKED})


def decide_after_switch(facts: PushFacts) -> PushDecision:
    """The decision if the deploy mode changed to auto now: deploy what is offered, and retry what was blocked."""
    return _decide(replace(facts, mode=DeployMode.AUTO), blocked=frozenset())


def preview(policies: ImagePolicies, running: Iterable[Running], known: Iterable[ImagePush]) -> tuple[TagPreview, ...]:
    """How these policies would evaluate known tags, container by container."""
    image_pushes, previews = tuple(known), []
    for each in running:
        policy = policies.policy_for(each.container.container, each.repository)
        answers = {
            image_push: evaluate(policy, image_push.candidate, each.tag)
            for image_push in image_pushes
            if each.takes(image_push)
        }
        accepted = [image_push.candidate for image_push, answer in answers.items() if isinstance(answer, Accepted)]
        chosen = newest(policy, accepted)
        previews += [_preview(each, image_push, answer, chosen) for image_push, answer in answers.items()]
    return tuple(previews)


def _decide(facts: PushFacts, *, blocked: Iterable[int]) -> PushDecision:
    pool = _pool(facts)
    verdicts: dict[int, list[JudgedPush]] = {push: [] for push in pool}
    waiting = []
    for running in facts.running:
        mine = [image_push for image_push in pool.values() if running.takes(image_push)]
        policy = facts.policies.policy_for(running.container.container, running.repository)
        for judged in _judge_container(policy, _container_state(running, facts.prior), mine):
            verdicts[judged.push].append(judged)
            if judged.verdict is Verdict.PENDING:
                waiting.append(_new_image(running, pool[judged.push]))
    auto = facts.mode is DeployMode.AUTO
    held = frozenset(blocked) if auto else frozenset[int]()
    ready = tuple(image for image in waiting if image.image_push.push not in held)
    return PushDecision(
        verdicts=tuple(
            _changed(facts, (_merged(judged, auto=auto, held=held) for judged in verdicts.values() if judged))
        ),
        next=ready if auto else (),
        offered=() if auto else ready,
        unmatched=tuple(push for push, judged in verdicts.items() if not judged),
    )


def _pool(facts: PushFacts) -> dict[int, ImagePush]:
    """The image pushes to judge, in the order of their pushes, without those that an operation already deploys."""
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
        if each.verdict in _TAKEN and running.container.key in each.containers and running.takes(each.image_push)
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
    judged, accepted, chosen = [], list[ImagePush](), None
    for image_push in pool:
        if _is_late(policy, image_push, state.last):
            judged.append(_superseded(image_push, state.last, container))
            continue
        answer = _evaluate_in_turn(policy, image_push, state, chosen)
        if isinstance(answer, Refused):
            judged.append(
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
            judged.append(_superseded(image_push, chosen, container))
        elif state.runs(image_push):
            reason = f"{image_push.tag} already runs here."
            judged.append(
                JudgedPush(
                    push=image_push.push, verdict=Verdict.UNCHANGED, containers=container, code=RUNS, reason=reason
                )
            )
        else:
            judged.append(
                JudgedPush(
                    push=image_push.push,
                    verdict=Verdict.PENDING,
                    containers=container,
                    code=UNVERIFIED if image_push.doubt else None,
                    reason=image_push.doubt,
                )
            )
    return judged


def _is_late(policy: Policy, image_push: ImagePush, last: ImagePush | None) -> bool:
    """Whether a later push was deployed before this one was reported, and the policy does not rank this one higher."""
    if last is None or image_push.push >= last.push:
        return False
    return age_key(policy, image_push.candidate) < age_key(policy, last.candidate)


def _evaluate_in_turn(
    policy: Policy, image_push: ImagePush, state: _ContainerState, ahead: ImagePush | None
) -> Accepted | Refused:
    """Evaluate an image push against what runs, and against the accepted push before it, which would run by then."""
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
    """One verdict on an image push: the best of its verdicts over all containers, with the containers that have it."""
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
    """The verdicts that differ from the prior ones."""
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
