"""Operations from start to end in the durable engine, with a fake worker."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from db import operations as db_operations
from db.operation_clusters import ClusterUpdate
from db.transaction import Database
from domain.secret_text import SecretText
from domain.stored.receivers import ReceiverSettings
from domain.words import ClusterPhase, DeliveryFate, EventType, OnFailure, OperationKind, Outcome, Provider
from services.changes.new_operations import IdempotencyKey, queue
from services.changes.operations import NothingToRetryError, OperationEndedError, SupersededError, ValuesErasedError
from services.engine import runtime, step_run
from services.engine.conclusion import conclude
from services.engine.engine import Engine, EngineUnavailableError
from services.engine.runtime import workflow_id
from services.errors import IdempotencyMismatchError, OperationUnderwayError
from services.execution.progress import ClusterResult
from services.kube.errors import ClusterUnreachableError, InvalidObjectError
from services.limits import Limits
from tests.services.engine.conftest import ANN, new_operation
from tests.services.engine.workers import FAILED, SUCCEEDED, TO_WATCH, FakeClusters
from tests.support.specs import WEB, copy_spec, image_of, image_spec, undo_of

CANARY = "canary-e1b7"
DOWN = ClusterUnreachableError("No connection.", cluster="prod-us")


class AbsentEngine:
    async def start(self, operation_id, **_):
        raise EngineUnavailableError("The engine is not running.")


def outcomes(operation):
    return {each.cluster_name: each.outcome for each in operation.clusters}


def only(cluster, result, otherwise=SUCCEEDED):
    return lambda name: result if name == cluster else otherwise


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
        while not engine_stage.worker.calls:
            await asyncio.sleep(0.01)
        raise ConnectionResetError

    engine_stage.worker.before_applying = hang
    monkeypatch.setattr(runtime.Runtime, "start", refuse)
    operation_id = await engine_stage.start(target)
    assert let_go.is_set()
    assert (await engine_stage.operations.read(operation_id)).state in {"queued", "running"}


async def test_a_cluster_that_is_down_does_not_hold_up_the_others(engine_stage, target):
    engine_stage.worker.applying = only("prod-us", DOWN)
    operation = await engine_stage.end_of(await engine_stage.start(target))
    assert operation.state == "failed"
    assert outcomes(operation) == {"prod-eu": "succeeded", "prod-us": "unreachable"}


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


async def test_a_wave_that_fails_keeps_the_next_one_from_starting(engine_stage, target):
    engine_stage.worker.applying = only("prod-eu", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target, waves=(0, 1)))
    assert outcomes(operation) == {"prod-eu": "failed", "prod-us": "skipped"}
    assert operation.clusters[1].code == "earlier-wave-failed"


async def test_waves_follow_each_other(engine_stage, target):
    await engine_stage.end_of(await engine_stage.start(target, waves=(1, 0)))
    assert engine_stage.worker.calls == ["apply prod-us", "apply prod-eu"]


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
    assert events[3].resource == "apps/v1/Deployment/web"


async def test_several_readers_get_the_same_events_and_one_resumes_after_a_number(engine_stage, target):
    operation_id = await engine_stage.start(target)
    first, second = await asyncio.gather(engine_stage.events_of(operation_id), engine_stage.events_of(operation_id))
    rest = [each async for batch in engine_stage.operations.follow(operation_id, after=first[2].seq) for each in batch]
    assert first == second
    assert rest == first[3:]


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


async def test_cancelling_what_has_ended_is_refused(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    with pytest.raises(OperationEndedError):
        await engine_stage.operations.cancel(operation_id, actor=ANN)


async def test_a_retry_touches_only_clusters_that_did_not_succeed(engine_stage, target):
    engine_stage.worker.applying = only("prod-us", FAILED)
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    engine_stage.worker.calls.clear()
    engine_stage.worker.applying = lambda _: SUCCEEDED
    retried = await engine_stage.operations.retry(operation_id, actor=ANN)
    operation = await engine_stage.end_of(operation_id)
    assert retried.attempt == 2
    assert (operation.state, engine_stage.worker.calls) == ("succeeded", ["apply prod-us"])


async def test_after_an_undo_the_retry_stores_anew_what_undoing_needs(engine_stage, target):
    engine_stage.worker.applying = lambda _: FAILED
    operation_id = await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK)
    operation = await engine_stage.end_of(operation_id)
    assert {(each.outcome, each.undo is None) for each in operation.clusters} == {("rolled-back", False)}
    async with engine_stage.database.begin() as tx:
        await tx.operations.reopen(operation_id, secrets=None)
        reopened = await tx.operations.get(operation_id)
    assert {each.undo for each in reopened.clusters} == {None}
    await engine_stage.engine.start(operation_id, attempt=2, waves=1)
    await engine_stage.end_of(operation_id)


async def test_an_operation_is_not_retried_after_a_later_one_changed_a_cluster(engine_stage, target):
    engine_stage.worker.applying = only("prod-us", DOWN)
    first = await engine_stage.start(target)
    await engine_stage.end_of(first)
    engine_stage.worker.applying = lambda _: SUCCEEDED
    second = await engine_stage.start(target)
    await engine_stage.end_of(second)
    with pytest.raises(SupersededError) as refused:
        await engine_stage.operations.retry(first, actor=ANN)
    assert refused.value.operation == second


async def test_a_later_operation_that_changed_nothing_does_not_prevent_a_retry(engine_stage, target):
    engine_stage.worker.applying = lambda _: FAILED
    first = await engine_stage.start(target)
    await engine_stage.end_of(first)
    await engine_stage.end_of(await engine_stage.start(target))
    retried = await engine_stage.operations.retry(first, actor=ANN)
    assert retried.attempt == 2
    await engine_stage.end_of(first)


async def test_what_succeeded_is_not_retried(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    with pytest.raises(NothingToRetryError):
        await engine_stage.operations.retry(operation_id, actor=ANN)


async def test_typed_in_values_reach_the_worker_and_no_table_and_have_to_be_sent_again(engine_stage, target):
    secrets = {"db-login": {"password": SecretText(CANARY)}}
    engine_stage.worker.applying = only("prod-us", FAILED)
    operation_id = await engine_stage.start(target, secrets=secrets, kind=OperationKind.IMPORT)
    await engine_stage.end_of(operation_id)
    assert engine_stage.worker.secrets == [secrets, secrets]
    assert CANARY not in await everything(engine_stage)
    with pytest.raises(ValuesErasedError) as refused:
        await engine_stage.operations.retry(operation_id, actor=ANN)
    assert refused.value.values == ("db-login/password",)
    await engine_stage.operations.retry(operation_id, actor=ANN, secrets=secrets)
    await engine_stage.end_of(operation_id)
    assert engine_stage.worker.secrets == [secrets, secrets, secrets]


async def test_a_second_operation_is_refused_with_the_first_one_s_id(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH
    first = await engine_stage.start(target)
    with pytest.raises(OperationUnderwayError) as refused:
        await engine_stage.start(target)
    assert refused.value.operation == first
    await engine_stage.operations.cancel(first, actor=ANN)
    await engine_stage.end_of(first)


async def test_a_repeated_request_gets_the_first_one_s_operation(engine_stage, target):
    key = IdempotencyKey(key=target.app_environment.id, fingerprint="f")
    first = await engine_stage.start(target, idempotency=key)
    second = await engine_stage.start(target, idempotency=key)
    assert second == first
    await engine_stage.end_of(first)
    assert engine_stage.worker.calls.count("apply prod-eu") == 1


async def test_an_idempotency_key_for_another_request_is_refused(engine_stage, target):
    key = IdempotencyKey(key=target.app_environment.id, fingerprint="f")
    await engine_stage.end_of(await engine_stage.start(target, idempotency=key))
    with pytest.raises(IdempotencyMismatchError):
        await engine_stage.operations.known(ANN, IdempotencyKey(key=key.key, fingerprint="other"))


async def test_a_request_is_not_stored_as_a_hash_that_can_be_guessed(engine_stage, target):
    plain = hashlib.sha256(b'{"manifests": "kind: Secret, password: hunter2"}').hexdigest()
    operation_id = await engine_stage.start(
        target, idempotency=IdempotencyKey(key=target.app_environment.id, fingerprint=plain)
    )
    operation = await engine_stage.end_of(operation_id)
    assert operation.idempotency_fingerprint is not None
    assert plain not in operation.idempotency_fingerprint


async def test_a_queued_operation_is_returned_though_the_engine_does_not_start_it(engine_stage, target, monkeypatch):
    monkeypatch.setattr(engine_stage.operations, "_engine", AbsentEngine())
    operation = await engine_stage.operations.read(await engine_stage.start(target))
    assert operation.state == "queued"


async def test_a_database_that_is_away_for_a_moment_ends_no_rollout(engine_stage, target, monkeypatch):
    monkeypatch.setattr(step_run, "_CANCEL_CACHED", 0.0)
    watching, failed = asyncio.Event(), asyncio.Event()
    really = db_operations.Operations.cancel_requested

    async def away_once(self, operation_id):
        if watching.is_set() and not failed.is_set():
            failed.set()
            raise ConnectionResetError
        return await really(self, operation_id)

    def follow(_):
        watching.set()
        return ClusterResult(outcome=None)

    engine_stage.worker.applying, engine_stage.worker.watching = (lambda _: TO_WATCH), follow
    monkeypatch.setattr(db_operations.Operations, "cancel_requested", away_once)
    operation_id = await engine_stage.start(target)
    await asyncio.wait_for(failed.wait(), 20)
    await engine_stage.operations.cancel(operation_id, actor=ANN)
    operation = await engine_stage.end_of(operation_id)
    assert {each.code for each in operation.clusters} == {"cancelled"}


_IMAGE = image_of("web", "shop/web:2")


async def test_an_operation_concluded_twice_at_once_is_one_release(engine_stage, target):
    spec = image_spec({"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    async with engine_stage.database.begin() as tx:
        operation = await queue(tx, new_operation(target, spec=spec))
        ended = [
            ClusterUpdate(position=each.position, phase=ClusterPhase.ENDED, outcome=Outcome.SUCCEEDED)
            for each in operation.clusters
        ]
        await tx.operations.update_clusters(operation.id, ended)
    await asyncio.gather(*(conclude(engine_stage.database, operation.id) for _ in range(4)))
    async with engine_stage.database.read() as tx:
        releases = await tx.releases.list(operation.app_environment_id, limit=10)
        events = await tx.events.after(operation.id, 0, limit=100)
    assert [each.number for each in releases.items] == [1]
    assert [each.type for each in events].count(EventType.OPERATION_ENDED) == 1


async def test_a_success_configures_the_app_environment_and_is_recorded_as_a_release(engine_stage, target):
    spec = copy_spec(resources=[WEB], images={"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    operation_id = await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec)
    await engine_stage.end_of(operation_id)
    async with engine_stage.database.read() as tx:
        configured = await tx.app_environments.get(target.app_environment.id)
        release = await tx.releases.get(target.app_environment.id, 1)
    assert (configured.configured, configured.namespace) == (True, "shop")
    assert [each.name for each in configured.resources] == ["web"]
    assert (release.images, release.operation_id) == ((_IMAGE,), operation_id)
    assert set(release.clusters) == {"prod-eu", "prod-us"}


async def test_half_a_success_configures_the_app_environment_but_is_no_release(engine_stage, target):
    spec = copy_spec(images={"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    engine_stage.worker.applying = only("prod-us", DOWN)
    await engine_stage.end_of(await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec))
    async with engine_stage.database.read() as tx:
        record = await tx.app_environments.get(target.app_environment.id)
    assert (record.configured, record.last_release) == (True, 0)


async def test_without_a_good_cluster_nothing_is_configured_and_no_release_recorded(engine_stage, target):
    spec = copy_spec(images={"prod-eu": [_IMAGE]})
    engine_stage.worker.applying = lambda _: FAILED
    await engine_stage.end_of(await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec))
    async with engine_stage.database.read() as tx:
        record = await tx.app_environments.get(target.app_environment.id)
    assert (record.configured, record.last_release) == (False, 0)


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


async def test_starting_twice_does_it_once(engine_stage, target):
    operation_id = await engine_stage.start(target)
    await engine_stage.engine.start(operation_id, attempt=1, waves=1)
    await engine_stage.end_of(operation_id)
    assert engine_stage.worker.calls.count("apply prod-eu") == 1


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
        limits=Limits(),
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


async def until(holds):
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.01)


async def everything(engine_stage) -> str:
    """Every row of every table, those of the durable engine too."""
    async with engine_stage.database.engine.connect() as connection:
        tables = await connection.execute(
            text(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema IN ('public', 'dbos') AND table_type = 'BASE TABLE'"
            )
        )
        found = []
        for schema, table in tables.all():
            found += [str(row) for row in await connection.execute(text(f'SELECT t::text FROM "{schema}"."{table}" t'))]
    assert any("operation.started" in row for row in found)
    assert any(row for row in found if "stagecoach_json" in row)
    return "\n".join(found)


async def test_deliveries_to_receivers_are_kept_for_a_month(engine_stage, target):
    async with engine_stage.database.begin() as tx:
        receiver = "a-receiver-that-nobody-guesses"
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


async def test_steps_are_recorded_under_the_names_that_running_operations_of_former_releases_have(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: FAILED
    operation_id = await engine_stage.start(target, on_failure=OnFailure.ROLL_BACK)
    await engine_stage.end_of(operation_id)
    recorded = "SELECT function_name FROM dbos.operation_outputs WHERE workflow_uuid = :id ORDER BY function_id"
    async with engine_stage.database.engine.connect() as connection:
        names = await connection.scalars(text(recorded), {"id": workflow_id(operation_id, 1)})
    assert names.all() == ["act", "watch", "undo", "conclude"]
