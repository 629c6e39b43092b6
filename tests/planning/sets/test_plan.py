"""The plan of a set: one digest over its members and their order, and its end in one sentence."""

from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.words import OperationKind, OperationState, SetOrder
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.promotion_source import Skew
from services.planning.sets.concluding import conclude_set
from services.planning.sets.plan import SetMemberPlan, SetPlan, stages_of

WEB = ResourceId.of("apps/v1", "Deployment", "web")


def plan(*, problems=(), skew=(), pin=True) -> PromotionPlan:
    return PromotionPlan(
        source_environment="Staging",
        source_cluster=None,
        source_release=None,
        source_operation=None,
        target_environment="Production",
        pin=pin,
        selected=None,
        clusters=(),
        unmatched=(),
        skew=skew,
        problems=problems,
    )


def set_plan(order: SetOrder = SetOrder.ALL_AT_ONCE, **plans: PromotionPlan) -> SetPlan:
    stages = stages_of(list(plans), order)
    members = tuple(SetMemberPlan(application=name, stage=stages[name], plan=each) for name, each in plans.items())
    return SetPlan(
        kind=OperationKind.PROMOTION,
        source_environment="Staging",
        target_environment="Production",
        order=order,
        members=members,
    )


def test_the_digest_is_of_the_members_plans_and_their_order():
    one = set_plan(api=plan(), web=plan())
    assert one.digest == set_plan(api=plan(), web=plan()).digest
    assert one.digest != set_plan(api=plan(), web=plan(pin=False)).digest
    assert one.digest != set_plan(SetOrder.ONE_BY_ONE, api=plan(), web=plan()).digest
    assert one.digest != set_plan(api=plan()).digest


def test_a_blocking_problem_of_one_application_blocks_all_and_says_which():
    problem = Problem(code="no-room", severity=Severity.BLOCKS, detail="A quota is full.")
    blocked = set_plan(api=plan(), web=plan(problems=(problem,)))
    assert blocked.blocked
    assert blocked.why_blocked == "'web' cannot be changed: A quota is full."
    assert not blocked.nothing_to_do


def test_a_source_whose_clusters_differ_blocks_the_set():
    blocked = set_plan(api=plan(skew=(Skew(workload=WEB, container="web", images=()),)), web=plan())
    assert "Name the cluster to promote from" in blocked.why_blocked


def test_one_by_one_each_application_has_a_place_of_its_own():
    assert stages_of(["web", "api"], SetOrder.ONE_BY_ONE) == {"web": 0, "api": 1}
    assert stages_of(["web", "api"], SetOrder.ALL_AT_ONCE) == {"web": 0, "api": 0}


def test_a_set_has_succeeded_where_all_its_applications_have():
    done = conclude_set({"api": OperationState.SUCCEEDED, "web": OperationState.SUCCEEDED}, cancelled=False)
    assert (done.state, done.message) == (OperationState.SUCCEEDED, "api and web succeeded on all clusters.")


def test_the_sentence_names_what_did_not_succeed_first():
    states = {"api": OperationState.SUCCEEDED, "web": OperationState.FAILED}
    failed = conclude_set(states, cancelled=False)
    assert (failed.state, failed.message) == (OperationState.FAILED, "web did not succeed, api succeeded.")


def test_a_cancelled_set_says_so():
    states = {"api": OperationState.CANCELLED, "web": OperationState.CANCELLED}
    assert conclude_set(states, cancelled=True).message == "Cancelled. api and web were cancelled."


def test_many_applications_are_counted():
    states = {f"app-{number}": OperationState.SUCCEEDED for number in range(9)}
    assert conclude_set(states, cancelled=False).message == "9 applications succeeded on all clusters."
