"""Why a tag is not deployed in an app environment, or that it is: one answer, the one that helps most.

Pure. The facts are gathered by a use case; whatever they are, there is an answer, and of several that hold the first in
the order of `explain` is given: what runs, before what is under way, before what was decided, before what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.words import ImagePushState, OperationState, Verdict


class AnswerCode(StrEnum):
    NOT_CONFIGURED = "not-configured"
    NO_EVENT = "no-event"
    UNMATCHED = "unmatched"
    REFUSED = "refused"
    HELD = "held"
    RESOLVING = "resolving"
    REGISTRY_ERROR = "registry-error"
    WAITING = "waiting"
    DEPLOYING = "deploying"
    FAILED = "failed"
    CLUSTER_DOWN = "cluster-down"
    SUPERSEDED = "superseded"
    RUNNING = "running"
    RUNNING_PARTLY = "running-partly"


@dataclass(frozen=True, kw_only=True)
class OperationFact:
    """An operation: of the arrival itself, or one that it waits for."""

    id: str
    kind: str
    state: OperationState
    message: str | None = None
    unreachable: tuple[str, ...] = ()  # the clusters that it did not reach


@dataclass(frozen=True, kw_only=True)
class ClusterFact:
    """What a cluster runs: whether it is the tag that was asked about, and since when. `reachable` is of today.

    `healthy` says whether what runs there is ready.
    """

    name: str
    reachable: bool
    runs: bool
    healthy: bool = True
    since: datetime | None = None
    tag: str | None = None  # what it runs else


@dataclass(frozen=True, kw_only=True)
class ImagePushFact:
    """The newest arrival of the tag, as far as it has come."""

    push: int
    state: ImagePushState
    repository: str | None = None
    code: str | None = None
    reason: str | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VerdictFact:
    """What became of the arrival here; `by_tag` is the tag that superseded it."""

    verdict: Verdict
    code: str | None = None
    reason: str | None = None
    by_tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExplanationFacts:
    """`operation` carries the arrival out, `active` is the one under way here, which may be that one.

    `digest` is that of the image that is asked about, where it matters which of those that the tag has named.
    """

    environment: str
    tag: str
    digest: str | None = None
    configured: bool = True
    repository_runs: bool = True
    image_push: ImagePushFact | None = None
    verdict: VerdictFact | None = None
    operation: OperationFact | None = None
    active: OperationFact | None = None
    clusters: tuple[ClusterFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`code` is stable, `sentence` for people, `details` plain JSON for programs."""

    code: AnswerCode
    sentence: str
    details: dict[str, Any] = field(default_factory=dict)


def explain(facts: ExplanationFacts) -> Answer:
    """Why the tag does not run there, or since when it does."""
    if not facts.configured:
        return Answer(
            code=AnswerCode.NOT_CONFIGURED, sentence=f"The application is not configured in {facts.environment} yet."
        )
    return _of_clusters(facts) or _of_verdict(facts) or _of_image_push(facts)


def _of_clusters(facts: ExplanationFacts) -> Answer | None:
    """What runs, where the tag does, unless its operation says more: that it is under way, or how it failed."""
    there = [each for each in facts.clusters if each.runs]
    others = [each for each in facts.clusters if not each.runs]
    ill = _names(each for each in there if not each.healthy)
    if not there or (facts.operation is not None and _says_more(facts.operation, ill)):
        return None
    sick = f" It is not ready on {_said(ill)}." if ill else ""
    if not others:
        known = [each.since for each in there if each.since is not None]
        since = max(known) if len(known) == len(there) else None
        told = f" since {_moment(since)}" if since else ""
        return Answer(
            code=AnswerCode.RUNNING,
            sentence=f"{facts.tag} runs in {facts.environment}{told}.{sick}",
            details={"since": _json(since), "clusters": _names(there), "not_ready": ill},
        )
    down = _names(each for each in others if not each.reachable)
    also = f" {_said(down)} cannot be reached." if down else ""
    return Answer(
        code=AnswerCode.RUNNING_PARTLY,
        sentence=f"{facts.tag} runs on {_said(_names(there))} and not on {_said(_names(others))}.{also}{sick}",
        details={"clusters": _names(there), "missing": _names(others), "unreachable": down, "not_ready": ill},
    )


def _says_more(operation: OperationFact, ill: list[str]) -> bool:
    """Workloads ask for an image as soon as they are changed; that they are ready is what an operation waits for."""
    if not operation.state.ended:
        return True
    return bool(ill) and operation.state is not OperationState.SUCCEEDED


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
                f"{facts.environment} is on manual: {facts.tag} is offered there, and waits for somebody to deploy it.",
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
            return _answer(AnswerCode.RUNNING, None, f"{facts.tag} ran in {facts.environment} already as it came.")
        case Verdict.UNCHANGED:
            return _replaced(facts, f"{facts.tag} ran in {facts.environment} as it came")
        case Verdict.SUPERSEDED:
            return _superseded(facts, given.by_tag)


def _pending(facts: ExplanationFacts) -> Answer:
    if facts.active is not None:
        return _answer(
            AnswerCode.WAITING,
            None,
            f"It is deployed as soon as the {facts.active.kind} that is under way in {facts.environment} has ended.",
            operation=facts.active.id,
        )
    down = _names(each for each in facts.clusters if not each.reachable)
    if down:
        return _down(facts, down)
    return _answer(AnswerCode.WAITING, None, f"It is next in {facts.environment}.", operation=None)


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
    told = f": {operation.message}" if operation.message else "."
    return _answer(
        AnswerCode.FAILED,
        None,
        f"Its deployment in {facts.environment} {ended}{told}",
        how=operation.state.value,
        operation=operation.id,
    )


def _of_image_push(facts: ExplanationFacts) -> Answer:  # noqa: PLR0911  one for each state
    image_push = facts.image_push
    if image_push is None:
        told = "" if facts.repository_runs else f", and nothing in {facts.environment} runs its repository"
        its = f" with the digest {facts.digest}" if facts.digest else ""
        return _answer(AnswerCode.NO_EVENT, None, f"No registry has reported {facts.tag}{its}{told}.")
    match image_push.state:
        case ImagePushState.VOID:
            told = f": {image_push.reason}" if image_push.reason else "."
            return _answer(
                AnswerCode.NO_EVENT,
                None,
                f"{facts.tag} was reported, but as nothing to deploy{told}",
                push=image_push.push,
                void=image_push.code,
            )
        case ImagePushState.WAITING if image_push.code is not None:
            again = f" It is asked again at {_moment(image_push.next_try_at)}." if image_push.next_try_at else ""
            said = image_push.reason or "Its registry could not be asked."
            return _answer(
                AnswerCode.REGISTRY_ERROR,
                None,
                f"{said}{again}",
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
                f"As {facts.tag} came, nothing in {facts.environment} ran its repository.",
                push=image_push.push,
            )
        case ImagePushState.WAITING | ImagePushState.READY if not facts.repository_runs:
            return _unmatched(facts, image_push)
        case ImagePushState.WAITING:
            return _answer(
                AnswerCode.RESOLVING, None, f"Its registry is being asked what {facts.tag} is.", push=image_push.push
            )
        case ImagePushState.READY:
            return _answer(
                AnswerCode.RESOLVING, None, f"{facts.tag} has just come; it is decided next.", push=image_push.push
            )


def _unmatched(facts: ExplanationFacts, image_push: ImagePushFact) -> Answer:
    its = f"its repository, {image_push.repository}" if image_push.repository else "its repository"
    return _answer(AnswerCode.UNMATCHED, None, f"No container in {facts.environment} runs {its}.", push=image_push.push)


def _superseded(facts: ExplanationFacts, by: str | None) -> Answer:
    if by == facts.tag:
        said = f"{by} was pushed again, and the newer image took its place."
    else:
        said = f"{by or 'A newer one'} came after {facts.tag} and took its place."
    return _answer(AnswerCode.SUPERSEDED, None, said, by=by)


def _replaced(facts: ExplanationFacts, had: str, **details: Any) -> Answer:
    """It was there once, and is not now."""
    ran = {each.tag for each in facts.clusters if not each.runs and each.tag is not None}
    by = sorted(ran - {facts.tag})
    otherwise = f"another image of {facts.tag}" if ran else "something else"
    then = f"{_said(by) if by else otherwise} runs there now"
    return _answer(AnswerCode.SUPERSEDED, None, f"{had}; {then}.", by=by[0] if len(by) == 1 else None, **details)


def _down(facts: ExplanationFacts, clusters: list[str], **details: Any) -> Answer:
    return _answer(
        AnswerCode.CLUSTER_DOWN,
        None,
        f"{facts.tag} did not come to {facts.environment}: {_said(clusters)} could not be reached.",
        clusters=clusters,
        **details,
    )


def _answer(code: AnswerCode, said: str | None, otherwise: str, **details: Any) -> Answer:
    return Answer(code=code, sentence=said or otherwise, details=details)


def _names(clusters: Iterable[ClusterFact]) -> list[str]:
    return [each.name for each in clusters]


def _said(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else ""


def _json(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
