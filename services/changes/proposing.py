"""Proposals: changes that wait for people's approval. A proposal is no operation, so it blocks no other change.

What was planned as it was filed is planned again with the last vote: equal, it starts at once, as the requester;
otherwise the proposal is void.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from db.records.pages import Page
from db.records.proposals import ProposalFilter, ProposalRecord, ProposedMember
from db.transaction import Database, Transaction
from domain.actors import ActorRef
from domain.approvals import ApprovalPolicy, ProposalState, VoteChoice
from domain.grants import Actor, ApproveGrant, ListGrant, ViewGrant
from domain.rights import Right
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest
from services.changes.approved import approval_of, locked, require_vote
from services.changes.configuring import ConfigureRequest, Configuring
from services.changes.deploying import Deploying
from services.changes.filing import audit_proposal, file, file_set
from services.changes.importing import Importing, ImportRequest
from services.changes.new_operations import ImagePushesTakenError, LastVote, Prepared
from services.changes.new_sets import NewSet
from services.changes.operations import Operations
from services.changes.promoting import Promoting
from services.changes.promotion_sets import PromotionSetRequest, PromotionSets
from services.changes.proposed_again import ProposedAgain, VoidError
from services.changes.push_proposals import refuse_pushes
from services.errors import ForbiddenError, NotFoundError
from services.people.approvals import Tally, requesters_of, tally
from services.planning.objects.withheld import without_values
from services.planning.people.approvals import VoteFault, state_at, vote_fault
from services.planning.people.hidden_sources import source_of, without_source
from services.reading.hidden_sources import hidden_sources
from services.reading.permissions import Permissions

Asked = PromotionRequest | DeployRequest | ImportRequest | ConfigureRequest


@dataclass(frozen=True, kw_only=True)
class ProposalView:
    """A proposal as it stands now, for whoever looks at it. `vote_fault` None: this actor may vote."""

    record: ProposalRecord
    state: ProposalState
    policy: ApprovalPolicy | None
    tally: Tally
    vote_fault: VoteFault | None


class Proposing:
    """The use cases of proposals."""

    def __init__(
        self,
        db: Database,
        *,
        operations: Operations,
        promoting: Promoting,
        deploying: Deploying,
        importing: Importing,
        configuring: Configuring,
        sets: PromotionSets,
    ) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._operations = operations
        self._promoting = promoting
        self._deploying = deploying
        self._importing = importing
        self._configuring = configuring
        self._sets = sets
        self._again = ProposedAgain(
            db,
            promoting=promoting,
            sets=sets,
            deploying=deploying,
            importing=importing,
            configuring=configuring,
        )

    async def propose(
        self, application: str, environment: str, asked: Asked, *, comment: str | None, actor: Actor
    ) -> ProposalView:
        """Plan the change and file it. Takes the right to start it.

        Raises what preparing the change raises, and `ApprovalNotRequiredError`.
        """
        new = (await self._prepared(application, environment, asked, actor)).new
        async with self._db.begin() as tx:
            filed = await file(tx, new, comment=comment)
            return await self._view(tx, filed, actor)

    async def propose_set(self, asked: PromotionSetRequest, *, comment: str | None, actor: Actor) -> ProposalView:
        """Plan a promotion set and file it as one proposal. Takes the right to start all of it.

        Raises what preparing the set raises, and `ApprovalNotRequiredError`.
        """
        new = await self._sets.prepare(asked, actor=actor)
        async with self._db.begin() as tx:
            filed = await file_set(tx, new, comment=comment)
            return await self._view(tx, filed, actor)

    async def list(
        self,
        grant: ListGrant,
        *,
        application: str | None = None,
        environment: str | None = None,
        state: ProposalState | None = None,
        mine: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[ProposalView]:
        """Those of which the actor sees every place, the newest first; with `mine`, those that it has filed."""
        matching = ProposalFilter(
            application=application,
            environment=environment,
            state=state,
            requested_by=grant.caller.ref if mine else None,
            scopes=grant.scopes,
        )
        async with self._db.read() as tx:
            found = await tx.proposals.list(matching, limit=limit, after=after)
            return Page(items=tuple([await self._view(tx, each, grant.actor) for each in found.items]), next=found.next)

    async def read(self, proposal_id: str, *, actor: Actor) -> ProposalView:
        """Values that a person typed in are shown only to who maintains the app environment. Raises `NotFoundError`."""
        await self._permissions.proposal(actor, ViewGrant, proposal_id)
        async with self._db.read() as tx:
            found = await tx.proposals.get(proposal_id)
            if found is None:
                raise NotFoundError("proposal", proposal_id)
            return await self._view(tx, found, actor)

    async def vote(self, proposal_id: str, *, choice: VoteChoice, comment: str | None, actor: Actor) -> ProposalView:
        """Cast a vote. One rejection ends the proposal; the last approval starts it, or finds it void.

        Where it cannot start now, as in a freeze, the vote is not cast: the error says why, and it can be cast later.

        Raises `NotFoundError`, `ForbiddenError`, `VoteRefusedError`, `ProposalEndedError`, and what starting raises.
        """
        await self._permissions.proposal(actor, ApproveGrant, proposal_id)
        ref = actor.caller.ref
        async with self._db.begin() as tx:
            proposal = await locked(tx, proposal_id)
            await require_vote(tx, proposal, ref)
            last = choice is VoteChoice.APPROVE and await _completes(tx, proposal, ref, comment)
            if not last:
                await tx.proposals.vote(proposal_id, by=ref, choice=choice, comment=comment)
                if choice is VoteChoice.REJECT:
                    why = f"{ref.name} rejected it{f': {comment}' if comment else '.'}"
                    await tx.proposals.end(proposal_id, ProposalState.REJECTED, reason=why)
                    await refuse_pushes(tx, proposal, why)
                    await tx.image_pushes.notify()  # what follows another environment does not wait for it any more
                action = "proposal.rejected" if choice is VoteChoice.REJECT else "proposal.voted"
                after = {"choice": choice.value, "comment": comment}
                await audit_proposal(tx, actor.caller, action, proposal, after=after)
        if last:
            await self._start(proposal, comment, actor)
        return await self.read(proposal_id, actor=actor)

    async def withdraw(self, proposal_id: str, *, reason: str | None, actor: Actor) -> ProposalView:
        """End it without a decision: by the requester, or who maintains the place, all of them of a set.

        Raises `NotFoundError`, `ForbiddenError`, `ProposalEndedError`.
        """
        await self._permissions.proposal(actor, ViewGrant, proposal_id)
        ref = actor.caller.ref
        async with self._db.begin() as tx:
            proposal = await locked(tx, proposal_id)
            by = proposal.requested_by
            if not _allows(actor, Right.MAINTAIN, proposal) and (by.kind, by.id) != (ref.kind, ref.id):
                raise ForbiddenError("Whoever filed a proposal, or maintains the application there, can withdraw it.")
            why = f"{ref.name} withdrew it{f': {reason}' if reason else '.'}"
            await tx.proposals.end(proposal_id, ProposalState.WITHDRAWN, reason=why)
            await tx.image_pushes.notify()  # as where it is rejected
            await audit_proposal(tx, actor.caller, "proposal.withdrawn", proposal, after={"reason": reason})
        return await self.read(proposal_id, actor=actor)

    async def _prepared(self, application: str, environment: str, asked: Asked, actor: Actor) -> Prepared:
        match asked:
            case PromotionRequest():
                return await self._promoting.prepare(application, asked, actor=actor)
            case DeployRequest():
                return await self._deploying.prepare(application, environment, asked, actor=actor)
            case ImportRequest():
                return await self._importing.prepare(application, environment, asked, actor=actor)
            case ConfigureRequest():
                return await self._configuring.prepare(application, environment, asked, actor=actor)

    async def _start(self, proposal: ProposalRecord, comment: str | None, actor: Actor) -> None:
        """Start it with the actor's vote as its last, as whoever filed it; or end it as void, with the vote cast."""
        vote = LastVote(proposal_id=proposal.id, caller=actor.caller, comment=comment)
        try:
            prepared = await self._again.prepare(proposal, actor.caller.origin)
            if isinstance(prepared, NewSet):
                await self._sets.start_approved(prepared, vote)
            else:
                await self._operations.start(replace(prepared.new, last_vote=vote), work=prepared.work)
        except VoidError as void:
            await self._void(proposal, str(void), vote)
        except ImagePushesTakenError as taken:  # automation would have said so a moment later
            await self._void(proposal, taken.detail, vote)

    async def _void(self, proposal: ProposalRecord, why: str, vote: LastVote) -> None:
        async with self._db.begin() as tx:
            await locked(tx, proposal.id)
            await tx.proposals.vote(proposal.id, by=vote.caller.ref, choice=VoteChoice.APPROVE, comment=vote.comment)
            await tx.proposals.end(proposal.id, ProposalState.VOID, reason=why)
            await audit_proposal(tx, vote.caller, "proposal.voided", proposal, after={"reason": why})
            await tx.image_pushes.notify()  # automation proposes what still waits, by its new plan

    async def _view(self, tx: Transaction, record: ProposalRecord, actor: Actor) -> ProposalView:
        record = replace(record, members=tuple([await _as_seen(tx, record, each, actor) for each in record.members]))
        requesters = await requesters_of(tx, record)
        return ProposalView(
            record=record,
            state=state_at(record.state, expires_at=record.expires_at, at=datetime.now(UTC)),
            policy=await tx.approval_policies.of(record.environment.id),
            tally=await tally(tx, record, record.votes, requesters=requesters),
            vote_fault=vote_fault(
                actor.caller.ref,
                may_approve=_allows(actor, Right.APPROVE, record),
                requesters=requesters,
                votes=record.votes,
            ),
        )


def _allows(actor: Actor, right: Right, proposal: ProposalRecord) -> bool:
    """Whether the actor has the right in every place of the proposal."""
    return all(
        actor.holdings.allow(right, application=each.application, environment=proposal.environment)
        for each in proposal.members
    )


async def _as_seen(tx: Transaction, proposal: ProposalRecord, member: ProposedMember, actor: Actor) -> ProposedMember:
    """Values that were typed in for who maintains the place, and the source for who sees it."""
    spec, application = member.spec, member.application
    if isinstance(spec.request, CopyRequest) and not actor.holdings.allow(
        Right.MAINTAIN, application=application, environment=proposal.environment
    ):
        spec = replace(spec, request=without_values(spec.request))
    source = source_of(spec.request)
    seen = actor.holdings.scopes(Right.VIEW)
    if source is not None and await hidden_sources(tx, seen, [(application.name, source)]):
        spec = without_source(spec)
    return replace(member, spec=spec)


async def _completes(tx: Transaction, proposal: ProposalRecord, by: ActorRef, comment: str | None) -> bool:
    """Whether this approval would be the last that the proposal lacks."""
    requesters = await requesters_of(tx, proposal)
    votes = (*proposal.votes, approval_of(by, comment))
    return (await tally(tx, proposal, votes, requesters=requesters)).lacking.nothing
