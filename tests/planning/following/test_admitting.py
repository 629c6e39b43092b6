"""Whether a proven set is promoted now: what became of it before, what people and gates say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.approvals import ProposalState
from domain.follows import FollowCode, FollowTerms
from domain.gates import Gate, GateKind
from domain.images import container_key
from domain.words import OperationKind, OperationState
from services.planning.following.admitting import admit
from services.planning.following.values import Act, LastProposal, PastOperation, Proven, Recorded, Terms, Wait
from tests.support.image_plans import ONE, TWO, resource

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
WEB = container_key(resource("web"), "web")
API = container_key(resource("api"), "api")
OLD, NEW = (WEB, ONE), (WEB, TWO)
PROVEN = Proven(lacking=frozenset({NEW}), names={NEW: "web 2"})
TERMS = Terms(
    terms=FollowTerms(healthy_minutes=10, set_at=NOW - timedelta(days=1)), source="Staging", target="Production"
)
UNTIL = NOW + timedelta(hours=2)


def operation(kind: OperationKind, state: OperationState = OperationState.SUCCEEDED, **more) -> PastOperation:
    members = {
        "id": f"op-{kind.value}",
        "kind": kind,
        "state": state,
        "by": "ann",
        "by_automation": False,
        "created_at": NOW,
        "brought": frozenset(),
        "replaced": frozenset(),
    }
    return PastOperation(**{**members, **more})


def brings(kind: OperationKind, state: OperationState = OperationState.SUCCEEDED, **more) -> PastOperation:
    return operation(kind, state, brought=frozenset({NEW}), replaced=frozenset({OLD}), **more)


def takes_away(kind: OperationKind, **more) -> PastOperation:
    return operation(kind, brought=frozenset({OLD}), replaced=frozenset({NEW}), **more)


def admitted(proven: Proven = PROVEN, terms: Terms = TERMS, **recorded) -> Wait | Act:
    return admit(proven, Recorded(**recorded), terms)


def code(found: Wait | Act) -> FollowCode | None:
    return found.code if isinstance(found, Wait) else None


def gate(kind: GateKind, until: datetime | None = UNTIL) -> Gate:
    return Gate(kind=kind, id="g", reason="Month end.", until=until, opened_by="Ask ops.")


def test_what_nothing_is_in_the_way_of_is_promoted():
    assert admitted() == Act(proposes=False)


def test_where_it_takes_approvals_it_is_proposed():
    assert admitted(approvals=True) == Act(proposes=True)


def test_what_was_rolled_back_does_not_come_back():
    found = admitted(here=(takes_away(OperationKind.ROLLBACK), brings(OperationKind.PROMOTION)))
    assert isinstance(found, Wait)
    assert (found.code, found.operation) == (FollowCode.ROLLED_BACK, "op-rollback")
    assert found.detail.startswith("ann rolled web 2 back in Production")


def test_what_was_rolled_back_does_not_come_back_though_the_setting_is_saved_again():
    saved = replace(TERMS, terms=replace(TERMS.terms, set_at=NOW + timedelta(minutes=5)))
    assert code(admitted(terms=saved, here=(takes_away(OperationKind.ROLLBACK),))) is FollowCode.ROLLED_BACK


def test_one_image_that_was_rolled_back_keeps_the_whole_set_away():
    both = Proven(lacking=frozenset({NEW, (API, TWO)}), names={NEW: "web 2", (API, TWO): "api 2"})
    assert code(admitted(both, here=(takes_away(OperationKind.ROLLBACK),))) is FollowCode.ROLLED_BACK


def test_a_person_who_brought_it_again_takes_the_roll_back_back():
    history = (brings(OperationKind.PROMOTION, by_automation=False), takes_away(OperationKind.ROLLBACK))
    assert code(admitted(here=history)) is FollowCode.CHANGED_SINCE


def test_what_a_person_deployed_in_its_place_stays():
    found = admitted(here=(takes_away(OperationKind.DEPLOY), brings(OperationKind.PROMOTION)))
    assert code(found) is FollowCode.REPLACED


def test_what_a_promotion_replaced_comes_back_where_the_source_went_back():
    assert admitted(here=(takes_away(OperationKind.PROMOTION), brings(OperationKind.PROMOTION))) == Act(proposes=False)


@pytest.mark.parametrize("state", [OperationState.FAILED, OperationState.CANCELLED])
def test_a_failed_promotion_is_not_repeated(state: OperationState):
    found = admitted(here=(brings(OperationKind.PROMOTION, state, by_automation=True, message="web crashed."),))
    assert isinstance(found, Wait)
    assert found.code is FollowCode.FAILED
    assert "web crashed." in found.detail


def test_a_failed_promotion_is_tried_again_once_the_setting_is_saved_again():
    saved = replace(TERMS, terms=replace(TERMS.terms, set_at=NOW + timedelta(minutes=5)))
    assert admitted(terms=saved, here=(brings(OperationKind.PROMOTION, OperationState.FAILED),)) == Act(proposes=False)


def test_another_set_is_promoted_after_a_failure():
    other = Proven(lacking=frozenset({(WEB, "sha256:" + "4" * 64)}))
    assert admitted(other, here=(brings(OperationKind.PROMOTION, OperationState.FAILED),)) == Act(proposes=False)


def test_what_something_else_changed_since_is_not_brought_again_and_again():
    assert code(admitted(here=(brings(OperationKind.PROMOTION, by_automation=True),))) is FollowCode.CHANGED_SINCE


def test_what_failed_in_the_source_is_not_taken_over():
    found = admitted(there=(brings(OperationKind.DEPLOY, OperationState.FAILED, message="The check 'smoke' failed."),))
    assert isinstance(found, Wait)
    assert (found.code, found.operation) == (FollowCode.SOURCE_FAILED, "op-deploy")
    assert "smoke" in found.detail


def test_the_check_that_failed_in_the_source_is_named():
    failed = brings(OperationKind.DEPLOY, OperationState.FAILED, message="Failed on staging-1.")
    found = admitted(there=(failed,), not_passed=frozenset({"smoke"}))
    assert isinstance(found, Wait)
    assert found.code is FollowCode.SOURCE_FAILED
    assert found.detail.endswith("failed: Failed on staging-1. The check 'smoke' did not pass.")


def test_a_check_of_a_later_operation_is_not_named_for_an_earlier_one():
    later = operation(OperationKind.DEPLOY, id="later", brought=frozenset({(API, TWO)}))
    failed = brings(OperationKind.DEPLOY, OperationState.FAILED)
    found = admitted(there=(later, failed), not_passed=frozenset({"smoke"}))
    assert isinstance(found, Wait)
    assert "smoke" not in found.detail


def test_a_check_that_is_asked_for_and_ran_without_passing_is_said_so():
    asks = replace(TERMS, terms=replace(TERMS.terms, checks=("smoke", "load")))
    found = admitted(terms=asks, there=(brings(OperationKind.DEPLOY),), not_passed=frozenset({"load"}))
    assert isinstance(found, Wait)
    assert found.detail == "The check 'load' has to be passed in Staging, and did not pass."


def test_what_succeeded_in_the_source_after_a_failure_is_taken_over():
    there = (brings(OperationKind.DEPLOY), brings(OperationKind.DEPLOY, OperationState.FAILED))
    assert admitted(there=there) == Act(proposes=False)


def test_checks_that_are_asked_for_have_to_have_passed_there():
    asks = replace(TERMS, terms=replace(TERMS.terms, checks=("smoke", "load")))
    there = (brings(OperationKind.DEPLOY),)
    found = admitted(terms=asks, there=there, passed=frozenset({"smoke"}))
    assert isinstance(found, Wait)
    assert found.code is FollowCode.CHECK_MISSING
    assert "'load'" in found.detail
    assert admitted(terms=asks, there=there, passed=frozenset({"smoke", "load"})) == Act(proposes=False)


def test_images_that_no_operation_brought_there_have_passed_no_check():
    asks = replace(TERMS, terms=replace(TERMS.terms, checks=("smoke",)))
    assert code(admitted(terms=asks, passed=frozenset({"smoke"}))) is FollowCode.CHECK_MISSING


def test_without_the_right_nothing_is_promoted():
    assert code(admitted(lost_right="ann may not.")) is FollowCode.WITHOUT_RIGHT


@pytest.mark.parametrize("kind", [GateKind.HOLD, GateKind.FREEZE, GateKind.STOP])
def test_a_closed_gate_waits_until_it_opens(kind: GateKind):
    found = admitted(gates=(gate(kind),), approvals=True)
    assert isinstance(found, Wait)
    assert (found.code, found.due_at) == (FollowCode.GATE_CLOSED, UNTIL)
    assert found.detail == f"{gate(kind)} Ask ops."


def test_a_gate_that_a_person_has_to_open_names_no_time():
    found = admitted(gates=(gate(GateKind.FREEZE), gate(GateKind.HOLD, None)))
    assert isinstance(found, Wait)
    assert found.due_at is None


def proposed(state: ProposalState, **more) -> LastProposal:
    members = {"id": "p", "state": state, "created_at": NOW, "expires_at": UNTIL, "brings": frozenset({NEW})}
    return LastProposal(**{**members, **more})


def test_a_waiting_proposal_is_not_filed_twice():
    found = admitted(approvals=True, proposal=proposed(ProposalState.WAITING))
    assert isinstance(found, Wait)
    assert (found.code, found.proposal, found.due_at) == (FollowCode.APPROVAL, "p", UNTIL)


@pytest.mark.parametrize("state", [ProposalState.REJECTED, ProposalState.WITHDRAWN, ProposalState.EXPIRED])
def test_what_people_did_not_approve_is_not_proposed_again(state: ProposalState):
    found = admitted(approvals=True, proposal=proposed(state, reason="Too late in the week."))
    assert isinstance(found, Wait)
    assert found.code is FollowCode.PROPOSAL_REFUSED
    assert "Too late in the week." in found.detail


@pytest.mark.parametrize("state", [ProposalState.VOID, ProposalState.REPLACED, ProposalState.APPROVED])
def test_a_proposal_that_is_void_is_filed_anew(state: ProposalState):
    assert admitted(approvals=True, proposal=proposed(state)) == Act(proposes=True)


def test_another_set_is_proposed_beside_what_people_refused():
    refused = proposed(ProposalState.REJECTED, brings=frozenset({OLD}))
    assert admitted(approvals=True, proposal=refused) == Act(proposes=True)
