"""Who may vote on a proposal, and what it lacks. Pure: callers read rights and groups, as they are now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.actors import ActorKind, ActorRef
from domain.approvals import ApprovalPolicy, ProposalState, Vote, VoteChoice


class VoteFault(StrEnum):
    """Why somebody may not vote."""

    NO_PERSON = "no-person"
    REQUESTER = "requester"
    NO_RIGHT = "no-right"
    VOTED = "voted"


VOTE_FAULTS: Mapping[VoteFault, str] = {
    VoteFault.NO_PERSON: "Only people who have signed in vote. Tokens that act as themselves, service accounts and CI "
    "jobs do not.",
    VoteFault.REQUESTER: "The person who asks for a change, or for whom a program asks for it, does not "
    "approve it. Somebody else has to vote.",
    VoteFault.NO_RIGHT: "To vote takes the right 'approve' on all of its applications in this environment.",
    VoteFault.VOTED: "You have voted already. Each person has one vote.",
}


@dataclass(frozen=True, kw_only=True)
class Voter:
    """A person who has voted, as it is now: whether it may approve there, and the groups it was last told to be in."""

    person_id: str
    may_approve: bool
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """What a proposal still lacks: so many votes, and somebody of each of these groups."""

    votes: int
    groups: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return self.votes == 0 and not self.groups


def vote_fault(
    actor: ActorRef, *, may_approve: bool, requesters: Collection[ActorRef], votes: Sequence[Vote]
) -> VoteFault | None:
    """Why the actor may not vote; None where it may. `requesters` are who asked, and who stands behind a machine."""
    if actor.kind is not ActorKind.PERSON:
        return VoteFault.NO_PERSON
    if any((each.kind, each.id) == (actor.kind, actor.id) for each in requesters):
        return VoteFault.REQUESTER
    if not may_approve:
        return VoteFault.NO_RIGHT
    if any(each.person_id == actor.id for each in votes):
        return VoteFault.VOTED
    return None


def counting(
    votes: Sequence[Vote], voters: Mapping[str, Voter], *, requesters: Collection[ActorRef]
) -> tuple[Vote, ...]:
    """The approvals of people who may approve now. Who lost the right, was disabled or deleted no longer counts."""
    excluded = {each.id for each in requesters if each.kind is ActorKind.PERSON}
    found: dict[str, Vote] = {}
    for vote in votes:
        voter = voters.get(vote.person_id)
        if vote.choice is VoteChoice.APPROVE and voter and voter.may_approve and vote.person_id not in excluded:
            found.setdefault(vote.person_id, vote)
    return tuple(found.values())


def lacking(policy: ApprovalPolicy | None, approvals: Sequence[Vote], voters: Mapping[str, Voter]) -> Lacking:
    """What is lacking with these approvals. Where the policy was deleted meanwhile, one vote is enough."""
    needed, groups = (policy.needed, policy.groups) if policy else (1, ())
    represented = frozenset[str]().union(*(voters[each.person_id].groups for each in approvals))
    return Lacking(
        votes=max(0, needed - len({each.person_id for each in approvals})),
        groups=tuple(each for each in groups if each not in represented),
    )


def state_at(state: ProposalState, *, expires_at: datetime, at: datetime) -> ProposalState:
    """The state at a moment: one that waits expires by the clock alone."""
    return ProposalState.EXPIRED if state is ProposalState.WAITING and expires_at <= at else state
