"""The durable engine for the rest of Stagecoach: launch it, start operations in it, stop it."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Mapping

from db.locks import LifeLocks
from db.transaction import Database
from domain.words import OperationKind
from services.engine.gates import Gates
from services.engine.image_copies import ImageCopies
from services.engine.preflight import Preflight
from services.engine.ring_work import RingWork
from services.engine.runtime import Runtime, execution_of_set, set_in
from services.engine.set_steps import SetSteps
from services.engine.snapshot import WarmStart
from services.engine.steps import Steps
from services.engine.takeover import Takeover
from services.engine.workflows import execute, execute_set
from services.errors import Category, StagecoachError
from services.execution.soaking import Soaker
from services.execution.worker import Worker
from services.kube.gateway import Clusters
from services.limits import Limits
from services.reading.held_configuration import ReleaseConfigurations

# Seconds that a first step has to itself, before dbos' threads and the caller's response compete for the processor.
_UNDISTURBED = 0.2


class EngineUnavailableError(StagecoachError):
    """This process may not execute operations now: it is starting, or has lost its lock."""

    code = "engine-unavailable"
    title = "No operation can be started now"
    category = Category.UNAVAILABLE


def end_this_process() -> None:
    """At once, without clean-up: other processes own our work by now. The supervisor (kubelet, systemd) restarts it."""
    os._exit(os.EX_TEMPFAIL)


class Engine:
    """The durable engine. A process has one, because dbos is a singleton."""

    def __init__(
        self,
        *,
        database: Database,
        url: str,
        clusters: Clusters,
        workers: Mapping[OperationKind, Worker],
        limits: Limits,
        gates: Gates,
        configurations: ReleaseConfigurations | None = None,
        preflight: Preflight,
        soaker: Soaker | None = None,
        ring_work: RingWork | None = None,
        image_copies: ImageCopies | None = None,
        on_outcast: Callable[[], None] = end_this_process,
    ) -> None:
        """`url` is the database's, `postgresql://…`: direct or through a pooler in session mode."""
        self._database = database
        self._url = url
        self._steps = Steps(
            database=database,
            clusters=clusters,
            workers=workers,
            limits=limits,
            gates=gates,
            configurations=configurations,
            preflight=preflight,
            soaker=soaker,
            ring_work=ring_work,
            image_copies=image_copies,
        )
        self._set_steps = SetSteps(database, self._steps)
        self._on_outcast = on_outcast
        self._locks = LifeLocks(url)
        self._runtime: Runtime | None = None
        self._takeover: Takeover | None = None

    async def launch(self) -> None:
        """Call it in the event loop that is to execute operations. Continues what earlier processes left unfinished."""
        await self._locks.open()
        executor_id = await self._new_executor()
        runtime = Runtime(self._url, executor_id=executor_id)

        async def workflow(operation_id: str, attempt: int, waves: int) -> None:
            del attempt  # it is in the workflow's id, and in the operation's row
            set_id = set_in(operation_id)
            if set_id is not None:
                await execute_set(runtime, self._set_steps, set_id)
            else:
                await execute(runtime, self._steps, operation_id, waves)

        await runtime.launch(workflow)
        self._runtime = runtime
        self._takeover = Takeover(
            runtime=runtime,
            database=self._database,
            locks=self._locks,
            executor_id=executor_id,
            on_outcast=self._on_outcast,
        )
        await self._takeover.start()

    @property
    def ready(self) -> bool:
        """Whether this process may execute operations."""
        return self._takeover is not None and self._takeover.may_work

    async def start(self, operation_id: str, *, attempt: int, waves: int, warm_start: WarmStart | None = None) -> None:
        """Execute an operation that is committed as queued. With a `warm_start` its first step begins at once.

        Raises `EngineUnavailableError` while this process may not work.
        """
        if self._runtime is None or not self.ready:
            raise EngineUnavailableError("The engine is not running. The operation will start when it does.")
        try:
            if warm_start is not None:
                await self._steps.begin(operation_id, warm_start, undisturbed_for=_UNDISTURBED)
            await self._runtime.start(operation_id, attempt, waves)
        except BaseException:
            await self._steps.abandon(operation_id)  # the process that finds it later begins from the rows
            raise

    async def start_set(self, set_id: str, *, attempt: int) -> None:
        """Execute a promotion set that is committed as queued, with its members. Raises `EngineUnavailableError`."""
        if self._runtime is None or not self.ready:
            raise EngineUnavailableError("The engine is not running. The set will start when it does.")
        await self._runtime.start(execution_of_set(set_id), attempt, 0)

    async def stop(self) -> None:
        """Stop at once. Another process, or the next start, continues what is unfinished."""
        if self._takeover is not None:
            await self._takeover.stop()
        if self._runtime is not None:
            await self._runtime.close()
            self._runtime = None
        await self._steps.abandon()
        await self._locks.close()

    async def _new_executor(self) -> str:
        """A new executor id, whose lock this process holds."""
        while True:
            executor_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
            if await self._locks.take(executor_id):
                return executor_id
            await asyncio.sleep(0)
