"""The one module that imports dbos: it changes unsafe defaults and offers the few calls that the engine needs.

Pinned to dbos 3.4.0; tests/services/engine/test_runtime.py holds what we rely on beyond its documentation.

* Nothing but plain JSON goes into its tables: no pickles, no exception texts. Reading a pickle back is refused too.
* Each start of a process is its own executor: with the default, `local`, a second process would "recover" live work.
* The version is a constant: with a hash of the source, a new release would not continue the work of the former one.
* Its log goes through ours at warnings and above, first lines only: a traceback may quote what an API server returned.
* Its thread pool is bounded, and the event loop gets another one at the end. No Conductor, no telemetry.

dbos is a singleton of its process, so only one `Runtime` may be launched at a time.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID, StepOptions, WorkflowStatus
from dbos._serialization import DefaultSerializer

from db.address import driver_url

P = ParamSpec("P")
R = TypeVar("R")

APPLICATION_VERSION = "1"
SCHEMA = "dbos"
_WORKFLOW = "operation"
_THREADS = 16
_NOTIFY_EVERY = (
    0.2  # seconds between polls of its own notifications, which we do not use; its default, 0.01, keeps a thread busy
)
_STEP_ATTEMPTS = 8  # with the pauses between them, the database may be unavailable for two minutes
_LIVE = ("PENDING", "ENQUEUED", "DELAYED")
_DONE = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_DELETED_AT_ONCE = 500

_log = logging.getLogger("stagecoach.engine")


class StepFailedError(Exception):
    """Stands for a stored exception; the text is the name of its type."""


class PlainSerializer(Serializer):
    """JSON of plain data. Raises `TypeError` for anything else; an exception is stored as the name of its type."""

    def name(self) -> str:
        return "stagecoach_json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            return json.dumps({"exception": type(data).__name__})
        return json.dumps({"data": _plain(data)})

    def deserialize(self, serialized_data: str) -> Any:
        stored = json.loads(serialized_data)
        if "exception" in stored:
            return StepFailedError(stored["exception"])
        return stored["data"]


class Runtime:
    """dbos with safe defaults and one workflow: `workflow(operation_id, attempt, waves)`."""

    def __init__(self, url: str, *, executor_id: str) -> None:
        """`url` is `postgresql://…`; dbos has its own driver and pool, and stays in the schema `dbos`."""
        self._url = url
        self._executor_id = executor_id
        self._workflow: Callable[[str, int, int], Coroutine[Any, Any, None]] | None = None
        self._running: dict[str, asyncio.Task[Any]] = {}  # by workflow id

    async def launch(self, workflow: Callable[[str, int, int], Coroutine[Any, Any, None]]) -> None:
        """Call it in the running event loop, which dbos then uses. Blocks the loop for some tenths of a second."""
        _route_its_log()
        _refuse_pickles()
        config: DBOSConfig = {
            "name": "stagecoach",
            "system_database_url": driver_url(self._url).render_as_string(hide_password=False),
            "dbos_system_schema": SCHEMA,
            "executor_id": self._executor_id,
            "application_version": APPLICATION_VERSION,
            "serializer": PlainSerializer(),
            "max_executor_threads": _THREADS,
            "sys_db_pool_size": _THREADS // 2,
            "notification_coalesce_sec": _NOTIFY_EVERY,
            "db_engine_kwargs": {"hide_parameters": True, "connect_args": {"application_name": "stagecoach dbos"}},
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        DBOS(config=config)

        async def registered(operation_id: str, attempt: int, waves: int) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running[workflow_id(operation_id, attempt)] = task
            try:
                await workflow(operation_id, attempt, waves)
            finally:
                self._running.pop(workflow_id(operation_id, attempt), None)

        self._workflow = DBOS.workflow(name=_WORKFLOW)(registered)
        DBOS.launch()

    async def start(self, operation_id: str, attempt: int, waves: int) -> None:
        """Start the workflow of this attempt. A second start of the same attempt, by any process, does nothing."""
        assert self._workflow is not None
        with SetWorkflowID(workflow_id(operation_id, attempt)):
            await DBOS.start_workflow_async(self._workflow, operation_id, attempt, waves)

    async def step(self, name: str, call: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `call` as a step of the workflow and record its result, or return the recorded result.

        Never call it concurrently. An exception means that our own database failed (all other failures are values):
        the step runs again.
        """
        options: StepOptions = {"name": name, "retries_allowed": True, "max_attempts": _STEP_ATTEMPTS}
        return await DBOS.run_step_async(options, call, *args, **kwargs)

    async def live(self, ids: Sequence[str]) -> set[str]:
        """The ids, among these, of workflows that run or wait to run."""
        return {each.workflow_id for each in await self._list(workflow_ids=list(ids), status=list(_LIVE))}

    async def known(self, ids: Sequence[str]) -> set[str]:
        """The ids, among these, of workflows that have been started and not been deleted since."""
        return {each.workflow_id for each in await self._list(workflow_ids=list(ids))}

    async def busy_executors(self) -> set[str]:
        """The executor ids of the processes, dead or alive, that unfinished workflows are assigned to."""
        return {each.executor_id for each in await self._list(status="PENDING") if each.executor_id}

    async def taken_from_us(self) -> set[str]:
        """The ids of workflows that run here although another process owns them by now."""
        ids = list(self._running)
        found = await self._list(workflow_ids=ids) if ids else []
        return {each.workflow_id for each in found if each.executor_id != self._executor_id}

    async def take_over(self, executor_id: str) -> None:
        """Continue a dead process' workflows here. Conditional on each row's owner, so safe to repeat and to race."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, [executor_id])  # noqa: SLF001 - there is no public way without Conductor

    async def forget_finished(self, *, older_than: timedelta) -> int:
        """Delete workflows that ended longer ago, a batch a call; returns how many. dbos would keep them for ever."""
        before = (datetime.now(UTC) - older_than).isoformat()
        done = await self._list(status=list(_DONE), completed_before=before, limit=_DELETED_AT_ONCE)
        if done:
            await DBOS.delete_workflows_async([each.workflow_id for each in done])
        return len(done)

    async def close(self) -> None:
        """Stop at once. Unfinished workflows stay assigned to this executor, until another process takes them over."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with ThreadPoolExecutor(1) as outside:  # dbos' own pool is the loop's executor and ends in this call
            await asyncio.get_running_loop().run_in_executor(outside, lambda: DBOS.destroy(destroy_registry=True))
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))

    async def _list(self, **asked: Any) -> list[WorkflowStatus]:
        return await DBOS.list_workflows_async(load_input=False, load_output=False, **asked)


_OF_SET = "set:"


def execution_of_set(set_id: str) -> str:
    """By what name the workflow of a promotion set knows it, where that of an operation has the operation's id."""
    return f"{_OF_SET}{set_id}"


def set_in(executed: str) -> str | None:
    """The id of the promotion set that a workflow executes; None where it executes an operation."""
    return executed.removeprefix(_OF_SET) if executed.startswith(_OF_SET) else None


def workflow_id(operation_id: str, attempt: int) -> str:
    """The same in every process, so that an attempt is started once."""
    return f"{operation_id}.{attempt}"


def _plain(data: Any) -> Any:
    match data:
        case None | bool() | int() | float() | str():
            return data
        case list() | tuple():
            return [_plain(each) for each in data]
        case dict() if all(isinstance(key, str) for key in data):
            return {key: _plain(value) for key, value in data.items()}
        case _:
            raise TypeError(f"The durable engine takes plain data only, not {type(data).__name__}.")


def _refuse_pickles() -> None:
    """Raise `TypeError` at pickles: unpickling runs code, and a row may claim one whichever serializer is set."""

    def refuse(_self: DefaultSerializer, _serialized_data: str) -> NoReturn:
        raise TypeError("The durable engine does not read pickles.")

    DefaultSerializer.deserialize = refuse  # type: ignore[assignment, method-assign]


class _Forwarding(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        first, *_ = record.getMessage().splitlines() or [""]
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        _log.log(record.levelno, "%s%s", first, f" ({kind})" if kind else "")


def _route_its_log() -> None:
    """Call it before dbos launches: dbos adds its own handler where there is none."""
    logger = logging.getLogger("dbos")
    logger.propagate = False
    if not any(isinstance(handler, _Forwarding) for handler in logger.handlers):
        logger.handlers[:] = [_Forwarding()]
