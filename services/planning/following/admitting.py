"""Whether a proven set is promoted now: what became of it here before, what people and gates say. Pure.

A set comes at most once by itself. What was rolled back, replaced by hand, refused or failed here comes again only
when a person promotes it, when the source runs another set, or, after a failure, when the setting is saved again.
"""

from collections.abc import Iterable

from domain.approvals import ProposalState
from domain.follows import FollowCode
from domain.sentences import as_sentence
from domain.words import OperationKind, OperationState
from services.planning.following.proving import joined
from services.planning.following.values import Act, Content, LastProposal, PastOperation, Proven, Recorded, Terms, Wait

_BY_HAND = "A person can promote it."
# After these the same set is not proposed again: one waits, or people were asked and did not approve.
_REFUSED = frozenset({ProposalState.REJECTED, ProposalState.WITHDRAWN, ProposalState.EXPIRED})


def admit(proven: Proven, recorded: Recorded, terms: Terms) -> Wait | Act:
    """Whether to promote the set, to propose it, or what it waits for; where several things do, the most lasting."""
    return (
        _of_history(proven, recorded, terms)
        or _of_source(proven, recorded, terms)
        or _of_right(recorded)
        or _of_gates(recorded)
        or _of_approval(proven, recorded, terms)
        or Act(proposes=recorded.approvals)
    )


def _of_history(proven: Proven, recorded: Recorded, terms: Terms) -> Wait | None:
    """By the newest operation here that was about each image of the set."""
    for content in sorted(proven.lacking):
        last = next((each for each in recorded.here if content in each.brought | each.replaced), None)
        if last is not None:
            wait = _after_failure(last, proven, terms) if content in last.brought else _after_loss(last, proven, terms)
            if wait is not None:
                return wait
    return None


def _after_loss(last: PastOperation, proven: Proven, terms: Terms) -> Wait | None:
    """It was here and was replaced. Promotions do that all the time, also back to what the source ran before."""
    what = _names(last.replaced & proven.lacking, proven)
    if last.kind is OperationKind.ROLLBACK:
        return Wait(
            code=FollowCode.ROLLED_BACK,
            detail=f"{last.by} rolled {what} back in {terms.target}, so it does not come back by itself. {_BY_HAND}",
            operation=last.id,
        )
    if last.kind is OperationKind.DEPLOY and not last.by_automation:
        return Wait(
            code=FollowCode.REPLACED,
            detail=f"{last.by} deployed something else in place of {what} in {terms.target}, so it does not come back "
            f"by itself. {_BY_HAND}",
            operation=last.id,
        )
    return None


def _after_failure(last: PastOperation, proven: Proven, terms: Terms) -> Wait | None:
    """It was to come, or came, and is not here. Saved again, the setting lets it be tried once more."""
    if last.created_at < terms.terms.set_at:
        return None
    what = _names(last.brought & proven.lacking, proven)
    if last.state is OperationState.SUCCEEDED:
        return Wait(
            code=FollowCode.CHANGED_SINCE,
            detail=f"{what} was brought to {terms.target}, and something else has replaced it since. {_BY_HAND}",
            operation=last.id,
        )
    ended = "was cancelled" if last.state is OperationState.CANCELLED else "failed"
    why = f": {last.message}" if last.message else "."
    return Wait(
        code=FollowCode.FAILED,
        detail=f"The operation that was to bring {what} to {terms.target} {ended}{why} It is not tried again by itself "
        f"until {terms.source} runs something else. Retry it, or save the setting again.",
        operation=last.id,
    )


def _of_source(proven: Proven, recorded: Recorded, terms: Terms) -> Wait | None:
    """The newest operation of the source that was about the set has to have succeeded, with the checks asked for."""
    last = next((each for each in recorded.there if not each.brought.isdisjoint(proven.lacking)), None)
    if last is not None and last.state is not OperationState.SUCCEEDED:
        ended = "was cancelled" if last.state is OperationState.CANCELLED else "failed"
        why = f": {last.message}" if last.message else "."
        checks = recorded.not_passed if last is recorded.there[0] else frozenset()
        because = f" The check {_quoted(sorted(checks))} did not pass." if checks else ""
        return Wait(
            code=FollowCode.SOURCE_FAILED,
            detail=f"The operation that brought {_names(last.brought & proven.lacking, proven)} to {terms.source} "
            f"{ended}{why}{because}",
            operation=last.id,
        )
    missing = [each for each in terms.terms.checks if last is None or each not in recorded.passed]
    if missing:
        ran = recorded.not_passed.intersection(missing)
        why = "did not pass." if ran else "did not run there on these images. Its strategy has to name it."
        return Wait(
            code=FollowCode.CHECK_MISSING,
            detail=f"The check {_quoted(sorted(ran) or missing)} has to be passed in {terms.source}, and {why}",
            operation=last.id if last is not None else None,
        )
    return None


def _of_right(recorded: Recorded) -> Wait | None:
    if recorded.lost_right is None:
        return None
    return Wait(code=FollowCode.WITHOUT_RIGHT, detail=recorded.lost_right)


def _of_gates(recorded: Recorded) -> Wait | None:
    if not recorded.gates:
        return None
    opens = [each.until for each in recorded.gates]
    known = [each for each in opens if each is not None]
    return Wait(
        code=FollowCode.GATE_CLOSED,
        detail=f"{' '.join(map(str, recorded.gates))} {recorded.gates[0].opened_by}",
        due_at=max(known) if known and len(known) == len(opens) else None,
    )


def _of_approval(proven: Proven, recorded: Recorded, terms: Terms) -> Wait | None:
    last = recorded.proposal
    if not recorded.approvals or last is None or not proven.lacking <= last.brings:
        return None
    if last.state is ProposalState.WAITING:
        return Wait(
            code=FollowCode.APPROVAL,
            detail=f"A proposal to promote {_names(proven.lacking, proven)} to {terms.target} waits for votes.",
            due_at=last.expires_at,
            proposal=last.id,
        )
    if last.state in _REFUSED and last.created_at >= terms.terms.set_at:
        return _refused(last, proven, terms)
    return None


def _refused(last: LastProposal, proven: Proven, terms: Terms) -> Wait:
    why = f": {as_sentence(last.reason)}" if last.reason else "."
    return Wait(
        code=FollowCode.PROPOSAL_REFUSED,
        detail=f"The proposal to promote {_names(proven.lacking, proven)} to {terms.target} is {last.state.value}{why} "
        "It is not proposed again by itself. A person can propose it.",
        proposal=last.id,
    )


def _quoted(names: Iterable[str]) -> str:
    return joined(f"'{each}'" for each in names)


def _names(contents: Iterable[Content], proven: Proven) -> str:
    return joined(proven.names.get(each, each[1]) for each in sorted(contents)) if contents else "it"
