"""The order of steps: waves one after another, then the undo that the policy or a cancellation requires."""

from sqlalchemy import text

from domain.words import OnFailure
from services.engine.runtime import workflow_id
from tests.support.actors import ANN
from tests.support.engine_stage import outcomes, until
from tests.support.fake_workers import FAILED, SUCCEEDED, TO_WATCH, only
from tests.support.specs import undo_of


async def test_a_failed_cluster_is_undone_where_that_is_the_policy(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = only("prod-us", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK))
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "rolled-back"}
    assert operation.clusters[1].code == "crash-loop"
    assert engine_stage.worker.undone == {"prod-us": undo_of("former/prod-us:1")}


async def test_a_failed_cluster_stays_as_it_is_where_that_is_the_policy(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = only("prod-us", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "failed"}
    assert "undo prod-us" not in engine_stage.worker.calls


async def test_a_wave_that_fails_keeps_the_next_one_from_starting(engine_stage, target):
    engine_stage.worker.applying = only("prod-eu", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target, waves=(0, 1)))
    assert outcomes(operation) == {"prod-eu": "failed", "prod-us": "skipped"}
    assert operation.clusters[1].code == "earlier-wave-failed"


async def test_waves_follow_each_other(engine_stage, target):
    await engine_stage.end_of(await engine_stage.start(target, waves=(1, 0)))
    assert engine_stage.worker.calls == ["apply prod-us", "apply prod-eu"]


async def test_a_cancelled_operation_leaves_later_waves_alone(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH  # watches until it is cancelled
    operation_id = await engine_stage.start(target, waves=(0, 1))
    await until(lambda: "watch prod-eu" in engine_stage.worker.calls)
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    operation = await engine_stage.end_of(operation_id)
    assert (operation.state, operation.cancelled_by) == ("cancelled", "ann")
    assert outcomes(operation) == {"prod-eu": "failed", "prod-us": "skipped"}
    assert [each.code for each in operation.clusters] == ["cancelled", "cancelled"]
    assert "stays" in operation.clusters[0].detail


async def test_a_cancellation_undoes_every_changed_cluster_where_that_is_the_policy(engine_stage, target):
    engine_stage.worker.applying = only("prod-eu", SUCCEEDED, otherwise=TO_WATCH)
    engine_stage.worker.watching = lambda _: TO_WATCH
    operation_id = await engine_stage.start(target, waves=(0, 1), on_failure=OnFailure.ROLL_BACK)
    await until(lambda: "watch prod-us" in engine_stage.worker.calls)
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    operation = await engine_stage.end_of(operation_id)
    assert operation.state == "cancelled"
    assert outcomes(operation) == {"prod-eu": "rolled-back", "prod-us": "rolled-back"}


async def test_steps_are_recorded_under_the_names_that_running_operations_of_former_releases_have(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: FAILED
    operation_id = await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK)
    await engine_stage.end_of(operation_id)
    recorded = "SELECT function_name FROM dbos.operation_outputs WHERE workflow_uuid = :id ORDER BY function_id"
    async with engine_stage.database.engine.connect() as connection:
        names = await connection.scalars(text(recorded), {"id": workflow_id(operation_id, 1)})
    assert names.all() == ["act", "watch", "undo", "conclude"]
