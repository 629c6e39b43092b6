"""When automation proposes pushed images again, when its proposal has been overtaken, and what it waits for. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime

from domain.approvals import ApprovalPolicy, ProposalState
from domain.gates import Gate, GateKind
from domain.words import Verdict
from services.planning.people.approvals import Lacking

# After these, the same pushes are not proposed again: one waits, or people were asked and did not approve.
_SETTLED = frozenset({ProposalState.WAITING, ProposalState.REJECTED, ProposalState.WITHDRAWN, ProposalState.EXPIRED})
_NOT_AGAIN = (
    "It is not proposed again. A person can propose to deploy it (POST /api/v1/proposals), or push a newer one."
)


def settled(last: ProposalState, proposed: Collection[int], pushes: Collection[int]) -> bool:
    """Whether the last proposal of automation keeps it from proposing these pushes."""
    return last in _SETTLED and set(proposed) == set(pushes)


def overtaken(verdicts: Iterable[Verdict | None]) -> tuple[ProposalState, str] | None:
    """How a waiting proposal ends, and why, as its pushes are judged now; None while all of them are pending.

    A verdict is None where the push was forgotten.
    """
    words = set(verdicts) - {Verdict.PENDING}
    if not words:
        return None
    if Verdict.SUPERSEDED in words:
        return ProposalState.REPLACED, "A newer image was pushed."
    if Verdict.OFFERED in words:
        return ProposalState.VOID, "Automatic deploys were switched off: its images are offered to people now."
    if Verdict.UNCHANGED in words:
        return ProposalState.VOID, "Its images run already."
    if Verdict.DEPLOYING in words:
        return ProposalState.VOID, "Its images were deployed otherwise."
    return ProposalState.VOID, "Its images cannot be deployed here any more: an image policy or a setting refuses them."


def approval_gate_of_push(
    policy: ApprovalPolicy,
    environment: str,
    *,
    proposal: str | None = None,
    state: ProposalState = ProposalState.VOID,
    expires_at: datetime | None = None,
    lacking: Lacking | None = None,
) -> Gate:
    """The gate at which a pushed image waits for approval: which proposal, what it lacks, and who may give it."""
    match state:
        case ProposalState.WAITING:
            until = f" until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else ""
            reason = f"A proposal to deploy it waits for votes{until}{_lacks(lacking)}."
            opened_by = f"It takes {policy}. They vote on the proposal (POST /api/v1/proposals/{proposal}/votes)."
        case ProposalState.REJECTED | ProposalState.WITHDRAWN:
            reason, opened_by = f"The proposal to deploy it was {state.value}.", _NOT_AGAIN
        case ProposalState.EXPIRED:
            reason, opened_by = "The proposal to deploy it has expired.", _NOT_AGAIN
        case ProposalState.APPROVED | ProposalState.VOID | ProposalState.REPLACED:
            proposal = None
            reason = f"Changes of '{environment}' take approvals."
            opened_by = f"Stagecoach is about to file a proposal, which takes {policy}."
    return Gate(kind=GateKind.APPROVAL, id=proposal, reason=reason, until=None, opened_by=opened_by)


def _lacks(lacking: Lacking | None) -> str:
    if lacking is None or lacking.nothing:
        return ""
    votes = [] if lacking.votes == 0 else ["one approval" if lacking.votes == 1 else f"{lacking.votes} approvals"]
    groups = [f"one of the group {each}" for each in lacking.groups]
    return f", and lacks {' and '.join([*votes, *groups])}"
