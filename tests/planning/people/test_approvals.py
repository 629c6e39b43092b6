"""Who may vote on a proposal, and what it still lacks."""

from datetime import UTC, datetime, timedelta

from domain.actors import ActorKind, ActorRef
from domain.approvals import APPROVABLE, ApprovalPolicy, ProposalState, Vote, VoteChoice
from services.planning.people.approvals import VoteFault, Voter, counting, lacking, state_at, vote_fault

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ADA = ActorRef(kind=ActorKind.PERSON, id="ada", name="Ada")
BOB = ActorRef(kind=ActorKind.PERSON, id="bob", name="Bob")
CI = ActorRef(kind=ActorKind.SERVICE_ACCOUNT, id="ci", name="ci")


def vote(person: str, choice: VoteChoice = VoteChoice.APPROVE) -> Vote:
    return Vote(person_id=person, name=person, choice=choice, comment=None, at=NOON)


def voter(person: str, *groups: str, may_approve: bool = True) -> Voter:
    return Voter(person_id=person, may_approve=may_approve, groups=frozenset(groups))


def policy(needed: int, *groups: str) -> ApprovalPolicy:
    return ApprovalPolicy(needed=needed, groups=groups, kinds=APPROVABLE, expires_after=timedelta(hours=24))


def test_only_other_people_with_the_right_vote_and_each_of_them_once():
    for actor, may_approve, requesters, votes, fault in (
        (BOB, True, [ADA], [], None),
        (BOB, True, [ADA], [vote("eve")], None),
        (ADA, True, [ADA], [], VoteFault.REQUESTER),
        (ADA, True, [CI, ADA], [], VoteFault.REQUESTER),  # her own service account asked
        (BOB, False, [ADA], [], VoteFault.NO_RIGHT),
        (BOB, True, [ADA], [vote("bob")], VoteFault.VOTED),
        (CI, True, [ADA], [], VoteFault.NO_PERSON),
        (ActorRef(kind=ActorKind.TOKEN, id="ada", name="x"), True, [BOB], [], VoteFault.NO_PERSON),
        # The same id of another kind is somebody else.
        (BOB, True, [ActorRef(kind=ActorKind.SERVICE_ACCOUNT, id="bob", name="bob")], [], None),
    ):
        assert vote_fault(actor, may_approve=may_approve, requesters=requesters, votes=votes) == fault, (actor, fault)


def test_what_is_lacking_is_counted_by_people_and_by_groups():
    ops, dev = "sso:ops", "sso:dev"
    for needs, voters, votes, groups in (
        (policy(1), [], 1, ()),
        (policy(1), [voter("bob")], 0, ()),
        (policy(2), [voter("bob")], 1, ()),
        (policy(2), [voter("bob"), voter("eve"), voter("joe")], 0, ()),
        (policy(1, ops), [voter("bob", dev)], 0, (ops,)),
        (policy(1, ops, dev), [voter("bob", ops, dev)], 0, ()),
        (policy(2, ops, dev), [voter("bob", ops, dev)], 1, ()),
        (policy(2, ops, dev), [voter("bob", ops), voter("eve", ops)], 0, (dev,)),
        (None, [], 1, ()),  # the policy was deleted
        (None, [voter("bob")], 0, ()),
    ):
        found = lacking(needs, [vote(each.person_id) for each in voters], {each.person_id: each for each in voters})
        assert (found.votes, found.groups) == (votes, groups), (needs, voters)
        assert found.nothing is (votes == 0 and not groups)


def test_approvals_of_those_who_lost_the_right_or_asked_themselves_do_not_count():
    voters = {each.person_id: each for each in (voter("bob"), voter("eve", may_approve=False), voter("ada"))}
    votes = [vote("bob"), vote("bob"), vote("eve"), vote("gone"), vote("ada")]
    found = counting(votes, voters, requesters=[ADA])
    assert [each.person_id for each in found] == ["bob"]
    assert counting([vote("bob", VoteChoice.REJECT)], voters, requesters=[ADA]) == ()


def test_one_that_waits_expires_by_the_clock_and_one_that_has_ended_stays_as_it_is():
    for state, hours, expected in (
        (ProposalState.WAITING, 1, ProposalState.WAITING),
        (ProposalState.WAITING, 0, ProposalState.EXPIRED),
        (ProposalState.WAITING, -1, ProposalState.EXPIRED),
        (ProposalState.APPROVED, -1, ProposalState.APPROVED),
    ):
        assert state_at(state, expires_at=NOON + timedelta(hours=hours), at=NOON) is expected
