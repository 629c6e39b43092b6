"""Promotion sets from end to end on practice clusters: one plan, all locks or none, forward and back together."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.gates import GateKind
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from domain.words import FailurePolicy, OperationKind, OperationState, Outcome, SetOrder
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.changes.errors import PlanOutdatedError, SetBlockedError
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import PartOfSetError
from services.changes.promotion_sets import NothingToTakeBackError, PromotionSetRequest, SetRollbackRequest
from services.changes.retrying import NothingToRetryError
from services.changes.set_reading import SetView
from services.errors import InvalidRequestError, OperationUnderwayError
from services.people.holding import Stopping
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

BOTH = PromotionSetRequest(source_environment="Staging", target_environment="Production", applications=("api", "web"))
IN_TURN = replace(BOTH, order=SetOrder.ONE_BY_ONE)
CANARY = Strategy(rings=(Ring(selector=ByNames(names=("prod-eu",))), Ring(selector=Remaining())))



def runs(application: str, tag: str):
    name = f"{application}:{tag}" if tag != "broken" else f"{application}:crash"
    return workload(application, {application: image(name)})


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def shop(stage: PromotionStage, applications: Sequence[str] = ("api", "web")) -> None:
    """Staging runs version 2 of each application, Production version 1 on two clusters."""
    for each in applications:
        await stage.environment("Staging", {"staging-1": (runs(each, "2"),)}, application=each)
        production = {"prod-eu": (runs(each, "1"),), "prod-us": (runs(each, "1"),)}
        await stage.environment("Production", production, application=each)


async def promote(stage: PromotionStage, request: PromotionSetRequest = BOTH) -> SetView:
    started = await stage.sets.start(request, actor=ANN, idempotency=None)
    return await stage.end_of_set(started.record.id)


def outcomes(view: SetView) -> dict[str, list[Outcome | None]]:
    return {each.application: [one.outcome for one in each.clusters] for each in view.record.members}


def tags(stage: PromotionStage, cluster: str) -> dict[str, str]:
    found = {}
    for each in ("api", "web"):
        reference = stage.images(cluster, each, namespace=stage.namespace_of(each))[each]
        found[each] = reference.partition("@")[0].rpartition(":")[2]
    return found


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
    paused = Strategy(rings=(Ring(selector=ByNames(names=("prod-eu",)), pauses=True), Ring(selector=Remaining())))
    started = await stage.sets.start(replace(BOTH, strategy=paused), actor=ANN, idempotency=None)
    await _until_paused(stage, started.record.id)
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
    busy = await stage.sets.start(replace(BOTH, applications=("web",), strategy=_PAUSING), actor=ANN, idempotency=None)
    with pytest.raises(OperationUnderwayError, match="'web'"):
        await stage.sets.start(BOTH, actor=ANN, idempotency=None)
    async with stage.database.read() as tx:
        places = await tx.place_operations.active()
    assert len(places) == 1
    await stage.set_decisions.undo(busy.record.id, actor=ANN)
    await stage.end_of_set(busy.record.id)


_PAUSING = Strategy(rings=(Ring(selector=ByNames(names=("prod-eu",)), pauses=True), Ring(selector=Remaining())))


async def _until_paused(stage: PromotionStage, set_id: str) -> None:
    import asyncio

    async with asyncio.timeout(60):
        while True:
            found = await stage.set_reading.read(set_id, actor=ANN)
            if found.record.active and all(each.pause is not None for each in found.record.active):
                return
            await asyncio.sleep(0.05)
