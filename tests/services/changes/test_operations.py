"""Operations are started once, followed, cancelled and retried."""

import asyncio
import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import text

from db.events import Notifier
from db.transaction import Database
from domain.rights import Holdings, Scope
from domain.secret_text import SecretText
from domain.words import OperationKind, OperationState, Role
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import OperationEndedError, Operations
from services.changes.retrying import NothingToRetryError, SupersededError, ValuesErasedError
from services.errors import ForbiddenError, IdempotencyMismatchError, NotFoundError, OperationUnderwayError
from tests.support.actors import ANN, actor_with
from tests.support.copy_stage import FINGERPRINTS
from tests.support.fake_workers import DOWN, FAILED, SUCCEEDED, TO_WATCH, AbsentEngine, only
from tests.support.rows import make_operation, make_target

CANARY = "canary-e1b7"


async def test_several_readers_get_the_same_events_and_one_resumes_after_a_number(engine_stage, target):
    operation_id = await engine_stage.start(target)
    first, second = await asyncio.gather(engine_stage.events_of(operation_id), engine_stage.events_of(operation_id))
    rest = [each async for batch in engine_stage.operations.follow(operation_id, after=first[2].seq) for each in batch]
    assert first == second
    assert rest == first[3:]


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


async def test_who_cancels_and_who_retries_is_in_the_audit(engine_stage, target):
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = lambda _: TO_WATCH
    operation_id = await engine_stage.start(target)
    for _ in range(2):
        await engine_stage.operations.cancel(operation_id, actor=ANN)
    await engine_stage.end_of(operation_id)
    engine_stage.worker.applying = lambda _: SUCCEEDED
    await engine_stage.operations.retry(operation_id, actor=ANN)
    await engine_stage.end_of(operation_id)
    async with engine_stage.database.engine.connect() as connection:
        of_it = text("SELECT action, actor_name FROM audit WHERE targets->0->>'id' = :id ORDER BY seq")
        found = [tuple(row) for row in await connection.execute(of_it, {"id": operation_id})]
    assert found == [
        (action, "ann")
        for action in (
            *("operation.queued", "operation.cancelled", "operation.ended"),
            *("operation.retried", "operation.ended"),
        )
    ]


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
    operation = await engine_stage.operations.read(await engine_stage.start(target), actor=ANN)
    async with engine_stage.database.begin() as tx:  # the engine of a later test would execute it, as it should
        await tx.operation_lifecycle.end(operation.id, state=OperationState.CANCELLED, message=None)
    assert operation.state == "queued"


async def test_an_import_is_retried_by_those_alone_who_maintain_its_source_too(database: Database, raw):
    target = await make_target(database)
    source = (await make_target(database, environment="Staging")).app_environment
    operation_id = await make_operation(database, target)
    await raw(
        f"UPDATE operations SET source_app_environment_id = '{source.id}' WHERE id = '{operation_id}' RETURNING 1"
    )
    operations = Operations(
        database=database, engine=AbsentEngine(), notifier=Notifier("postgresql://nowhere"), fingerprints=FINGERPRINTS
    )
    here = Scope(environments=frozenset({target.app_environment.environment.id}))
    maintains_one = (
        actor_with(Role.MAINTAINER, scope=here).holdings.bindings + actor_with(Role.VIEWER).holdings.bindings
    )
    for bindings, refusal in (
        (actor_with(Role.MAINTAINER, scope=here).holdings.bindings, NotFoundError),
        (maintains_one, ForbiddenError),
        (ANN.holdings.bindings, OperationUnderwayError),  # the next check: it has not ended
    ):
        with pytest.raises(refusal):
            await operations.retry(operation_id, actor=replace(ANN, holdings=Holdings(bindings=bindings)))


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
