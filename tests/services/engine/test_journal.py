"""The events and cluster records of an operation: in order, in few transactions, and none after its end."""

import asyncio

import pytest

from db.events import NewEvent
from db.operation_clusters import ClusterUpdate
from db.transaction import Database
from domain.words import ClusterPhase, EventType, OperationState, Outcome
from services.engine.journal import ClusterLog, Journal, OperationTakenOverError
from services.engine.phases import ClusterPhases
from tests.support.rows import make_operation, make_target
from tests.support.specs import WEB, undo_of


async def test_the_timeline_is_in_order_and_ends_with_the_operation(engine_stage, target):
    events = await engine_stage.events_of(await engine_stage.start(target, waves=(0, 1)))
    assert [each.seq for each in events] == list(range(1, len(events) + 1))
    assert [(each.type.value, each.cluster) for each in events] == [
        ("operation.queued", None),
        ("operation.started", None),
        ("cluster.started", "prod-eu"),
        ("images.changed", "prod-eu"),
        ("cluster.ended", "prod-eu"),
        ("cluster.started", "prod-us"),
        ("images.changed", "prod-us"),
        ("cluster.ended", "prod-us"),
        ("operation.ended", None),
    ]
    assert events[3].resource == WEB


async def test_written_returns_after_the_commit(database: Database):
    operation_id = await make_operation(database, await make_target(database))
    async with Journal(database, operation_id) as journal:
        journal.begin()
        journal.add(NewEvent(type=EventType.OPERATION_STARTED))
        await journal.written()
        async with database.read() as tx:
            operation = await tx.operations.get(operation_id)
            events = await tx.events.after(operation_id, 0)
    assert operation is not None
    assert (operation.state, [each.type for each in events][-1]) == ("running", "operation.started")


async def test_the_exit_writes_what_is_left(database: Database):
    operation_id = await make_operation(database, await make_target(database))
    async with Journal(database, operation_id) as journal:
        journal.record(ClusterUpdate(position=1, phase=ClusterPhase.ENDED, outcome=Outcome.UNCHANGED))
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert [each.outcome for each in operation.clusters] == [None, Outcome.UNCHANGED]


async def test_clusters_that_need_a_commit_at_the_same_moment_share_it(database: Database, raw):
    operation_id = await make_operation(database, await make_target(database))

    async def report(cluster: str, journal: Journal) -> None:
        journal.add(NewEvent(type=EventType.CLUSTER_STARTED, cluster=cluster))
        await journal.written()

    async with Journal(database, operation_id) as journal:
        await asyncio.gather(*(report(f"cluster-{number}", journal) for number in range(50)))
    ((events, transactions),) = await raw(
        "SELECT count(*), count(DISTINCT xmin::text) FROM operation_events WHERE type = 'cluster.started'"
    )
    assert events == 50
    assert transactions <= 2


async def test_nothing_is_added_to_an_operation_that_another_process_has_ended(database: Database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        assert await tx.operation_lifecycle.end(operation_id, state=OperationState.FAILED, message="")
        before = await tx.events.after(operation_id, 0)
    with pytest.raises(OperationTakenOverError):
        async with Journal(database, operation_id) as journal:
            journal.add(NewEvent(type=EventType.OPERATION_RESUMED))
    async with database.read() as tx:
        assert await tx.events.after(operation_id, 0) == before


async def test_a_caller_that_waits_gets_the_error_that_prevented_the_commit(database: Database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        assert await tx.operation_lifecycle.end(operation_id, state=OperationState.FAILED, message="")

    async def write() -> None:
        async with Journal(database, operation_id) as journal:
            journal.begin()
            with pytest.raises(OperationTakenOverError):
                await journal.written()

    with pytest.raises(OperationTakenOverError):
        await write()


async def test_what_undoing_needs_is_committed_before_the_worker_goes_on_and_stays(database: Database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    async with Journal(database, operation_id) as journal:
        log = ClusterLog(
            journal, place=operation.app_environment_id, cluster="prod-eu", position=0, phases=ClusterPhases(operation)
        )
        await log.store_undo(undo_of("shop/web:1"))
        async with database.read() as tx:
            stored = await tx.operations.get(operation_id)
        await log.store_undo(undo_of("shop/web:2"))
    async with database.read() as tx:
        after = await tx.operations.get(operation_id)
    assert stored is not None
    assert after is not None
    assert [each.undo for each in stored.clusters] == [undo_of("shop/web:1"), None]
    assert [each.undo for each in after.clusters] == [undo_of("shop/web:1"), None]
