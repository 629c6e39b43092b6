"""What is relied on in dbos 3.4.0, and how its defaults are mended."""

import asyncio
import importlib.metadata
import json
import logging
import pickle
from base64 import b64encode
from datetime import timedelta

import pytest
from dbos import DBOS
from dbos._serialization import DefaultSerializer, deserialize_value
from sqlalchemy import text

from services.engine.runtime import PlainSerializer, StepFailedError, workflow_id
from tests.support.fake_workers import SUCCEEDED


def test_the_version_is_the_one_that_was_read():
    assert importlib.metadata.version("dbos") == "3.4.0"


@pytest.mark.parametrize("plain", [None, True, 1, 1.5, "a", [1, "b"], {"a": [{"b": None}]}])
def test_plain_data_comes_back_as_it_was(plain):
    serializer = PlainSerializer()
    assert serializer.deserialize(serializer.serialize(plain)) == plain


@pytest.mark.parametrize("other", [object(), {1: "a"}, b"bytes", {1}, [object()], SUCCEEDED])
def test_anything_but_plain_data_is_refused(other):
    with pytest.raises(TypeError, match="plain data only"):
        PlainSerializer().serialize(other)


def test_of_an_exception_only_the_type_is_stored():
    serializer = PlainSerializer()
    stored = serializer.serialize(RuntimeError("password is hunter2"))
    assert json.loads(stored) == {"exception": "RuntimeError"}
    assert isinstance(serializer.deserialize(stored), StepFailedError)


async def test_a_pickle_in_the_tables_is_not_read(engine_stage):
    pickled = b64encode(pickle.dumps({"a": 1})).decode()
    with pytest.raises(TypeError, match="does not read pickles"):
        deserialize_value(pickled, DefaultSerializer().name(), PlainSerializer())


async def test_an_executor_id_is_new_at_each_start_and_the_version_stays(engine_stage, target):
    await engine_stage.end_of(await engine_stage.start(target))
    async with engine_stage.database.engine.connect() as connection:
        rows = (
            await connection.execute(text("SELECT executor_id, application_version FROM dbos.workflow_status"))
        ).all()
    assert {row.application_version for row in rows} == {"1"}
    assert "local" not in {row.executor_id for row in rows}


async def test_inputs_and_outputs_of_steps_hold_ids_and_flags_only(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    async with engine_stage.database.engine.connect() as connection:
        inputs = await connection.scalar(
            text("SELECT inputs FROM dbos.workflow_input WHERE workflow_uuid = :id"),
            {"id": workflow_id(operation_id, 1)},
        )
    assert json.loads(inputs)["data"] == {"args": [operation_id, 1, 1], "kwargs": {}}


async def test_workflows_that_two_processes_take_over_run_in_one(engine_stage):
    # The condition on the executor in each row makes it safe; it is private, hence this test.
    assert await asyncio.to_thread(DBOS._recover_pending_workflows, ["nobody"]) == []


async def test_finished_workflows_are_deleted(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    mine = [workflow_id(operation_id, 1)]
    runtime = engine_stage.engine._runtime
    while await runtime.live(mine):
        await asyncio.sleep(0.01)
    assert await runtime.forget_finished(older_than=timedelta(days=1)) == 0
    assert await runtime.known(mine) == set(mine)
    await runtime.forget_finished(older_than=timedelta(seconds=-1))
    assert await runtime.known(mine) == set()


async def test_its_log_goes_through_ours_without_tracebacks(engine_stage, caplog):
    logger = logging.getLogger("dbos")
    logger.error("it failed\nTraceback: hunter2", exc_info=RuntimeError("password is hunter2"))
    ours = [record for record in caplog.records if record.name == "stagecoach.engine"]
    assert [(each.getMessage(), each.exc_info) for each in ours] == [("it failed (RuntimeError)", None)]
    assert not logger.propagate
    assert {type(each).__module__ for each in logger.handlers if "pytest" not in type(each).__module__} == {
        "services.engine.runtime"
    }


async def test_a_step_that_the_database_failed_runs_again(engine_stage, target, monkeypatch):
    # A write that fails is not a cluster's failure: the step runs again and comes to the same end.
    original = engine_stage.database.begin
    failing = iter([True])

    def begin():
        if next(failing, False):
            raise OSError("connection lost")
        return original()

    monkeypatch.setattr(engine_stage.database, "begin", begin)
    operation_id = None
    with pytest.raises(OSError, match="connection lost"):
        operation_id = await engine_stage.start(target)
    assert operation_id is None
    failing = iter([False, True])
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert operation.state == "succeeded"
