"""Operations from start to end in the durable engine, with a fake worker."""

import asyncio

from domain.words import OnFailure
from services.engine import runtime
from tests.support.actors import ANN
from tests.support.engine_stage import outcomes
from tests.support.fake_workers import FAILED, TO_WATCH


async def test_an_operation_is_applied_to_all_its_clusters_and_succeeds(engine_stage, target):
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert operation.state == "succeeded"
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "succeeded"}
    assert sorted(engine_stage.worker.calls) == ["apply prod-eu", "apply prod-us"]


async def test_what_was_changed_is_watched(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert operation.state == "succeeded"
    assert sorted(engine_stage.worker.calls[2:]) == ["watch prod-eu", "watch prod-us"]


async def test_the_worker_gets_the_work_that_the_use_case_built(engine_stage, target):
    work = object()
    operation_id = await engine_stage.start(target, work=work)
    await engine_stage.end_of(operation_id)
    assert engine_stage.worker.prepared == [work, work]


async def test_an_operation_begins_while_the_engine_records_its_workflow(engine_stage, target, monkeypatch):
    written, really = asyncio.Event(), runtime.Runtime.start

    async def slow(*arguments):
        await written.wait()
        await really(*arguments)

    monkeypatch.setattr(runtime.Runtime, "start", slow)
    starting = asyncio.create_task(engine_stage.start(target))
    async with asyncio.timeout(60):
        while len(engine_stage.worker.calls) < 2:
            await asyncio.sleep(0.01)
    written.set()
    operation = await engine_stage.end_of(await starting)
    assert operation.state == "succeeded"
    assert sorted(engine_stage.worker.calls) == ["apply prod-eu", "apply prod-us"]


async def test_the_first_step_is_cancelled_where_the_engine_cannot_record_the_workflow(
    engine_stage, target, monkeypatch
):
    let_go = asyncio.Event()

    async def hang():
        try:
            await asyncio.Event().wait()
        finally:
            let_go.set()

    async def refuse(*_):
        async with asyncio.timeout(60):
            while not engine_stage.worker.calls:
                await asyncio.sleep(0.01)
        raise ConnectionResetError

    engine_stage.worker.before_applying = hang
    monkeypatch.setattr(runtime.Runtime, "start", refuse)
    operation_id = await engine_stage.start(target)
    assert let_go.is_set()
    assert (await engine_stage.operations.read(operation_id, actor=ANN)).state in {"queued", "running"}


async def test_after_an_undo_the_retry_stores_anew_what_undoing_needs(engine_stage, target):
    engine_stage.worker.applying = lambda _: FAILED
    operation_id = await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK)
    operation = await engine_stage.end_of(operation_id)
    assert {(each.outcome, each.undo is None) for each in operation.clusters} == {("rolled-back", False)}
    async with engine_stage.database.begin() as tx:
        await tx.operation_lifecycle.reopen(operation_id, secrets=None)
        reopened = await tx.operations.get(operation_id)
    assert {each.undo for each in reopened.clusters} == {None}
    await engine_stage.engine.start(operation_id, attempt=2, waves=1)
    await engine_stage.end_of(operation_id)


async def test_starting_twice_does_it_once(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.engine.start(operation_id, attempt=1, waves=1)
    await engine_stage.end_of(operation_id)
    assert engine_stage.worker.calls.count("apply prod-eu") == 1
