"""What a process leaves when it ends, another continues; what is old is forgotten."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from db.locks import LifeLocks
from db.transaction import Database
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, EventType, OperationKind, Provider
from services.changes.new_operations import queue
from services.engine import runtime
from services.engine.engine import Engine
from services.engine.runtime import workflow_id
from services.limits import Limits
from services.people.gates import StandingGates
from tests.support.actors import ANN
from tests.support.engine_stage import new_operation, until
from tests.support.fake_workers import SUCCEEDED, TO_WATCH, FakeClusters, FakePreflight


async def test_an_operation_that_was_committed_and_never_started_is_found(engine_stage, target):
    async with engine_stage.database.begin() as tx:
        operation = await queue(tx, new_operation(target))
    await engine_stage.engine._takeover._start_orphans(age=timedelta(0))
    assert (await engine_stage.end_of(operation.id)).state == "succeeded"


async def test_an_operation_that_breaks_off_again_and_again_ends_when_it_is_cancelled(
    engine_stage, target, monkeypatch
):
    async def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(runtime, "_STEP_ATTEMPTS", 1)
    monkeypatch.setattr(engine_stage.engine._steps, "watch", broken)
    engine_stage.worker.applying = lambda _: TO_WATCH
    operation_id = await engine_stage.start(target, waves=(0, 1))
    mine = [workflow_id(operation_id, 1)]
    while not engine_stage.worker.calls or await engine_stage.engine._runtime.live(mine):
        await asyncio.sleep(0.01)
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    await engine_stage.engine._takeover._start_orphans(age=timedelta(0))
    operation = await engine_stage.end_of(operation_id)
    assert operation.state == "cancelled"
    assert {each.cluster_name: each.code for each in operation.clusters} == {
        "prod-eu": "broken-off",
        "prod-us": "cancelled",
    }


async def test_an_engine_that_stops_leaves_its_work_to_the_next(engine_stage, target, keys):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH
    operation_id = await engine_stage.start(target)
    await until(lambda: engine_stage.worker.calls.count("watch prod-us") == 1)
    await engine_stage.engine.stop()
    engine_stage.worker.watching = lambda _: SUCCEEDED
    again = Engine(
        database=Database(engine_stage.database.engine, keys),
        url=engine_stage.url,
        clusters=FakeClusters(),
        workers=dict.fromkeys(OperationKind, engine_stage.worker),
        limits=Limits(silence=0.1),
        gates=StandingGates(engine_stage.database),
        preflight=FakePreflight(),
        on_outcast=lambda: None,
    )
    await again.launch()
    try:
        operation = await engine_stage.end_of(operation_id)
    finally:
        await again.stop()
    assert operation.state == "succeeded"
    assert engine_stage.worker.calls.count("apply prod-eu") == 1
    events = await engine_stage.events_of(operation_id)
    assert [each.type for each in events].count(EventType.OPERATION_RESUMED) == 1


async def test_deliveries_to_receivers_are_kept_for_a_month(engine_stage, target):
    async with engine_stage.database.begin() as tx:
        receiver = "a-receiver-with-a-random-id"
        await tx.receivers.add(
            receiver_id=receiver,
            name="hub",
            provider=Provider.DOCKER_HUB,
            application_id=None,
            settings=ReceiverSettings(),
            secret="secret",
        )
        old, kept = [await tx.deliveries.add(receiver, fate=DeliveryFate.IGNORED) for _ in range(2)]
    async with engine_stage.database.engine.begin() as connection:
        statement = "UPDATE deliveries SET received_at = now() - interval '31 days' WHERE id = :old"
        await connection.execute(text(statement), {"old": old})
    await engine_stage.engine._takeover.forget_deliveries()
    async with engine_stage.database.read() as tx:
        page = await tx.deliveries.list(receiver, limit=5)
    assert [each.id for each in page.items] == [kept]


async def test_the_workflows_of_a_dead_process_are_taken_over_and_those_of_a_living_one_are_not(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH
    operation_id = await engine_stage.start(target)
    while engine_stage.worker.calls.count("watch prod-us") == 0:
        await asyncio.sleep(0.01)
    mine = engine_stage.engine._takeover._executor_id
    stranger = LifeLocks(engine_stage.url)
    await stranger.open()
    assert not await stranger.take(mine)
    await stranger.close()
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    await engine_stage.end_of(operation_id)
