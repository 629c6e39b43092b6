"""A launched engine with a fake worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from db.engine import create_engine
from db.events import Notifier
from db.keys import Keyring
from db.records.operations import EventRecord, OperationDetailRecord
from db.transaction import Database
from domain.words import OnFailure, OperationKind, Outcome
from services.changes.new_operations import NewOperation, NewOperationCluster
from services.changes.operations import Operations
from services.engine.engine import Engine
from services.limits import Limits
from services.people.gates import StandingGates
from tests.support.actors import ANN
from tests.support.fake_workers import FakeClusters, FakePreflight, FakeWorker
from tests.support.objects import FINGERPRINTS
from tests.support.rows import Target
from tests.support.specs import copy_spec, image_spec

_COPIES = {OperationKind.CONFIGURE, OperationKind.IMPORT}


@dataclass
class EngineStage:
    """A launched engine with its database, its fake worker and the use cases on it."""

    database: Database
    operations: Operations
    engine: Engine
    worker: FakeWorker
    url: str

    async def start(self, target: Target, **changes) -> str:
        started = await self.operations.start(
            new_operation(target, **{key: value for key, value in changes.items() if key != "work"}),
            work=changes.get("work"),
        )
        return str(started.id)

    async def end_of(self, operation_id: str) -> OperationDetailRecord:
        async for _ in self.operations.follow(operation_id):
            pass
        return await self.operations.read(operation_id, actor=ANN)

    async def events_of(self, operation_id: str) -> list[EventRecord]:
        return [each async for batch in self.operations.follow(operation_id) for each in batch]


def new_operation(target: Target, *, waves: tuple[int, ...] = (0, 0), **changes) -> NewOperation:
    clusters = tuple(
        NewOperationCluster(cluster=each, wave=wave) for each, wave in zip(target.clusters, waves, strict=True)
    )
    values = {
        "kind": OperationKind.PROMOTION,
        "app_environment": target.app_environment,
        "source": None,
        "caller": ANN.caller,
        "spec": copy_spec() if changes.get("kind") in _COPIES else image_spec(),
        "plan_digest": "sha256:1",
        "clusters": clusters,
        "on_failure": OnFailure.STAY,
    }
    return NewOperation(**{**values, **changes})


@asynccontextmanager
async def launched_engine(url: str, keys: Keyring) -> AsyncIterator[EngineStage]:
    """An engine of its own for one test, on a database that may hold the operations of earlier tests."""
    database = Database(create_engine(url), keys)
    worker = FakeWorker()
    notifier = Notifier(url)
    engine = Engine(
        database=database,
        url=url,
        clusters=FakeClusters(),
        workers=dict.fromkeys(OperationKind, worker),
        limits=Limits(silence=1.5),
        gates=StandingGates(database),
        preflight=FakePreflight(),
        on_outcast=lambda: None,
    )
    await notifier.start()
    await engine.launch()
    try:
        yield EngineStage(
            database=database,
            operations=Operations(database=database, engine=engine, notifier=notifier, fingerprints=FINGERPRINTS),
            engine=engine,
            worker=worker,
            url=url,
        )
    finally:
        await engine.stop()
        await notifier.stop()
        await database.close()


def outcomes(operation: OperationDetailRecord) -> dict[str, Outcome | None]:
    return {each.cluster_name: each.outcome for each in operation.clusters}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.01)
