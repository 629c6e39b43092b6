"""A launched engine with a fake worker."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from db.engine import create_engine
from db.events import Notifier
from db.records import EventRecord, OperationDetailRecord
from db.transaction import Database
from domain.words import OnFailure, OperationKind, Role
from services.changes.new_operations import NewOperation, NewOperationCluster
from services.changes.operations import Operations
from services.engine.engine import Engine
from services.limits import Limits
from services.people.access import Actor
from tests.services.engine.workers import FakeClusters, FakeWorker
from tests.support.objects import FINGERPRINTS
from tests.support.rows import Target, make_target
from tests.support.specs import copy_spec, image_spec

_COPIES = {OperationKind.CONFIGURE, OperationKind.IMPORT}
ANN = Actor(name="ann", role=Role.OPERATOR)


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
        return await self.operations.read(operation_id)

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
        "actor": ANN,
        "spec": copy_spec() if changes.get("kind") in _COPIES else image_spec(),
        "plan_digest": "sha256:1",
        "clusters": clusters,
        "on_failure": OnFailure.STAY,
    }
    return NewOperation(**{**values, **changes})


@pytest.fixture(scope="session")
async def _engine_url(new_database_url: Callable[[], Awaitable[str]]) -> str:
    return await new_database_url()


@pytest.fixture
async def engine_stage(_engine_url: str, keys) -> AsyncIterator[EngineStage]:
    database = Database(create_engine(_engine_url), keys)
    worker = FakeWorker()
    notifier = Notifier(_engine_url)
    engine = Engine(
        database=database,
        url=_engine_url,
        clusters=FakeClusters(),
        workers=dict.fromkeys(OperationKind, worker),
        limits=Limits(),
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
            url=_engine_url,
        )
    finally:
        await engine.stop()
        await notifier.stop()
        await database.close()


@pytest.fixture
async def target(engine_stage: EngineStage) -> Target:
    """An application of its own in an environment of its own, on two clusters."""
    mark = secrets.token_hex(3)
    return await make_target(
        engine_stage.database,
        application=f"shop-{mark}",
        environment=f"Production-{mark}",
        clusters=("prod-eu", "prod-us"),
    )
