"""Runs of hooks and checks as rows: begun once, ended once, run anew where a person retries."""

from dataclasses import replace
from datetime import UTC, datetime

from db.transaction import Database
from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind, RunPart, RunState
from tests.support.rows import make_operation, make_target

_NOW = datetime(2026, 12, 2, tzinfo=UTC)
_PASSED = RunEnd(state=RunState.PASSED, detail="It has completed.", log="done\n", log_cut=True)
_FAILED = RunEnd(state=RunState.FAILED, detail="It failed.")


async def _operation(database: Database) -> str:
    return await make_operation(database, await make_target(database))


def _key(operation: str, name: str, part: RunPart = RunPart.BEFORE, cluster: str | None = "prod-eu") -> RunKey:
    return RunKey(operation_id=operation, ring=0, part=part, name=name, cluster=cluster)


async def _begin(database: Database, key: RunKey, kind: RunKind = RunKind.JOB) -> HookRun:
    async with database.begin() as tx:
        run, _ = await tx.hook_runs.begin(key, kind, now=_NOW)
        return run


async def test_a_run_begins_once_and_ends_once(database: Database) -> None:
    key = _key(await _operation(database), "migrate")
    first = await _begin(database, key)
    async with database.begin() as tx:
        await tx.hook_runs.made(key, job="stagecoach-migrate-1", uid="u1")
        await tx.hook_runs.end(key, _PASSED, now=_NOW)
        await tx.hook_runs.end(key, _FAILED, now=_NOW)
    again = await _begin(database, key)
    assert again == replace(first, job="stagecoach-migrate-1", job_uid="u1", ended_at=_NOW, end=_PASSED)
    assert (again.key.number, first.state, again.state) == (0, RunState.RUNNING, RunState.PASSED)


async def test_a_retry_runs_anew_what_has_not_passed_and_every_check(database: Database) -> None:
    operation = await _operation(database)
    keys = {
        "passed": _key(operation, "passed"),
        "failed": _key(operation, "failed"),
        "check": _key(operation, "check", RunPart.CHECK, None),
    }
    for name, key in keys.items():
        await _begin(database, key)
        async with database.begin() as tx:
            await tx.hook_runs.end(key, _FAILED if name == "failed" else _PASSED, now=_NOW)
    async with database.begin() as tx:
        await tx.hook_runs.retry(operation)
    again = {name: await _begin(database, key) for name, key in keys.items()}
    assert {name: (run.key.number, run.state) for name, run in again.items()} == {
        "passed": (0, RunState.PASSED),
        "failed": (1, RunState.RUNNING),
        "check": (1, RunState.RUNNING),
    }
    async with database.read() as tx:
        assert len(await tx.hook_runs.of(operation)) == 5


async def test_a_hook_of_which_nobody_knows_whether_it_ran_is_followed_again_by_a_retry(database: Database) -> None:
    key = _key(await _operation(database), "migrate")
    await _begin(database, key)
    async with database.begin() as tx:
        await tx.hook_runs.end(key, RunEnd(state=RunState.LOST, detail="No answer."), now=_NOW)
        await tx.hook_runs.retry(key.operation_id)
    again = await _begin(database, key)
    assert (again.key.number, again.state) == (0, RunState.RUNNING)


async def test_a_hooks_job_that_a_cancellation_left_running_is_followed_again_by_a_retry(database: Database) -> None:
    key = _key(await _operation(database), "migrate")
    await _begin(database, key)
    async with database.begin() as tx:
        await tx.hook_runs.made(key, job="stagecoach-migrate-1", uid="u1")
        await tx.hook_runs.end(key, RunEnd(state=RunState.CANCELLED, detail="Cancelled."), now=_NOW)
        await tx.hook_runs.retry(key.operation_id)
    again = await _begin(database, key)
    assert (again.key.number, again.state, again.job_uid) == (0, RunState.RUNNING, "u1")
