"""Promotion sets from end to end on practice clusters: one plan, all locks or none, forward and back together."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from db.transaction import Database
from domain.approvals import APPROVABLE, ApprovalPolicy
from domain.stored.strategies import Remaining, Ring, Strategy
from domain.words import EventType, FailurePolicy, OperationKind, OperationState, Outcome, SetOrder
from sandbox.server import Sandbox
from services.changes.errors import PlanOutdatedError, SetBlockedError
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import PartOfSetError
from services.changes.promotion_sets import NothingToTakeBackError, SetRollbackRequest
from services.changes.retrying import NothingToRetryError
from services.errors import IdempotencyMismatchError, InvalidRequestError, OperationUnderwayError
from services.people.approvals import ApprovalRequiredError
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload
from tests.support.set_stage import (
    BOTH,
    EU,
    PAUSING,
    REST,
    audited,
    outcomes,
    patched,
    promote,
    refuse,
    runs,
    shop,
    tags,
    until_paused,
)

IN_TURN = replace(BOTH, order=SetOrder.ONE_BY_ONE)
CANARY = Strategy(rings=(Ring(selector=EU), Ring(selector=REST)))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def test_a_set_brings_all_its_applications_to_all_clusters_each_with_its_release(stage):
    await shop(stage)
    ended = await promote(stage)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert outcomes(ended) == {"api": [Outcome.SUCCEEDED] * 2, "web": [Outcome.SUCCEEDED] * 2}
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "2", "web": "2"}
    assert sorted(ended.releases.values()) == [1, 1]
    assert ended.record.message == "api and web succeeded on all clusters."


async def test_what_the_source_runs_is_frozen_for_all_rings_as_the_set_is_started(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    assert tags(stage, "prod-us") == {"api": "1", "web": "1"}
    stage.set_image("staging-1", "web", "web", image("web:3"), namespace=stage.namespace_of("web"))
    await stage.set_decisions.proceed(started.record.id, actor=ANN)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert tags(stage, "prod-us") == {"api": "2", "web": "2"}


async def test_a_set_is_refused_with_the_new_plan_where_one_of_its_sources_has_changed_since_the_preview(stage):
    await shop(stage)
    previewed = await stage.sets.preview(BOTH, actor=ANN)
    stage.set_image("staging-1", "web", "web", image("web:3"), namespace=stage.namespace_of("web"))
    await stage.until_rolled_out("staging-1", "Deployment", "web", stage.namespace_of("web"))
    with pytest.raises(PlanOutdatedError) as refused:
        await stage.sets.start(replace(BOTH, plan_digest=previewed.digest), actor=ANN, idempotency=None)
    assert refused.value.plan.digest != previewed.digest
    again = await stage.sets.start(replace(BOTH, plan_digest=refused.value.plan.digest), actor=ANN, idempotency=None)
    assert (await stage.end_of_set(again.record.id)).record.state is OperationState.SUCCEEDED


async def test_a_problem_of_one_application_blocks_the_set_and_names_it(stage):
    await shop(stage, ["api"])
    await stage.environment("Staging", {"staging-1": (runs("web", "2"),)}, application="web")
    other = workload("other", {"other": image("other:1")})
    await stage.environment("Production", {"prod-eu": (other,), "prod-us": (other,)}, application="web")
    with pytest.raises(SetBlockedError, match="'web' cannot be changed"):
        await stage.sets.start(BOTH, actor=ANN, idempotency=None)
    assert (await stage.sets.preview(BOTH, actor=ANN)).blocked


async def test_no_application_is_taken_where_one_of_them_is_under_way(stage):
    await shop(stage)
    busy = await stage.sets.start(replace(BOTH, applications=("web",), strategy=PAUSING), actor=ANN, idempotency=None)
    with pytest.raises(OperationUnderwayError, match="'web'"):
        await stage.sets.start(BOTH, actor=ANN, idempotency=None)
    async with stage.database.read() as tx:
        places = await tx.place_operations.active()
    assert len(places) == 1
    await stage.set_decisions.undo(busy.record.id, actor=ANN)
    await stage.end_of_set(busy.record.id)


async def test_where_one_application_fails_on_one_cluster_all_go_back_everywhere(stage):
    await shop(stage)
    refuse(stage, "prod-us", "web")
    ended = await promote(stage)
    assert ended.record.state is OperationState.FAILED
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}
    assert outcomes(ended) == {
        "api": [Outcome.ROLLED_BACK, Outcome.ROLLED_BACK],
        "web": [Outcome.ROLLED_BACK, Outcome.ROLLED_BACK],
    }
    api, _ = ended.record.members
    assert api.clusters[0].detail is not None
    assert "It went back because the set failed: 'web' on prod-us" in api.clusters[0].detail
    assert ended.releases == {}


async def test_a_canary_that_fails_in_one_application_keeps_the_others_from_every_other_cluster(stage):
    await shop(stage)
    refuse(stage, "prod-eu", "web")
    ended = await promote(stage, replace(BOTH, strategy=CANARY))
    assert outcomes(ended) == {
        "api": [Outcome.ROLLED_BACK, Outcome.SKIPPED],
        "web": [Outcome.ROLLED_BACK, Outcome.SKIPPED],
    }
    assert patched(stage, "prod-us") == []


async def test_one_by_one_an_application_begins_when_the_one_before_has_rolled_out(stage):
    await shop(stage)
    started = await stage.sets.start(replace(IN_TURN, applications=("web", "api")), actor=ANN, idempotency=None)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    web, api = ended.record.members
    assert (web.application, api.application) == ("web", "api")
    rolled_out = max(each.at for each in await stage.events_of(web.id) if each.type is EventType.CLUSTER_ENDED)
    began = min(each.at for each in await stage.events_of(api.id) if each.type is EventType.CLUSTER_STARTED)
    assert rolled_out <= began


async def test_one_by_one_an_application_that_fails_keeps_the_next_one_from_beginning(stage):
    await shop(stage)
    refuse(stage, "prod-eu", "api")
    ended = await promote(stage, IN_TURN)
    assert outcomes(ended)["web"] == [Outcome.SKIPPED, Outcome.SKIPPED]
    detail = ended.record.members[1].clusters[0].detail
    assert detail is not None
    assert "It did not begin, because the set failed: 'api' on prod-eu" in detail
    assert tags(stage, "prod-us") == {"api": "1", "web": "1"}


async def test_best_effort_takes_all_applications_back_where_one_failed_and_no_other_cluster(stage):
    await shop(stage)
    refuse(stage, "prod-us", "web")
    ended = await promote(stage, replace(BOTH, strategy=Strategy(failure=FailurePolicy.BEST_EFFORT)))
    assert tags(stage, "prod-eu") == {"api": "2", "web": "2"}
    assert tags(stage, "prod-us") == {"api": "1", "web": "1"}
    assert ended.record.state is OperationState.FAILED


async def test_a_retry_brings_the_images_that_were_frozen(stage):
    await shop(stage)
    refuse(stage, "prod-us", "web")
    failed = await promote(stage)
    stage.sandbox.faults("prod-us").clear()
    stage.set_image("staging-1", "api", "api", image("api:3"), namespace=stage.namespace_of("api"))
    retried = await stage.set_decisions.retry(failed.record.id, actor=ANN)
    assert retried.record.attempt == 2
    ended = await stage.end_of_set(failed.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "2", "web": "2"}
    with pytest.raises(NothingToRetryError):
        await stage.set_decisions.retry(failed.record.id, actor=ANN)


async def test_undoing_a_set_takes_back_every_application_on_every_cluster_that_it_has_changed(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    assert tags(stage, "prod-eu") == {"api": "2", "web": "2"}
    await stage.set_decisions.undo(started.record.id, actor=ANN)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.CANCELLED
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}


async def test_a_set_that_has_succeeded_is_rolled_back_by_one_request_in_the_opposite_order_and_held(stage):
    await shop(stage)
    done = await promote(stage, IN_TURN)
    plan = await stage.sets.preview_rollback(done.record.id, SetRollbackRequest(), actor=ANN)
    assert [(each.application, each.stage) for each in plan.members] == [("web", 0), ("api", 1)]
    back = SetRollbackRequest(plan_digest=plan.digest, reason="Orders are lost")
    started = await stage.sets.roll_back(done.record.id, back, actor=ANN, idempotency=None)
    ended = await stage.end_of_set(started.record.id)
    assert (ended.record.kind, ended.record.takes_back) == (OperationKind.ROLLBACK, done.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert tags(stage, "prod-eu") == tags(stage, "prod-us") == {"api": "1", "web": "1"}
    async with stage.database.read() as tx:
        holds = await tx.holds.list()
    assert {each.application.name for each in holds if each.application is not None} == {"api", "web"}


async def test_a_set_that_goes_back_soaks_for_a_minute_at_most_unless_it_is_to_soak_in_full(stage):
    await shop(stage)
    done = await promote(stage)
    async with stage.database.begin() as tx:
        hour = Strategy(rings=(Ring(selector=Remaining(), soak_seconds=3600),))
        production = await tx.environments.find("Production")
        assert production is not None
        await tx.environments.change(production.id, strategy=hour)
    for request, soak, told in (
        (SetRollbackRequest(), 60, ["soaks-shortened"]),
        (SetRollbackRequest(full_soak=True), 3600, []),
    ):
        plan = await stage.sets.preview_rollback(done.record.id, request, actor=ANN)
        for member in plan.members:
            assert member.plan.strategy is not None
            assert [ring.soak_seconds for ring in member.plan.strategy.in_rings] == [soak]
            assert [each.code for each in member.plan.problems] == told


async def test_a_set_that_changed_nothing_has_nothing_to_roll_back(stage):
    await shop(stage)
    await promote(stage)
    again = await promote(stage)
    assert outcomes(again) == {"api": [Outcome.UNCHANGED] * 2, "web": [Outcome.UNCHANGED] * 2}
    with pytest.raises(NothingToTakeBackError):
        await stage.sets.preview_rollback(again.record.id, SetRollbackRequest(), actor=ANN)


async def test_the_operation_of_an_application_is_decided_about_by_its_set_alone(stage):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    with pytest.raises(PartOfSetError) as refused:
        await stage.operations.cancel(started.record.members[0].id, actor=ANN)
    assert refused.value.promotion_set == started.record.id
    await stage.set_decisions.cancel(started.record.id, actor=ANN)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.CANCELLED
    assert tags(stage, "prod-eu") == {"api": "1", "web": "1"}
    with pytest.raises(PartOfSetError):
        await stage.operations.retry(started.record.members[0].id, actor=ANN)


async def test_a_repeated_request_returns_the_set_of_the_first_one(stage):
    await shop(stage)
    key = IdempotencyKey(key="release-7", fingerprint="same")
    first = await stage.sets.start(BOTH, actor=ANN, idempotency=key)
    again = await stage.sets.start(BOTH, actor=ANN, idempotency=key)
    assert again.record.id == first.record.id
    with pytest.raises(IdempotencyMismatchError):
        await stage.sets.start(BOTH, actor=ANN, idempotency=replace(key, fingerprint="other"))
    await stage.end_of_set(first.record.id)


async def test_an_application_that_is_named_twice_is_refused(stage):
    with pytest.raises(InvalidRequestError, match="named twice"):
        await stage.sets.preview(replace(BOTH, applications=("api", "API")), actor=ANN)


async def test_in_an_environment_that_takes_approvals_a_set_says_what_to_do(stage):
    await shop(stage)
    async with stage.database.begin() as tx:
        production = await tx.environments.find("Production")
        assert production is not None
        policy = ApprovalPolicy(needed=1, groups=(), kinds=APPROVABLE, expires_after=timedelta(hours=1))
        await tx.approval_policies.put(production.id, policy)
    with pytest.raises(ApprovalRequiredError, match=r"'api' takes approvals.*Propose the set"):
        await stage.sets.start(BOTH, actor=ANN, idempotency=None)
    async with stage.database.read() as tx:
        assert await tx.place_operations.active() == {}


@pytest.mark.parametrize(
    ("decision", "action"),
    [
        ("proceed", "promotion-set.continued"),
        ("undo", "promotion-set.undo-requested"),
        ("cancel", "promotion-set.cancelled"),
    ],
)
async def test_what_a_person_decides_about_a_set_under_way_is_in_the_audit(stage, decision: str, action: str):
    await shop(stage)
    started = await stage.sets.start(replace(BOTH, strategy=PAUSING), actor=ANN, idempotency=None)
    await until_paused(stage, started.record.id)
    await getattr(stage.set_decisions, decision)(started.record.id, actor=ANN)
    await stage.end_of_set(started.record.id)
    assert await audited(stage, started.record.id) == ["promotion-set.queued", action, "promotion-set.ended"]


async def test_a_retry_and_a_rollback_of_a_set_are_in_the_audit(stage):
    await shop(stage)
    refuse(stage, "prod-us", "web")
    failed = await promote(stage)
    stage.sandbox.faults("prod-us").clear()
    await stage.set_decisions.retry(failed.record.id, actor=ANN)
    await stage.end_of_set(failed.record.id)
    ended = "promotion-set.ended"
    assert await audited(stage, failed.record.id) == ["promotion-set.queued", ended, "promotion-set.retried", ended]
    back = await stage.sets.roll_back(failed.record.id, SetRollbackRequest(), actor=ANN, idempotency=None)
    await stage.end_of_set(back.record.id)
    assert await audited(stage, back.record.id) == ["promotion-set.queued", ended]
