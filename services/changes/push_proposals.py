"""Proposals that automation files: under an approval policy, pushed images wait for people's approval.

At most one waits in an app environment. What people have decided, or left undecided, stays so: automation proposes the
same image pushes again only where their proposal was void, since its plan had changed.

Every function here takes the lock of the app environment before that of the proposal, or expects its caller to hold it,
as everybody who votes does: two transactions do not wait for each other.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord
from db.records.proposals import ProposalRecord
from db.transaction import Database, Transaction
from db.verdicts import NewVerdict
from domain.actors import ActorKind
from domain.approvals import ApprovalPolicy, ProposalState
from domain.gates import Gate
from domain.grants import Caller
from domain.words import OperationKind, Verdict
from services.changes.filing import audit_proposal, file
from services.changes.new_operations import FollowOvertakenError, NewOperation, require_turn
from services.people.approvals import policy_for, requesters_of, tally
from services.people.gates import change_of, closed_gates
from services.planning.people.approvals import state_at
from services.planning.people.push_proposals import approval_gate_of_push, overtaken, settled

PROPOSAL_REJECTED = "proposal-rejected"  # the code of the verdict on a push whose proposal a person has rejected


async def is_settled(tx: Transaction, app_environment_id: str, pushes: Collection[int]) -> bool:
    """Whether a proposal of these pushes waits there or has been decided, so that automation files no other one."""
    last = await tx.proposals.of_automation(app_environment_id)
    return last is not None and settled(last.state, last.image_pushes, pushes)


async def file_pushes(db: Database, new: NewOperation) -> bool:
    """File what automation would deploy, in place of the proposal that it has waiting there.

    False if nothing was filed: the pushes were judged anew meanwhile, or their proposal is settled. Raises
    `ApprovalNotRequiredError`.
    """
    target = new.app_environment
    assert target.id is not None, "pushes are judged in app environments that exist"
    async with db.begin() as tx:
        await tx.app_environments.lock(target.id)
        judged = await tx.verdicts.of(target.id, new.image_pushes)
        waiting = {push for push, each in judged.items() if each.verdict in {Verdict.PENDING, Verdict.BLOCKED}}
        if waiting != set(new.image_pushes) or await is_settled(tx, target.id, new.image_pushes):
            return False
        former = await tx.proposals.of_automation(target.id)
        if former is not None and former.state is ProposalState.WAITING:
            await _end(tx, former, ProposalState.REPLACED, "A newer image was pushed.", new.caller)
        await file(tx, new, comment=None, image_pushes=new.image_pushes)
        # They are blocked no more: what they wait for is approval.
        unblocked = [each for each in judged.values() if each.verdict is Verdict.BLOCKED]
        await tx.verdicts.judge(
            target.id,
            [NewVerdict(push=each.push, verdict=Verdict.PENDING, containers=each.containers) for each in unblocked],
        )
    return True


async def file_followed(db: Database, new: NewOperation) -> bool:
    """File what an environment that follows would promote, in place of the proposal that it has waiting there.

    False if nothing was filed: something else happened there meanwhile. Raises `ApprovalNotRequiredError`.
    """
    target = new.app_environment
    assert target.id is not None, "what follows has a row"
    assert new.turn is not None, "it is filed by what follows"
    async with db.begin() as tx:
        try:
            await require_turn(tx, target.id, new.turn)
        except FollowOvertakenError:
            return False
        former = await tx.proposals.of_automation(target.id)
        if former is not None and former.state is ProposalState.WAITING:
            if former.plan_digest == new.plan_digest and former.kind is new.kind:
                return False
            await _end(tx, former, ProposalState.REPLACED, "Other images have proven themselves since.", new.caller)
        await file(tx, new, comment=None)
    return True


async def end_overtaken(tx: Transaction, target: AppEnvironmentRecord, *, by: Caller) -> None:
    """After pushes were judged: end the proposal that automation has waiting there if one of its pushes waits no more.

    The caller holds the lock of the app environment.
    """
    assert target.id is not None, "pushes are judged in app environments that exist"
    proposal = await tx.proposals.of_automation(target.id)
    if proposal is None or proposal.state is not ProposalState.WAITING:
        return
    if proposal.kind is OperationKind.PROMOTION:
        if target.follow is None:
            await _end(tx, proposal, ProposalState.VOID, "The environment follows no other one any more.", by)
        return
    judged = await tx.verdicts.of(target.id, proposal.image_pushes)
    end = overtaken([judged[push].verdict if push in judged else None for push in proposal.image_pushes])
    if end is not None:
        await _end(tx, proposal, *end, by)


async def end_deployed(tx: Transaction, new: NewOperation) -> None:
    """Before an operation is queued that deploys pushes: end the proposal that automation has waiting for them."""
    target_id = new.app_environment.id
    if not new.image_pushes or target_id is None:
        return
    await tx.app_environments.lock(target_id)
    proposal = await tx.proposals.of_automation(target_id)
    if proposal is None or proposal.state is not ProposalState.WAITING:
        return
    if set(proposal.image_pushes) & set(new.image_pushes):
        await _end(tx, proposal, ProposalState.VOID, f"{new.caller.name} deploys its images.", new.caller)


async def refuse_pushes(tx: Transaction, proposal: ProposalRecord, why: str) -> None:
    """A person has rejected the proposal, so its pushes are deployed no more, even without an approval policy.

    The caller holds the lock of the app environment.
    """
    if not proposal.image_pushes:
        return
    place = proposal.sole.app_environment_id
    judged = await tx.verdicts.of(place, proposal.image_pushes)
    await tx.verdicts.judge(
        place,
        [
            NewVerdict(
                push=each.push,
                verdict=Verdict.REFUSED,
                code=PROPOSAL_REJECTED,
                reason=f"It was proposed (proposal {proposal.id}). {why}",
                containers=each.containers,
            )
            for each in judged.values()
            if each.verdict in {Verdict.PENDING, Verdict.BLOCKED}
        ],
    )


async def gates_before_push(tx: Transaction, target: AppEnvironmentRecord, push: int) -> tuple[Gate, ...]:
    """The gates that a pending push waits for; of the approval, how far it has come."""
    change = change_of(target, OperationKind.DEPLOY, actor=ActorKind.AUTOMATION)
    closed = await closed_gates(tx, change)
    policy = await policy_for(tx, target.environment.id, change.kind)
    return closed if policy is None else (*closed, await _approval(tx, target, policy, push))


async def _approval(tx: Transaction, target: AppEnvironmentRecord, policy: ApprovalPolicy, push: int) -> Gate:
    assert target.id is not None, "pushes are judged in app environments that exist"
    proposal = await tx.proposals.of_automation(target.id)
    if proposal is None or push not in proposal.image_pushes:
        return approval_gate_of_push(policy, target.environment.name)
    counted = await tally(tx, proposal, proposal.votes, requesters=await requesters_of(tx, proposal))
    return approval_gate_of_push(
        policy,
        target.environment.name,
        proposal=proposal.id,
        state=state_at(proposal.state, expires_at=proposal.expires_at, at=datetime.now(UTC)),
        expires_at=proposal.expires_at,
        lacking=counted.lacking,
    )


async def _end(tx: Transaction, proposal: ProposalRecord, state: ProposalState, why: str, by: Caller) -> None:
    now = state_at(proposal.state, expires_at=proposal.expires_at, at=datetime.now(UTC))
    if now is ProposalState.EXPIRED:  # by the clock, before anything else could end it
        await tx.proposals.end(proposal.id, now)
        return
    await tx.proposals.end(proposal.id, state, reason=why)
    action = "proposal.replaced" if state is ProposalState.REPLACED else "proposal.voided"
    await audit_proposal(tx, by, action, proposal, after={"reason": why})
