"""Explain why a tag is not deployed in an app environment, or since when it runs there: one answer.

Pure. A use case gathers the facts. There is an answer for all of them; where several hold, the first in this order is
given: what runs, what the environment follows, which operation is in progress, which verdict was decided, what is
missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.words import ImagePushState, OperationState, Verdict
from services.planning.policies.explanation_facts import (
    Answer,
    AnswerCode,
    ClusterFact,
    ExplanationFacts,
    ImagePushFact,
    OperationFact,
)
from services.planning.policies.explanation_follow import of_follow

_NAMED = 3  # resources that a sentence names


def explain(facts: ExplanationFacts) -> Answer:
    """Why the tag does not run in the app environment, or since when it does."""
    if not facts.configured:
        return Answer(
            code=AnswerCode.NOT_CONFIGURED, sentence=f"The application is not configured in {facts.environment} yet."
        )
    answer = (
        _of_clusters(facts) or _of_follow(facts) or _of_verdict(facts) or _of_custom(facts) or _of_image_push(facts)
    )
    return _with_catching_up(answer, facts.catching_up)


def _of_follow(facts: ExplanationFacts) -> Answer | None:
    """The answer where nothing but what it follows decides: no pushed image of the tag was deployed here by hand."""
    left = facts.verdict is None or facts.verdict.verdict in {Verdict.OFFERED, Verdict.REFUSED, Verdict.SUPERSEDED}
    return of_follow(facts.follow, environment=facts.environment, tag=facts.tag) if facts.follow and left else None


def _with_catching_up(answer: Answer, sentences: Sequence[str]) -> Answer:
    """Where clusters lack the tag because they did not answer, also whether they get it when they do."""
    if not sentences or answer.code not in {AnswerCode.RUNNING_PARTLY, AnswerCode.CLUSTER_DOWN}:
        return answer
    details = {**answer.details, "catching_up": list(sentences)}
    return replace(answer, sentence=" ".join((answer.sentence, *sentences)), details=details)


def _of_clusters(facts: ExplanationFacts) -> Answer | None:
    """The answer where a cluster runs the tag, unless the operation explains more: it is in progress, or it failed."""
    running = [each for each in facts.clusters if each.runs]
    others = [each for each in facts.clusters if not each.runs]
    not_ready = _names(each for each in running if not each.healthy)
    if not running or (facts.operation is not None and _explains_more(facts.operation, not_ready)):
        return None
    unready = f" It is not ready on {_joined(not_ready)}." if not_ready else ""
    if not others:
        known = [each.since for each in running if each.since is not None]
        since = max(known) if len(known) == len(running) else None
        for_how_long = f" since {_moment(since)}" if since else ""
        return Answer(
            code=AnswerCode.RUNNING,
            sentence=f"{facts.tag} runs in {facts.environment}{for_how_long}.{unready}",
            details={"since": _json(since), "clusters": _names(running), "not_ready": not_ready},
        )
    down = _names(each for each in others if not each.reachable)
    also = f" {_joined(down)} cannot be reached." if down else ""
    behind = [each for each in others if each.lacks]
    level = "".join(f" {each.name} lacks {_some(each.lacks)}: bring it level." for each in behind)
    where = f"{facts.tag} runs on {_joined(_names(running))} and not on {_joined(_names(others))}."
    return Answer(
        code=AnswerCode.RUNNING_PARTLY,
        sentence=f"{where}{also}{level}{unready}",
        details={
            "clusters": _names(running),
            "missing": _names(others),
            "unreachable": down,
            "not_ready": not_ready,
            "not_level": _names(behind),
        },
    )


def _explains_more(operation: OperationFact, not_ready: list[str]) -> bool:
    """A workload names a new image as soon as it is patched; only its operation waits until it is ready."""
    if not operation.state.ended:
        return True
    return bool(not_ready) and operation.state is not OperationState.SUCCEEDED


def _of_verdict(facts: ExplanationFacts) -> Answer | None:  # noqa: PLR0911  one for each verdict
    given = facts.verdict
    if given is None:
        return None
    match given.verdict:
        case Verdict.REFUSED:
            return _answer(
                AnswerCode.REFUSED, given.reason, "A rule of the image policies refuses it.", rule=given.code
            )
        case Verdict.OFFERED:
            return _answer(
                AnswerCode.HELD,
                None,
                (
                    f"{facts.environment} deploys manually: {facts.tag} is offered there and waits for a person to "
                    f"deploy it.{f' {given.reason}' if given.reason else ''}"
                ),
            )
        case Verdict.PENDING:
            return _pending(facts)
        case Verdict.BLOCKED:
            return _answer(
                AnswerCode.FAILED,
                given.reason,
                "The plan to deploy it had problems.",
                how="blocked",
                problem=given.code,
            )
        case Verdict.DEPLOYING:
            return _deploying(facts)
        case Verdict.UNCHANGED if not facts.clusters:
            return _answer(
                AnswerCode.RUNNING, None, f"{facts.tag} already ran in {facts.environment} when it was pushed."
            )
        case Verdict.UNCHANGED:
            return _replaced(facts, f"{facts.tag} ran in {facts.environment} when it was pushed")
        case Verdict.SUPERSEDED:
            return _superseded(facts, given.by_tag)


def _gated(facts: ExplanationFacts) -> Answer:
    """Which gates it waits for, until when, and who can open the first of them."""
    first = facts.gates[0]
    return Answer(
        code=AnswerCode.GATE_CLOSED,
        sentence=f"It waits in {facts.environment}. {' '.join(map(str, facts.gates))} {first.opened_by}",
        details={
            "gates": [
                {
                    "kind": each.kind.value,
                    "id": each.id,
                    "reason": each.reason,
                    "until": _json(each.until),
                    "opened_by": each.opened_by,
                }
                for each in facts.gates
            ]
        },
    )


def _pending(facts: ExplanationFacts) -> Answer:
    if facts.active is not None:
        return _answer(
            AnswerCode.WAITING,
            None,
            f"It is deployed as soon as the {facts.active.kind} in progress in {facts.environment} has ended.",
            operation=facts.active.id,
        )
    if facts.gates:
        return _gated(facts)
    down = _names(each for each in facts.clusters if not each.reachable)
    if down:
        return _down(facts, down)
    return _answer(AnswerCode.WAITING, None, f"It is deployed next in {facts.environment}.", operation=None)


def _deploying(facts: ExplanationFacts) -> Answer:
    operation = facts.operation
    if operation is None:
        return _replaced(facts, f"{facts.tag} was deployed in {facts.environment}")
    if not operation.state.ended:
        return _answer(
            AnswerCode.DEPLOYING,
            None,
            f"{facts.tag} is being deployed in {facts.environment}.",
            operation=operation.id,
        )
    if operation.state is OperationState.SUCCEEDED:
        return _replaced(facts, f"{facts.tag} was deployed in {facts.environment}", operation=operation.id)
    if operation.unreachable:
        return _down(facts, list(operation.unreachable), operation=operation.id)
    ended = "was cancelled" if operation.state is OperationState.CANCELLED else "failed"
    cause = f": {operation.message}" if operation.message else "."
    return _answer(
        AnswerCode.FAILED,
        None,
        f"Its deployment in {facts.environment} {ended}{cause}",
        how=operation.state.value,
        operation=operation.id,
    )


def _of_custom(facts: ExplanationFacts) -> Answer | None:
    """The answer where no container runs its repository and a custom resource names it."""
    named = [each for each in facts.custom if each.tag == facts.tag]
    if not facts.custom or (facts.repository_runs and (facts.image_push is not None or not named)):
        return None
    first = (named or facts.custom)[0]
    clusters = sorted(
        {each.cluster for each in facts.custom if (each.resource, each.path) == (first.resource, first.path)}
    )
    where = f"{first.resource} ({first.path}) on {_joined(clusters)}"
    if named:
        sentence = f"{where} names {facts.tag}; when pods follow it, its operator decides."
    else:
        sentence = (
            f"No container in {facts.environment} runs its repository; {where} names {first.tag or 'an image'} of it. "
            "Stagecoach changes no image in a custom resource: change it there, or import the resource again."
        )
    return _answer(
        AnswerCode.IN_CUSTOM_RESOURCE,
        None,
        sentence,
        resource=first.resource,
        path=first.path,
        tag=first.tag,
        clusters=clusters,
    )


def _of_image_push(facts: ExplanationFacts) -> Answer:  # noqa: PLR0911  one for each state
    image_push = facts.image_push
    if image_push is None:
        unmatched = "" if facts.repository_runs else f", and no container in {facts.environment} runs its repository"
        digest = f" with the digest {facts.digest}" if facts.digest else ""
        return _answer(AnswerCode.NO_EVENT, None, f"No registry has reported {facts.tag}{digest}{unmatched}.")
    match image_push.state:
        case ImagePushState.VOID:
            cause = f": {image_push.reason}" if image_push.reason else "."
            return _answer(
                AnswerCode.NO_EVENT,
                None,
                f"{facts.tag} was reported, but it cannot be deployed{cause}",
                push=image_push.push,
                void=image_push.code,
            )
        case ImagePushState.WAITING if image_push.code is not None:
            again = f" The next attempt is at {_moment(image_push.next_try_at)}." if image_push.next_try_at else ""
            cause = image_push.reason or "The registry could not be reached."
            return _answer(
                AnswerCode.REGISTRY_ERROR,
                None,
                f"{cause}{again}",
                push=image_push.push,
                error=image_push.code,
                next_try_at=_json(image_push.next_try_at),
            )
        case ImagePushState.DECIDED if not facts.repository_runs:
            return _unmatched(facts, image_push)
        case ImagePushState.DECIDED:
            return _answer(
                AnswerCode.UNMATCHED,
                None,
                f"When {facts.tag} was pushed, no container in {facts.environment} ran its repository.",
                push=image_push.push,
            )
        case ImagePushState.WAITING | ImagePushState.READY if not facts.repository_runs:
            return _unmatched(facts, image_push)
        case ImagePushState.WAITING:
            return _answer(
                AnswerCode.RESOLVING,
                None,
                f"The digest of {facts.tag} is being read from its registry.",
                push=image_push.push,
            )
        case ImagePushState.READY:
            return _answer(
                AnswerCode.RESOLVING,
                None,
                f"{facts.tag} has just been reported; its verdict follows.",
                push=image_push.push,
            )


def _unmatched(facts: ExplanationFacts, image_push: ImagePushFact) -> Answer:
    repository = f"its repository, {image_push.repository}" if image_push.repository else "its repository"
    return _answer(
        AnswerCode.UNMATCHED, None, f"No container in {facts.environment} runs {repository}.", push=image_push.push
    )


def _superseded(facts: ExplanationFacts, by: str | None) -> Answer:
    if by == facts.tag:
        reason = f"{by} was pushed again, and the newer image replaced it."
    else:
        reason = f"{by or 'A newer tag'} was pushed after {facts.tag} and replaced it."
    return _answer(AnswerCode.SUPERSEDED, None, reason, by=by)


def _replaced(facts: ExplanationFacts, had: str, **details: Any) -> Answer:
    """The answer where the tag ran once and does not run now; `had` says when it ran."""
    ran = {each.tag for each in facts.clusters if not each.runs and each.tag is not None}
    by = sorted(ran - {facts.tag})
    otherwise = f"another image of {facts.tag}" if ran else "something else"
    then = f"{_joined(by) if by else otherwise} runs there now"
    return _answer(AnswerCode.SUPERSEDED, None, f"{had}; {then}.", by=by[0] if len(by) == 1 else None, **details)


def _down(facts: ExplanationFacts, clusters: list[str], **details: Any) -> Answer:
    return _answer(
        AnswerCode.CLUSTER_DOWN,
        None,
        f"{facts.tag} was not deployed in {facts.environment}: {_joined(clusters)} could not be reached.",
        clusters=clusters,
        **details,
    )


def _answer(code: AnswerCode, sentence: str | None, otherwise: str, **details: Any) -> Answer:
    return Answer(code=code, sentence=sentence or otherwise, details=details)


def _names(clusters: Iterable[ClusterFact]) -> list[str]:
    return [each.name for each in clusters]


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many others there are."""
    others = len(names) - _NAMED
    return _joined([*names[:_NAMED], f"{others} more"] if others > 0 else list(names))


def _joined(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else ""


def _json(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
