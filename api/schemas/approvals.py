"""Approval policies, proposals and votes in the contract."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.actors import ActorRead
from api.schemas.base import Input, Moment, Name, Output, PageRead, Text
from api.schemas.configuring import ConfigureRequest
from api.schemas.copying import ImportRequest
from api.schemas.promotion_sets import PromotionSetCreate
from api.schemas.promotions import DeployRequest, PromotionRequest
from api.schemas.specs import PlanRead, RequestRead, plan_read, request_read
from domain.approvals import ApprovalPolicy, ProposalState, VoteChoice
from domain.rights import EnvironmentRef
from domain.stored.requests import PromotionRequest as StoredPromotion
from domain.words import OperationKind, SetOrder
from services.changes.promotion_sets import PromotionSetRequest
from services.changes.proposing import Asked, ProposalView
from services.planning.people.approvals import VOTE_FAULTS

Comment = Annotated[
    Text | None, Field(min_length=1, max_length=2000, pattern=r"\S", description="For people.", examples=["Release 7"])
]
Group = Annotated[
    Text, Field(min_length=3, max_length=300, pattern=r"^[^:]+:.+$", description="As bindings name it: provider:group.")
]
ApprovableKind = Literal["promotion", "deploy", "import", "configure"]


class ApprovalPolicyInput(Input):
    """What changes take in an environment."""

    needed: int = Field(
        ge=1, le=20, description="The number of people who have to approve; the requester does not count."
    )
    groups: list[Group] = Field(
        [], max_length=20, description="At least one approver has to be a member of each group."
    )
    kinds: list[ApprovableKind] = Field(
        ["promotion", "deploy", "import", "configure"],
        min_length=1,
        max_length=4,
        description="Rolling back takes no approval.",
    )
    expires_after_hours: int = Field(24, ge=1, le=720, description="A proposal that is not decided by then expires.")

    def to_policy(self) -> ApprovalPolicy:
        return ApprovalPolicy(
            needed=self.needed,
            groups=tuple(dict.fromkeys(self.groups)),
            kinds=tuple(dict.fromkeys(map(OperationKind, self.kinds))),
            expires_after=timedelta(hours=self.expires_after_hours),
        )


class ApprovalPolicyRead(Output):
    """What changes take in an environment."""

    needed: int
    groups: list[str]
    kinds: list[OperationKind]
    expires_after_hours: int

    @classmethod
    def of(cls, policy: ApprovalPolicy) -> Self:
        return cls(
            needed=policy.needed,
            groups=list(policy.groups),
            kinds=list(policy.kinds),
            expires_after_hours=int(policy.expires_after / timedelta(hours=1)),
        )


class EnvironmentApprovalPolicyRead(ApprovalPolicyRead):
    """What changes take in the named environment."""

    environment: str = Field(examples=["Production"])

    @classmethod
    def within(cls, environment: EnvironmentRef, policy: ApprovalPolicy) -> Self:
        return cls.model_validate({**vars(ApprovalPolicyRead.of(policy)), "environment": environment.name})


class ApprovalPolicyList(Output):
    """The policies of environments that the caller sees, by rank; changes in others take no approval."""

    items: list[EnvironmentApprovalPolicyRead]


class ProposalCreate(Input):
    """A change that is to wait for approval: exactly one of the five requests."""

    application: Name | None = Field(None, description="Left out for a promotion set, which names its applications.")
    environment: Name = Field(description="Where the change is made; of a promotion its target.")
    promotion: PromotionRequest | None = None
    deploy: DeployRequest | None = None
    import_: ImportRequest | None = Field(None, alias="import")
    configure: ConfigureRequest | None = None
    promotion_set: PromotionSetCreate | None = Field(
        None, description="Several applications, on which people vote as a whole."
    )
    comment: Comment = None

    @model_validator(mode="after")
    def _one_request(self) -> Self:
        given = [each for each in self._requests if each is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of promotion, deploy, import, configure and promotion_set")
        if (self.application is None) != (self.promotion_set is not None):
            raise ValueError("give the application, except for a promotion set, which names its own")
        if given[0].break_glass is not None:
            raise ValueError("a proposal does not break the glass: start the change itself")
        into = self.promotion or self.promotion_set
        if into and into.target_environment.lower() != self.environment.lower():
            raise ValueError("the promotion's target is another environment")
        return self

    @property
    def _requests(
        self,
    ) -> tuple[PromotionRequest | DeployRequest | ImportRequest | ConfigureRequest | PromotionSetCreate | None, ...]:
        return (self.promotion, self.deploy, self.import_, self.configure, self.promotion_set)

    def to_asked(self) -> Asked | PromotionSetRequest:
        (given,) = (each for each in self._requests if each is not None)
        return given.to_request()


class VoteCreate(Input):
    """A vote. One rejection ends the proposal."""

    choice: VoteChoice
    comment: Comment = None


class WithdrawRequest(Input):
    """Why a proposal is withdrawn."""

    reason: Comment = None


class VoteRead(Output):
    """One person's vote."""

    person: str = Field(description="The id of the person.")
    name: str
    choice: VoteChoice
    comment: str | None
    at: Moment
    counts: bool = Field(description="False for a rejection, and where the voter has lost the right to approve.")


class LackingRead(Output):
    """What a proposal still lacks."""

    votes: int
    groups: list[str] = Field(description="Groups of which no member has approved yet.")


class ProposalRead(Output):
    """A change that waits, or waited, for people's approval."""

    id: str
    kind: OperationKind
    application: str | None = Field(description="Null for a promotion set.")
    applications: list[str] = Field(description="All that it would change; of a set in its order.")
    group: str | None = Field(description="Of a set, the group that was named.")
    order: SetOrder | None = Field(description="Of a set, how its applications follow each other; null for no set.")
    environment: str
    source_environment: str | None = Field(
        description="Of a promotion; `an environment that you may not see` where the caller does not see it."
    )
    state: ProposalState
    reason: str | None = Field(description="Why it has ended, for people.")
    comment: str | None = Field(description="What the caller said who filed it.")
    requested_by: ActorRead
    plan_digest: str
    needed: int = Field(description="How many people have to approve.")
    groups: list[str] = Field(description="At least one approver has to be a member of each group.")
    lacking: LackingRead
    votes: list[VoteRead]
    may_vote: bool = Field(description="Whether the caller may vote on it now.")
    vote_refused: str | None = Field(description="Why the caller may not vote, for people.")
    operation: str | None = Field(description="The operation that its last vote has started.")
    promotion_set: str | None = Field(description="The promotion set that its last vote has started.")
    created_at: Moment
    expires_at: Moment
    ended_at: Moment | None


class ProposalPage(PageRead[ProposalRead]):
    """Proposals, the newest first."""


class ProposedMemberRead(Output):
    """An application of a proposal, with its request and its plan. Neither holds Secret values."""

    application: str
    request: RequestRead
    plan: PlanRead


class ProposalDetail(ProposalRead):
    """A proposal with its requests and its plans."""

    request: RequestRead | None = Field(description="Null for a promotion set: see `members`.")
    plan: PlanRead | None = Field(description="Null for a promotion set: see `members`.")
    members: list[ProposedMemberRead] = Field(description="The applications of a promotion set; empty for no set.")

    @classmethod
    def of(cls, view: ProposalView) -> Self:
        record = view.record
        members = [
            ProposedMemberRead(
                application=each.application.name,
                request=request_read(record.kind, each.spec),
                plan=plan_read(record.kind, each.spec),
            )
            for each in record.members
        ]
        sole = members[0] if record.set is None else None
        return cls.model_validate(
            {
                **vars(proposal_read(view)),
                "request": sole and sole.request,
                "plan": sole and sole.plan,
                "members": [] if sole else members,
            }
        )


def proposal_read(view: ProposalView) -> ProposalRead:
    """A proposal as lists show it."""
    record, request = view.record, view.record.members[0].spec.request
    counting = {each.person_id for each in view.tally.counting}
    waits = not view.state.ended
    return ProposalRead(
        id=record.id,
        kind=record.kind,
        application=record.sole.application.name if record.set is None else None,
        applications=[each.application.name for each in record.members],
        group=record.set.group if record.set is not None else None,
        order=record.set.order if record.set is not None else None,
        environment=record.environment.name,
        source_environment=request.source_environment if isinstance(request, StoredPromotion) else None,
        state=view.state,
        reason=record.reason,
        comment=record.comment,
        requested_by=ActorRead.of(record.requested_by),
        plan_digest=record.plan_digest,
        needed=view.policy.needed if view.policy else 1,
        groups=list(view.policy.groups) if view.policy else [],
        lacking=LackingRead(votes=view.tally.lacking.votes, groups=list(view.tally.lacking.groups)),
        votes=[
            VoteRead(
                person=each.person_id,
                name=each.name,
                choice=each.choice,
                comment=each.comment,
                at=each.at,
                counts=each.choice is VoteChoice.APPROVE and each.person_id in counting,
            )
            for each in record.votes
        ],
        may_vote=waits and view.vote_fault is None,
        vote_refused=VOTE_FAULTS[view.vote_fault] if waits and view.vote_fault else None,
        operation=record.operation_id,
        promotion_set=record.promotion_set_id,
        created_at=record.created_at,
        expires_at=record.expires_at,
        ended_at=record.ended_at,
    )
