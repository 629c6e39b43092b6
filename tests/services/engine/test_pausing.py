"""A stop pauses an operation before its next write, a freeze before its next wave; then a person decides."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from db.freezes import FreezeFields
from domain.gates import FreezeEffect, Window
from domain.resources import Kind
from domain.rights import Scope
from domain.stored.requests import RollbackRequest
from domain.words import EventType, OnFailure, OperationKind
from services.changes.operations import OperationEndedError
from services.changes.paused import NothingToUndoError, NotPausedError, PausedOperations
from services.engine import pausing
from services.execution.gated_gateway import WritePausedError
from services.people import gates
from services.people.gates import GateClosedError, StandingGates
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.engine_stage import EngineStage, outcomes, until
from tests.support.fake_workers import FAILED, SUCCEEDED, FakeWorker
from tests.support.specs import image_spec, undo_of

DEPLOYMENT = Kind(group="apps", version="v1", name="Deployment")


class WritingWorker(FakeWorker):
    """Writes through the gateway that it is given, as real workers do."""

    async def apply(self, task, prepared, gateway, log, *, deadline, cancelled):
        await self._write(task, gateway, deadline)
        return await super().apply(task, prepared, gateway, log, deadline=deadline, cancelled=cancelled)

    async def undo(self, task, gateway, log, *, deadline):
        await self._write(task, gateway, deadline)
        return await super().undo(task, gateway, log, deadline=deadline)

    async def _write(self, task, gateway, deadline):
        await gateway.patch_json(DEPLOYMENT, "web", (), namespace=task.namespace, deadline=deadline)


class WritableCluster:
    async def patch_json(self, *_: object, **__: object) -> None:
        """Takes every write."""


@pytest.fixture
async def stage(engine_stage: EngineStage, monkeypatch) -> EngineStage:
    """Whose worker writes, and which asks again often."""
    monkeypatch.setattr(pausing, "_ASK_AGAIN", 0.02)
    monkeypatch.setattr(gates, "_CACHED", 0.0)

    async def gateway(_self: object, _credential: object) -> WritableCluster:
        return WritableCluster()

    monkeypatch.setattr("tests.support.fake_workers.FakeClusters.gateway", gateway)
    worker = engine_stage.worker
    worker.__class__ = WritingWorker
    async with engine_stage.database.engine.begin() as connection:
        for table in ("stops", "holds", "freezes"):  # of the tests before: this database is not emptied
            await connection.execute(text(f"DELETE FROM {table}"))
    return engine_stage


@pytest.fixture
def paused(stage: EngineStage) -> PausedOperations:
    return PausedOperations(stage.database, Permissions(stage.database))


async def stop(stage: EngineStage, *, cluster_id: str | None = None, environment_id: str | None = None) -> str:
    async with stage.database.begin() as tx:
        added = await tx.stops.add(
            cluster_id=cluster_id, environment_id=environment_id, reason="Restore.", by=ANN.caller.ref
        )
    return added.stop.id


async def lift(stage: EngineStage, stop_id: str) -> None:
    async with stage.database.begin() as tx:
        assert await tx.stops.remove(stop_id)


async def freeze(stage: EngineStage) -> str:
    now = datetime.now(UTC).replace(tzinfo=None)
    window = Window(starts=now - timedelta(hours=1), ends=now + timedelta(hours=1), zone="UTC")
    fields = FreezeFields(name="now", effect=FreezeEffect.DENY, window=window, reason="Sale.", scope=Scope())
    async with stage.database.begin() as tx:
        return (await tx.freezes.add(fields, by=ANN.caller.ref)).freeze.id


async def paused_of(stage: EngineStage, operation_id: str):
    async with asyncio.timeout(60):
        while (operation := await stage.operations.read(operation_id, actor=ANN)).pause is None:
            await asyncio.sleep(0.02)
    return operation


async def types_of(stage: EngineStage, operation_id: str) -> list[EventType]:
    return [each.type for each in await stage.events_of(operation_id)]


async def audited(stage: EngineStage, operation_id: str) -> list[tuple[str, str, str | None]]:
    """What the audit says of it: actions, by what means, and why."""
    async with stage.database.engine.connect() as connection:
        of_it = text("SELECT action, via, reason FROM audit WHERE targets->0->>'id' = :id ORDER BY seq")
        return [(row.action, row.via, row.reason) for row in await connection.execute(of_it, {"id": operation_id})]


async def stopped_at_second_wave(stage: EngineStage, target, **changes) -> tuple[str, str]:
    """An operation of two waves, and the stop that came while the first one was written; it is paused."""
    stops: list[str] = []

    async def stop_once() -> None:
        if not stops:
            stops.append(await stop(stage))

    stage.worker.before_applying = stop_once
    operation_id = await stage.start(target, waves=(0, 1), **changes)
    await paused_of(stage, operation_id)
    return operation_id, stops[0]


async def test_a_stop_pauses_before_the_next_write_and_tells_which_clusters_have_what(stage, target, paused):
    operation_id, stop_id = await stopped_at_second_wave(stage, target)
    operation = await stage.operations.read(operation_id, actor=ANN)
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": None}
    assert [(each.kind.value, each.id, each.reason) for each in operation.pause.gates] == [
        ("stop", stop_id, "Restore.")
    ]
    assert "apply prod-us" not in stage.worker.calls
    with pytest.raises(GateClosedError):
        await paused.proceed(operation_id, actor=ANN)
    await lift(stage, stop_id)
    # A person continues it, not the end of the stop.
    assert (await stage.operations.read(operation_id, actor=ANN)).pause is not None
    await paused.proceed(operation_id, actor=ANN)
    ended = await stage.end_of(operation_id)
    assert (ended.state, ended.pause) == ("succeeded", None)
    types = await types_of(stage, operation_id)
    assert types.index(EventType.OPERATION_PAUSED) < types.index(EventType.OPERATION_CONTINUED)
    (queued, paused_by, continued, end) = await audited(stage, operation_id)
    assert (queued[0], continued, end[:2]) == (
        "operation.queued",
        ("operation.continued", "token", None),
        ("operation.ended", "automation"),
    )
    assert paused_by == ("operation.paused", "automation", str(operation.pause.gates[0]))


async def test_a_stop_in_the_middle_of_a_cluster_refuses_the_next_write_there_alone(stage, target, paused):
    """One cluster is stopped: the other one of the same wave goes on, and the worker is called again afterwards."""
    eu, us = target.clusters
    begun: list[str] = []

    async def stop_eu() -> None:
        stage.worker.before_applying = None
        begun.append(await stop(stage, cluster_id=eu.id))

    def refused(name: str):
        if name == eu.name and stage.worker.calls.count(f"apply {name}") == 1:
            return WritePausedError()
        return SUCCEEDED

    stage.worker.before_applying = stop_eu
    stage.worker.applying = refused
    operation_id = await stage.start(target, work="built")
    operation = await paused_of(stage, operation_id)
    await until(lambda: f"apply {us.name}" in stage.worker.calls)
    assert operation.pause is not None
    await lift(stage, begun[0])
    await paused.proceed(operation_id, actor=ANN)
    ended = await stage.end_of(operation_id)
    assert outcomes(ended) == {"prod-eu": "succeeded", "prod-us": "succeeded"}
    assert stage.worker.calls.count(f"apply {eu.name}") == 2
    assert stage.worker.prepared[-1] is None  # it compares with what is live, as after a crash


async def test_cancelled_under_a_stop_nothing_more_is_written_and_nothing_undone(stage, target):
    operation_id, _ = await stopped_at_second_wave(stage, target, on_failure=OnFailure.ROLL_BACK)
    await stage.operations.cancel(operation_id, actor=ANN)
    ended = await stage.end_of(operation_id)
    assert ended.state == "cancelled"
    assert outcomes(ended) == {"prod-eu": "succeeded", "prod-us": "skipped"}
    assert not [each for each in stage.worker.calls if each.startswith("undo")]


async def test_a_stop_does_not_permit_to_undo(stage, target, paused):
    operation_id, stop_id = await stopped_at_second_wave(stage, target)
    with pytest.raises(GateClosedError):
        await paused.undo(operation_id, actor=ANN)
    await lift(stage, stop_id)
    await paused.undo(operation_id, actor=ANN)
    assert outcomes(await stage.end_of(operation_id)) == {"prod-eu": "rolled-back", "prod-us": "skipped"}


async def test_an_automatic_undo_waits_for_a_stop_too_and_says_so_where_it_is_cancelled(stage, target):
    async def stop_now() -> None:
        stage.worker.before_applying = None
        await stop(stage)

    stage.worker.before_applying = stop_now
    stage.worker.applying = lambda _: FAILED
    operation_id = await stage.start(target, waves=(0, 1), on_failure=OnFailure.ROLL_BACK)
    operation = await paused_of(stage, operation_id)
    assert operation.clusters[0].phase == "undoing"
    await stage.operations.cancel(operation_id, actor=ANN)
    ended = await stage.end_of(operation_id)
    assert next((each.outcome, each.code) for each in ended.clusters) == ("failed", "not-undone")
    assert not [each for each in stage.worker.calls if each.startswith("undo")]


async def frozen_at_second_wave(stage: EngineStage, target, **changes) -> str:
    async def freeze_once() -> None:
        stage.worker.before_applying = None
        await freeze(stage)

    stage.worker.before_applying = freeze_once
    operation_id = await stage.start(target, waves=(0, 1), **changes)
    await paused_of(stage, operation_id)
    return operation_id


async def test_a_freeze_pauses_before_the_next_wave_and_permits_to_undo(stage, target, paused):
    operation_id = await frozen_at_second_wave(stage, target)
    with pytest.raises(GateClosedError):
        await paused.proceed(operation_id, actor=ANN)
    await paused.undo(operation_id, actor=ANN)
    ended = await stage.end_of(operation_id)
    assert [each[0] for each in await audited(stage, operation_id)] == [
        *("operation.queued", "operation.paused", "operation.undo-requested", "operation.ended")
    ]
    assert ended.state == "cancelled"
    assert outcomes(ended) == {"prod-eu": "rolled-back", "prod-us": "skipped"}
    assert stage.worker.undone["prod-eu"] == undo_of("former/prod-eu:1")
    assert EventType.OPERATION_UNDO_REQUESTED in await types_of(stage, operation_id)


async def test_cancelled_under_a_freeze_the_policy_of_the_operation_decides(stage, target):
    operation_id = await frozen_at_second_wave(stage, target, on_failure=OnFailure.ROLL_BACK)
    await stage.operations.cancel(operation_id, actor=ANN)
    assert outcomes(await stage.end_of(operation_id)) == {"prod-eu": "rolled-back", "prod-us": "skipped"}


async def test_a_roll_back_with_a_reason_passes_a_freeze_and_without_one_does_not(stage, target):
    await freeze(stage)
    with pytest.raises(GateClosedError):
        await stage.start(target, kind=OperationKind.ROLLBACK)
    spec = replace(image_spec(), request=RollbackRequest(release=1, reason="Payments fail."))
    operation_id = await stage.start(
        target, kind=OperationKind.ROLLBACK, waves=(0, 1), reason="Payments fail.", spec=spec
    )
    ended = await stage.end_of(operation_id)
    assert (ended.state, ended.reason) == ("succeeded", "Payments fail.")
    async with stage.database.read() as tx:
        [hold] = await tx.holds.list()
    assert (hold.hold.operation, hold.hold.by) == (operation_id, ANN.caller.ref)
    assert "Payments fail." in hold.hold.reason


async def test_nothing_starts_under_a_stop(stage, target):
    await stop(stage, cluster_id=target.clusters[1].id)
    with pytest.raises(GateClosedError) as refused:
        await stage.start(target)
    assert [each.kind.value for each in refused.value.gates] == ["stop"]
    assert not stage.worker.calls


async def test_what_is_not_paused_is_neither_continued_nor_undone(stage, target, paused):
    operation_id = await stage.start(target)
    await stage.end_of(operation_id)
    for decide in (paused.proceed, paused.undo):
        with pytest.raises(OperationEndedError):
            await decide(operation_id, actor=ANN)


async def test_a_copy_cannot_be_undone(stage, target, paused):
    operation_id = await frozen_at_second_wave(stage, target, kind=OperationKind.IMPORT)
    with pytest.raises(NothingToUndoError):
        await paused.undo(operation_id, actor=ANN)
    await stage.operations.cancel(operation_id, actor=ANN)
    await stage.end_of(operation_id)
    with pytest.raises(OperationEndedError):
        await paused.proceed(operation_id, actor=ANN)


async def test_of_two_people_who_decide_at_once_one_decides(stage, target, paused):
    operation_id, stop_id = await stopped_at_second_wave(stage, target)
    await lift(stage, stop_id)
    results = await asyncio.gather(*(paused.proceed(operation_id, actor=ANN) for _ in range(2)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, Exception)]
    assert len(refused) <= 1
    assert all(isinstance(each, NotPausedError | OperationEndedError) for each in refused)
    assert (await stage.end_of(operation_id)).state == "succeeded"
    assert (await types_of(stage, operation_id)).count(EventType.OPERATION_CONTINUED) == 1


async def test_where_the_database_cannot_be_asked_nothing_is_written(stage, target, monkeypatch):
    async def away(_self: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(StandingGates, "stops", away)
        operation_id = await stage.start(target)
        await asyncio.sleep(0.3)
        assert not stage.worker.calls
        assert (await stage.operations.read(operation_id, actor=ANN)).pause is None
    assert (await stage.end_of(operation_id)).state == "succeeded"  # by itself: no gate was closed
