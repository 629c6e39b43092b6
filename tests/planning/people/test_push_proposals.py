"""When automation proposes pushed images again, how its proposal is overtaken, and what it is waited for."""

from datetime import UTC, datetime, timedelta

from domain.approvals import APPROVABLE, ApprovalPolicy, ProposalState
from domain.words import Verdict
from services.planning.people.approvals import Lacking
from services.planning.people.push_proposals import approval_gate_of_push, overtaken, settled

POLICY = ApprovalPolicy(needed=2, groups=("sso:ops",), kinds=APPROVABLE, expires_after=timedelta(hours=24))
WAITING, VOID = ProposalState.WAITING, ProposalState.VOID


def test_the_same_pushes_are_proposed_again_only_after_a_void_proposal():
    again = {each for each in ProposalState if not settled(each, (1, 2), (2, 1))}
    assert again == {VOID, ProposalState.REPLACED, ProposalState.APPROVED}
    assert not any(settled(each, (1,), (1, 2)) for each in ProposalState)


def test_a_proposal_is_overtaken_as_soon_as_one_of_its_pushes_waits_no_more():
    for verdicts, end in (
        ([Verdict.PENDING, Verdict.PENDING], None),
        ([Verdict.PENDING, Verdict.SUPERSEDED], ProposalState.REPLACED),
        ([Verdict.PENDING, Verdict.OFFERED], VOID),
        ([Verdict.UNCHANGED], VOID),
        ([Verdict.DEPLOYING], VOID),
        ([Verdict.REFUSED], VOID),
        ([Verdict.BLOCKED], VOID),
        ([None], VOID),
    ):
        found = overtaken(verdicts)
        assert (found and found[0]) == end


def test_the_gate_of_a_push_says_which_proposal_and_what_it_lacks():
    gate = approval_gate_of_push(
        POLICY,
        "Production",
        proposal="p1",
        state=WAITING,
        expires_at=datetime(2026, 11, 27, 12, tzinfo=UTC),
        lacking=Lacking(votes=1, groups=("sso:ops",)),
    )
    assert (gate.id, gate.kind) == ("p1", "approval")
    assert gate.reason == (
        "A proposal to deploy it waits for votes until 2026-11-27 12:00 UTC, and lacks one approval and one of the "
        "group sso:ops."
    )
    assert "2 people who may approve here" in gate.opened_by
    assert "/api/v1/proposals/p1/votes" in gate.opened_by


def test_the_gate_of_a_push_says_how_its_proposal_has_ended():
    for state, word in (
        (ProposalState.EXPIRED, "expired"),
        (ProposalState.WITHDRAWN, "withdrawn"),
        (ProposalState.REJECTED, "rejected"),
    ):
        gate = approval_gate_of_push(POLICY, "Production", proposal="p1", state=state)
        assert word in gate.reason
        assert "not proposed again" in gate.opened_by
    for state in (VOID, ProposalState.REPLACED, ProposalState.APPROVED):
        gate = approval_gate_of_push(POLICY, "Production", proposal="p1", state=state)
        assert (gate.id, "about to file" in gate.opened_by) == (None, True)
