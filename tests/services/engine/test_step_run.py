"""What happens on a cluster becomes the result of that cluster, and of no other."""

import asyncio

from db.operation_interruptions import OperationInterruptions
from domain.words import OnFailure
from services.engine import cancelling, patience
from services.execution.progress import ClusterResult
from services.kube.errors import InvalidObjectError
from tests.support.actors import ANN
from tests.support.engine_stage import outcomes
from tests.support.fake_workers import DOWN, FAILED, ROLLED_BACK, SUCCEEDED, TO_WATCH, only
from tests.support.specs import image_spec

CANARY = "canary-e1b7"


async def test_a_cluster_that_is_down_does_not_hold_up_the_others(engine_stage, target):
    engine_stage.worker.applying = only("prod-us", DOWN)
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert operation.state == "failed"
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "unreachable"}


async def test_a_cluster_that_is_away_for_a_moment_is_written_when_it_answers_again(engine_stage, target, monkeypatch):
    monkeypatch.setattr(patience, "_ASK_AGAIN", 0.0)
    away = iter([DOWN, DOWN])
    engine_stage.worker.applying = lambda name: next(away, SUCCEEDED) if name == "prod-us" else SUCCEEDED
    operation = await engine_stage.end_of(await engine_stage.start(target, work="built"))
    assert operation.state == "succeeded"
    assert engine_stage.worker.calls.count("apply prod-us") == 3
    # What the use case has built is for the first attempt: a part of it may be done.
    assert sorted(map(str, engine_stage.worker.prepared)) == ["None", "None", "built", "built"]


async def test_a_cluster_that_is_away_for_a_moment_is_undone_when_it_answers_again(engine_stage, target, monkeypatch):
    monkeypatch.setattr(patience, "_ASK_AGAIN", 0.0)
    away = iter([DOWN, DOWN])
    engine_stage.worker.applying = only("prod-us", FAILED)
    engine_stage.worker.undoing = lambda _: next(away, ROLLED_BACK)
    operation = await engine_stage.end_of(await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK))
    assert outcomes(operation)["prod-us"] == "rolled-back"


async def test_a_cluster_that_was_away_when_the_plan_was_made_is_not_waited_for(engine_stage, target, monkeypatch):
    monkeypatch.setattr(patience, "_ASK_AGAIN", 0.0)
    engine_stage.worker.applying = only("prod-us", DOWN)
    operation = await engine_stage.end_of(await engine_stage.start(target, spec=image_spec(away=["prod-us"])))
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "unreachable"}
    assert engine_stage.worker.calls.count("apply prod-us") == 1


async def test_an_error_of_a_cluster_becomes_its_outcome(engine_stage, target):
    engine_stage.worker.applying = only("prod-eu", InvalidObjectError("spec.x is wrong.", cluster="prod-eu"))
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert [(each.outcome, each.code, each.detail) for each in operation.clusters] == [
        ("failed", "cluster-invalid-object", "spec.x is wrong."),
        ("succeeded", None, None),
    ]


async def test_an_unexpected_error_fails_its_cluster_alone_and_shows_no_text(engine_stage, target, caplog):
    engine_stage.worker.applying = only("prod-eu", RuntimeError(f"password is {CANARY}"))
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert outcomes(operation) == {"prod-eu": "failed", "prod-us": "succeeded"}
    assert operation.clusters[0].code == "internal-error"
    assert CANARY not in str(operation)
    assert CANARY not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_nothing_is_undone_where_nothing_was_changed(engine_stage, target):
    engine_stage.worker.stores_undo = False
    engine_stage.worker.applying = only("prod-us", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK))
    assert outcomes(operation)["prod-us"] == "failed"
    assert "undo prod-us" not in engine_stage.worker.calls


async def test_an_undo_that_fails_gives_both_reasons(engine_stage, target):
    engine_stage.worker.applying = only("prod-us", FAILED)
    engine_stage.worker.undoing = lambda _: DOWN
    operation = await engine_stage.end_of(await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK))
    assert outcomes(operation)["prod-us"] == "unreachable"
    assert operation.clusters[1].detail == "No connection. Before that: web crashes"


async def test_a_database_that_is_away_for_a_moment_ends_no_rollout(engine_stage, target, monkeypatch):
    monkeypatch.setattr(cancelling, "_CACHED", 0.0)
    watching, failed = asyncio.Event(), asyncio.Event()
    really = OperationInterruptions.cancel_requested

    async def away_once(self, operation_id):
        if watching.is_set() and not failed.is_set():
            failed.set()
            raise ConnectionResetError
        return await really(self, operation_id)

    def follow(_):
        watching.set()
        return ClusterResult(outcome=None)

    engine_stage.worker.applying, engine_stage.worker.watching = (lambda _: TO_WATCH), follow
    monkeypatch.setattr(OperationInterruptions, "cancel_requested", away_once)
    operation_id = await engine_stage.start(target)
    await asyncio.wait_for(failed.wait(), 20)
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    operation = await engine_stage.end_of(operation_id)
    assert {each.code for each in operation.clusters} == {"cancelled"}
