"""Proposals: changes that wait for people's approval. A proposal is no operation, so it blocks no other change.

What was planned as it was filed is planned again with the last vote: equal, it starts at once, as the requester;
otherwise the proposal is void.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from db.approvals import ProposalFilter, ProposalRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.approvals import ApprovalPolicy, ProposalState, VoteChoice
from domain.grants import Actor, ApproveGrant, Caller, ListGrant, ViewGrant
from domain.rights import Right
from domain.secret_text import SecretValues
from domain.stored.brought import with_secrets
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest
from domain.words import OperationKind
from services.changes.approved import approval_of, locked, require_vote
from services.changes.configuring import ConfigureRequest, Configuring
from services.changes.deploying import Deploying
from services.changes.errors import PlanOutdatedError
from services.changes.filing import audit_proposal, file
from services.changes.importing import Importing, ImportRequest
from services.changes.new_operations import ImagePushesTakenError, LastVote, Prepared
from services.changes.operations import Operations
from services.changes.promoting import Promoting
from services.changes.push_proposals import refuse_pushes
from services.errors import (
    ForbiddenError,
    InvalidRequestError,
    NamespaceNotGivenError,
    NotConfiguredError,
    NotFoundError,
)
from services.people.approvals import Tally, requesters_of, tally
from services.people.automation import holdings_now
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.objects.withheld import without_values
from services.planning.people.approvals import VoteFault, state_at, vote_fault
from services.planning.people.hidden_sources import source_of, without_source
from services.reading.hidden_sources import hidden_sources
from services.reading.permissions import Permissions

Asked = PromotionRequest | DeployRequest | ImportRequest | ConfigureRequest


_COPIES = (OperationKind.IMPORT, OperationKind.CONFIGURE)
# What is not so any more; of rights, those on a copy's source.
_GONE = (ForbiddenError, NotFoundError, NotConfiguredError, NamespaceNotGivenError, InvalidRequestError)


class _VoidError(Exception):
    """What was proposed cannot be done any more; the text says why, for people."""


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
    ) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._operations = operations
        self._promoting = promoting
        self._deploying = deploying
        self._importing = importing
        self._configuring = configuring

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
        """Those of places that the actor sees, the newest first; with `mine`, those that it has filed."""
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
            await require_vote(tx, proposal, ref, may_approve=True)
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
        """End it without a decision: by the requester, or a maintainer of the place.

        Raises `NotFoundError`, `ForbiddenError`, `ProposalEndedError`.
        """
        grant = await self._permissions.proposal(actor, ViewGrant, proposal_id)
        ref = actor.caller.ref
        maintains = actor.holdings.allow(Right.MAINTAIN, application=grant.application, environment=grant.environment)
        async with self._db.begin() as tx:
            proposal = await locked(tx, proposal_id)
            by = proposal.requested_by
            if not maintains and (by.kind, by.id) != (ref.kind, ref.id):
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
            prepared = await self._prepared_again(proposal, actor.caller.origin)
            await self._operations.start(replace(prepared.new, last_vote=vote), work=prepared.work)
        except _VoidError as void:
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

    async def _prepared_again(self, proposal: ProposalRecord, origin: Origin) -> Prepared:
        """The change as it would be made now. Raises `_VoidError`, and what may pass: clusters away, a blocked plan."""
        async with self._db.read() as tx:
            holdings = await holdings_now(tx, proposal.switched_on_by or proposal.requested_by)
            secrets = await tx.proposals.secrets(proposal.id)
        asker = Actor(
            caller=Caller(ref=proposal.requested_by, origin=Origin(via=Via.AUTOMATION, request_id=origin.request_id)),
            holdings=holdings,
        )
        right = Right.MAINTAIN if proposal.kind in _COPIES else Right.PROMOTE
        if not holdings.allow(right, application=proposal.application, environment=proposal.environment):
            raise _VoidError(_without_right(proposal))
        try:
            prepared = await self._planned_again(proposal, secrets, asker)
        except PlanOutdatedError as outdated:
            by_itself = proposal.requested_by.kind is ActorKind.AUTOMATION
            again = "Its images are proposed again." if by_itself else "Look at it, and file it again."
            raise _VoidError(
                f"The plan has changed since it was filed: it is {outdated.plan.digest} now. {again}"
            ) from None
        except _GONE as gone:
            raise _VoidError(f"It cannot be done any more. {gone.detail}") from None
        if prepared.new.app_environment.id != proposal.app_environment_id:
            raise _VoidError("Its environments have been renamed since it was filed. File it again.")
        return prepared

    async def _planned_again(self, proposal: ProposalRecord, secrets: SecretValues, asker: Actor) -> Prepared:
        where = {"application": proposal.application.name, "environment": proposal.environment.name}
        stored, digest = proposal.spec.request, proposal.plan_digest
        match stored:
            case CopyRequest():
                copies = self._importing if proposal.kind is OperationKind.IMPORT else self._configuring
                return await copies.prepare_again(
                    **where, request=stored, secrets=secrets, plan_digest=digest, actor=asker
                )
            case DeployRequest() if proposal.image_pushes:
                return await self._pushes_again(proposal, stored, asker)
            case DeployRequest():  # the containers that were found to run the image, if one image was named
                bring = with_secrets(stored.bring, secrets)
                deploy = replace(stored, image=None, plan_digest=digest, bring=bring)
                application, environment = where["application"], where["environment"]
                return await self._deploying.prepare(application, environment, deploy, actor=asker)
            case PromotionRequest():
                promotion = replace(stored, plan_digest=digest, bring=with_secrets(stored.bring, secrets))
                return await self._promoting.prepare(proposal.application.name, promotion, actor=asker)
            case _:
                raise AssertionError("rolling back takes no proposal")

    async def _pushes_again(self, proposal: ProposalRecord, stored: DeployRequest, asker: Actor) -> Prepared:
        """What automation has filed: queued only if all of its pushes are still pending."""
        async with self._db.read() as tx:
            target = await tx.app_environments.get(proposal.app_environment_id)
        if target is None:
            raise NotFoundError("proposal", proposal.id)
        prepared = await self._deploying.prepare_pushes(
            target,
            stored.images,
            image_pushes=proposal.image_pushes,
            actor=asker,
            plan_digest=proposal.plan_digest,
        )
        if isinstance(prepared, PromotionPlan):
            raise _VoidError("Its images run there already.")
        return Prepared(new=prepared)

    async def _view(self, tx: Transaction, record: ProposalRecord, actor: Actor) -> ProposalView:
        application, environment = record.application, record.environment
        request = record.spec.request
        if isinstance(request, CopyRequest) and not actor.holdings.allow(
            Right.MAINTAIN, application=application, environment=environment
        ):
            record = replace(record, spec=replace(record.spec, request=without_values(request)))
        source = source_of(record.spec.request)
        seen = actor.holdings.scopes(Right.VIEW)
        if source is not None and await hidden_sources(tx, seen, [(application.name, source)]):
            record = replace(record, spec=without_source(record.spec))
        requesters = await requesters_of(tx, record)
        return ProposalView(
            record=record,
            state=state_at(record.state, expires_at=record.expires_at, at=datetime.now(UTC)),
            policy=await tx.approval_policies.of(record.environment.id),
            tally=await tally(tx, record, record.votes, requesters=requesters),
            vote_fault=vote_fault(
                actor.caller.ref,
                may_approve=actor.holdings.allow(Right.APPROVE, application=application, environment=environment),
                requesters=requesters,
                votes=record.votes,
            ),
        )


async def _completes(tx: Transaction, proposal: ProposalRecord, by: ActorRef, comment: str | None) -> bool:
    """Whether this approval would be the last that the proposal lacks."""
    requesters = await requesters_of(tx, proposal)
    votes = (*proposal.votes, approval_of(by, comment))
    return (await tally(tx, proposal, votes, requesters=requesters)).lacking.nothing


def _without_right(proposal: ProposalRecord) -> str:
    if proposal.switched_on_by is not None:
        what = "automatic deploys" if proposal.image_pushes else "automatic promotions"
        return f"'{proposal.switched_on_by.name}' switched {what} on there, and may not deploy any more."
    return f"'{proposal.requested_by.name}', who filed it, may not start it any more."
