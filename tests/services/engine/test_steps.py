"""The steps of an operation, called as the workflow calls them, without the durable engine."""

import asyncio
from types import SimpleNamespace

import pytest

from db.transaction import Database
from domain.words import OnFailure, OperationKind, OperationState
from services.changes.paused import PausedOperations
from services.engine import patience, pausing
from services.engine.snapshot import OperationSnapshot, WarmStart
from services.engine.steps import Steps
from services.execution.progress import ClusterResult
from services.limits import Limits
from services.people.gates import StandingGates
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.fake_workers import (
    DOWN,
    FAILED,
    ROLLED_BACK,
    TO_WATCH,
    FakeClusters,
    FakePreflight,
    FakeWorker,
    only,
)
from tests.support.rows import make_operation, make_target


class Process:
    """The steps in one process; several may work on the same rows, as after a crash."""

    def __init__(self, database: Database, worker: FakeWorker, *, silence: float = 0.1) -> None:
        workers = dict.fromkeys(OperationKind, worker)
        self.steps = Steps(
            database=database,
            clusters=FakeClusters(),
            workers=workers,
            limits=Limits(silence=silence),
            gates=StandingGates(database),
            preflight=FakePreflight(),
        )


@pytest.fixture
def worker() -> FakeWorker:
    return FakeWorker()


@pytest.fixture
def steps(database, worker) -> Steps:
    return Process(database, worker).steps


@pytest.fixture
async def operation_id(database) -> str:
    return await make_operation(database, await make_target(database), on_failure=OnFailure.ROLL_BACK)


async def rows(database, operation_id: str) -> SimpleNamespace:
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        events = await tx.events.after(operation_id, 0)
    return SimpleNamespace(operation=operation, events=[each.type.value for each in events])


async def test_applying_starts_the_operation_and_says_what_is_left(database, steps, worker, operation_id):
    worker.applying = lambda _: TO_WATCH
    assert await steps.apply(operation_id, 0) == {"watching": True, "undoing": False, "go_on": False}
    found = await rows(database, operation_id)
    assert (found.operation.state, found.events[0]) == (OperationState.RUNNING, "operation.started")


async def test_a_step_that_runs_again_leaves_the_clusters_that_are_past_it(database, steps, worker, operation_id):
    left = await steps.apply(operation_id, 0)
    assert await steps.apply(operation_id, 0) == left
    assert sorted(worker.calls) == ["apply prod-eu", "apply prod-us"]


async def test_another_process_says_once_that_it_resumed(database, steps, worker, operation_id):
    worker.applying = lambda _: TO_WATCH
    await steps.apply(operation_id, 0)
    other = Process(database, worker).steps
    await other.watch(operation_id, 0)
    await other.undo(operation_id, 0)
    assert (await rows(database, operation_id)).events.count("operation.resumed") == 1


async def test_only_the_clusters_that_failed_are_undone(steps, worker, operation_id):
    worker.applying = only("prod-us", FAILED)
    assert (await steps.apply(operation_id, 0))["undoing"]
    assert await steps.undo(operation_id, 0) == {"watching": False, "undoing": False, "go_on": False}
    assert [each for each in worker.calls if each.startswith("undo")] == ["undo prod-us"]


async def test_the_operation_ends_as_its_clusters_did(database, steps, worker, operation_id):
    await steps.apply(operation_id, 0)
    await steps.conclude(operation_id)
    found = await rows(database, operation_id)
    assert (found.operation.state, found.events[-1]) == (OperationState.SUCCEEDED, "operation.ended")


async def test_a_first_step_that_has_begun_is_not_done_again_by_the_workflow(database, steps, worker, operation_id):
    snapshot = await OperationSnapshot.read(database, operation_id)
    await steps.begin(operation_id, WarmStart(snapshot=snapshot, work="built"), undisturbed_for=60)
    assert await steps.apply(operation_id, 0) == {"watching": False, "undoing": False, "go_on": True}
    assert sorted(worker.calls) == ["apply prod-eu", "apply prod-us"]
    assert worker.prepared == ["built", "built"]


async def test_an_abandoned_first_step_is_begun_again_from_the_rows(database, steps, worker, operation_id):
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        held.set()
        await let_go.wait()

    worker.before_applying = hold
    snapshot = await OperationSnapshot.read(database, operation_id)
    await steps.begin(operation_id, WarmStart(snapshot=snapshot, work="built"))
    await asyncio.wait_for(held.wait(), 60)
    await steps.abandon(operation_id)
    let_go.set()
    worker.prepared.clear()
    assert await steps.apply(operation_id, 0) == {"watching": False, "undoing": False, "go_on": True}
    assert worker.prepared == [None, None]


async def test_a_cluster_that_is_away_for_a_moment_goes_back_though_the_operation_is_cancelled(
    database, worker, operation_id, monkeypatch
):
    monkeypatch.setattr(patience, "_ASK_AGAIN", 0.02)
    steps = Process(database, worker, silence=60).steps
    worker.applying = lambda _: TO_WATCH
    await steps.apply(operation_id, 0)
    async with database.begin() as tx:
        await tx.operation_interruptions.undo_on_failure(operation_id)
        await tx.operation_interruptions.request_cancel(operation_id, by="ann")
    worker.watching = lambda _: FAILED
    assert (await steps.watch(operation_id, 0))["undoing"]
    answers: dict[str, list[ClusterResult | Exception]] = {
        "prod-eu": [DOWN, DOWN, ROLLED_BACK],
        "prod-us": [ROLLED_BACK],
    }
    worker.undoing = lambda name: answers[name].pop(0)
    await steps.undo(operation_id, 0)
    clusters = (await rows(database, operation_id)).operation.clusters
    assert [each.outcome for each in clusters] == ["rolled-back", "rolled-back"]


async def _take_the_namespaces(database) -> None:
    async with database.begin() as tx:
        environment = await tx.environments.find("Production")
        for given in await tx.environment_namespaces.list(environment.id):
            await tx.environment_namespaces.take(environment.id, given.id)


async def test_nothing_is_written_to_a_namespace_that_is_given_no_longer(database, steps, worker, operation_id):
    await _take_the_namespaces(database)
    assert await steps.apply(operation_id, 0) == {"watching": False, "undoing": False, "go_on": False}
    assert worker.calls == []
    clusters = (await rows(database, operation_id)).operation.clusters
    assert {(each.outcome, each.code) for each in clusters} == {("failed", "namespace-not-given")}


async def test_a_process_that_ends_leaves_a_paused_operation_to_the_next_which_waits_on(
    database, worker, operation_id, monkeypatch
):
    monkeypatch.setattr(pausing, "_ASK_AGAIN", 0.02)
    async with database.begin() as tx:
        stop = await tx.stops.add(environment_id=None, cluster_id=None, reason="Restore.", by=ANN.caller.ref)
    killed = asyncio.create_task(Process(database, worker).steps.apply(operation_id, 0))
    async with asyncio.timeout(60):
        while (await rows(database, operation_id)).operation.pause is None:
            await asyncio.sleep(0.02)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    async with database.begin() as tx:
        await tx.stops.remove(stop.stop.id)
    again = asyncio.create_task(Process(database, worker).steps.apply(operation_id, 0))
    await asyncio.sleep(0.3)
    assert (again.done(), worker.calls) == (False, [])  # a person continues it, not the end of the stop
    await PausedOperations(database, Permissions(database)).proceed(operation_id, actor=ANN)
    assert await asyncio.wait_for(again, 60) == {"watching": False, "undoing": False, "go_on": True}
    events = (await rows(database, operation_id)).events
    assert [each for each in events if each in {"operation.paused", "operation.continued"}] == [
        "operation.paused",
        "operation.continued",
    ]
