"""What an approval policy asks of an operation as it is queued, in the same transaction.

So two last votes at once start one operation, and an approver who lost the right a moment ago does not count.
"""

from datetime import UTC, datetime

from db.records.operations import OperationRecord
from db.records.proposals import ProposalRecord
from db.transaction import Transaction
from domain.actors import ActorRef
from domain.approvals import ProposalState, Vote, VoteChoice
from domain.audit import Target
from domain.gates import GateKind
from domain.notification_values import Concerns
from domain.notifications import BreakGlassUsed
from services.changes.filing import audit_proposal
from services.changes.new_operations import LastVote, NewOperation
from services.changes.push_proposals import end_deployed
from services.errors import Category, NotFoundError, StagecoachError
from services.people.approvals import ApprovalRequiredError, approval_gate, policy_for, requesters_of, tally
from services.planning.people.approvals import VOTE_FAULTS, state_at, vote_fault
from services.reading.audit_entries import of_app_environment


class ProposalEndedError(StagecoachError):
    """Nobody can vote on it or withdraw it any more."""

    code = "proposal-ended"
    title = "The proposal has ended"
    category = Category.CONFLICT


class VoteRefusedError(StagecoachError):
    """The caller may not vote on this proposal."""

    code = "vote-refused"
    title = "The vote is not taken"
    category = Category.CONFLICT


class ApprovalsLackingError(StagecoachError):
    """Approvals that counted a moment ago do not count any more: somebody lost the right, or the policy changed."""

    code = "approvals-lacking"
    title = "Approvals are lacking"
    category = Category.CONFLICT


async def locked(tx: Transaction, proposal_id: str) -> ProposalRecord:
    """The proposal, which others cannot vote on or end before this transaction ends.

    Raises `NotFoundError`, `ProposalEndedError`.
    """
    found = await tx.proposals.get(proposal_id)
    if found is None:
        raise NotFoundError("proposal", proposal_id)
    # In this order, as automation does that files a proposal in place of this one (services.changes.push_proposals),
    # and as a promotion set queues its members.
    for app_environment_id in sorted(each.app_environment_id for each in found.members):
        await tx.app_environments.lock(app_environment_id)
    await tx.proposals.lock(proposal_id)
    proposal = await tx.proposals.get(proposal_id)
    if proposal is None:
        raise NotFoundError("proposal", proposal_id)
    state = state_at(proposal.state, expires_at=proposal.expires_at, at=datetime.now(UTC))
    if state.ended:
        why = f": {proposal.reason}" if proposal.reason else "."
        raise ProposalEndedError(f"The proposal is {state.value}{why}")
    return proposal


async def require_vote(tx: Transaction, proposal: ProposalRecord, actor: ActorRef) -> None:
    """For an actor whose right to approve has been checked. Raises `VoteRefusedError`."""
    requesters = await requesters_of(tx, proposal)
    fault = vote_fault(actor, may_approve=True, requesters=requesters, votes=proposal.votes)
    if fault is not None:
        raise VoteRefusedError(VOTE_FAULTS[fault])


def approval_of(actor: ActorRef, comment: str | None) -> Vote:
    """The vote that the actor is about to cast."""
    return Vote(person_id=actor.id, name=actor.name, choice=VoteChoice.APPROVE, comment=comment, at=datetime.now(UTC))


async def require_approved(tx: Transaction, new: NewOperation) -> None:
    """Raises `ApprovalRequiredError`; with a last vote, which is cast here, what keeps it from being the last."""
    if new.last_vote is not None:
        await cast_last(tx, new.last_vote)
        return
    environment = new.app_environment.environment
    policy = await policy_for(tx, environment.id, new.kind)
    if policy is not None and new.break_glass is None:
        gate = approval_gate(policy, environment.name)
        raise ApprovalRequiredError(f"{gate.reason} {gate.opened_by}", gates=(gate,))
    await end_deployed(tx, new)


async def settle(tx: Transaction, new: NewOperation, operation: OperationRecord) -> None:
    """End the proposal whose operation this is, or write down that the glass was broken."""
    target = Target(kind="operation", id=operation.id, name=operation.kind.value)
    place = new.app_environment
    if new.last_vote is not None:
        vote = new.last_vote
        await tx.proposals.end(vote.proposal_id, ProposalState.APPROVED, operation_id=operation.id)
        proposal = Target(kind="proposal", id=vote.proposal_id, name=operation.kind.value)
        after = {"comment": vote.comment}
        await tx.audit.add(of_app_environment(vote.caller, "proposal.approved", place, proposal, target, after=after))
    elif new.break_glass is not None and await policy_for(tx, place.environment.id, new.kind) is not None:
        await _shout(tx, new, operation, target, new.break_glass)


async def approve_set(tx: Transaction, proposal: ProposalRecord, vote: LastVote, set_id: str) -> None:
    """End the proposal whose promotion set this is."""
    await tx.proposals.end(proposal.id, ProposalState.APPROVED, promotion_set_id=set_id)
    started = Target(kind="promotion-set", id=set_id, name=proposal.kind.value)
    await audit_proposal(tx, vote.caller, "proposal.approved", proposal, started, after={"comment": vote.comment})


async def _shout(tx: Transaction, new: NewOperation, operation: OperationRecord, target: Target, reason: str) -> None:
    place = new.app_environment
    after = {"reason": reason, "gates": [GateKind.APPROVAL.value]}
    await tx.audit.add(of_app_environment(new.caller, "break-glass.used", place, target, after=after))
    await tx.outbox.add(
        BreakGlassUsed(
            concerns=Concerns(app_environment=operation.app_environment_id),
            operation=operation.id,
            kind=operation.kind,
            application=place.application.name,
            environment=place.environment.name,
            by=new.caller.name,
            by_kind=new.caller.ref.kind,
            reason=reason,
            gates=(GateKind.APPROVAL.value,),
        )
    )


async def cast_last(tx: Transaction, vote: LastVote) -> ProposalRecord:
    """Cast it, if it is the last that the proposal lacks.

    Raises `ProposalEndedError`, `VoteRefusedError`, `ApprovalsLackingError`.
    """
    proposal = await locked(tx, vote.proposal_id)
    await require_vote(tx, proposal, vote.caller.ref)
    requesters = await requesters_of(tx, proposal)
    votes = (*proposal.votes, approval_of(vote.caller.ref, vote.comment))
    if not (await tally(tx, proposal, votes, requesters=requesters)).lacking.nothing:
        raise ApprovalsLackingError(
            "Somebody's approval does not count any more, or the approval policy has changed. Look again, and vote."
        )
    await tx.proposals.vote(proposal.id, by=vote.caller.ref, choice=VoteChoice.APPROVE, comment=vote.comment)
    return proposal
