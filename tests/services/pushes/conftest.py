"""The stage for pushed images: practice clusters, operations run in place, and the worker that looks after arrivals."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from db.events import Bell
from db.image_pushes import NewArrival
from db.records import AppEnvironmentRecord, ArrivalRecord, OperationRecord, VerdictRecord
from db.transaction import Database
from domain.words import ArrivalOrigin, CredentialKind, DeployMode, Pin
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.inventory.applications import Applications
from services.limits import Limits
from services.net.addresses import AddressPolicy
from services.pushes.automation.auto_deploy import RollingOut
from services.pushes.automation.indexing import Indexing
from services.pushes.automation.polling import Polling
from services.pushes.automation.tag_resolution import LookingUp
from services.pushes.automation.work_queue import Pace
from services.pushes.automation.worker import ArrivalsWorker
from services.pushes.image_policies import ImagePolicyBook
from services.pushes.images import Images
from services.pushes.judging import judge
from services.registry.budget import RegistryLimits
from services.registry.oci import RegistryClients
from tests.support.promotion_stage import Stage, digest, staged, workload

T = TypeVar("T")
WEB = "registry.example/shop/web"
PATIENCE = 30.0
LIMITS = Limits(plan=5.0, overview=2.0, watch_cap=15.0, probe=2.0)


@dataclass
class ArrivingStage:
    """`worker()` looks after arrivals while it is entered."""

    stage: Stage
    database: Database
    url: str
    bell: Bell
    registries: RegistryClients
    pace: Pace
    deploying: Deploying
    images: Images
    policies: ImagePolicyBook
    applications: Applications
    places: dict[str, AppEnvironmentRecord] = field(default_factory=dict)

    async def environment(
        self,
        name: str,
        *clusters: str,
        mode: DeployMode = DeployMode.AUTO,
        pin: Pin = Pin.DIGEST,
        image: str = f"{WEB}:1.0.0",
    ) -> AppEnvironmentRecord:
        """One in which the container web runs an image, everywhere."""
        running = {cluster: (workload("web", {"web": image}),) for cluster in clusters}
        self.places[name] = await self.stage.environment(name, running, deploy_mode=mode, pin=pin)
        return self.places[name]

    def rolling_out(self) -> RollingOut:
        return RollingOut(self.database, self.stage.pool, self.deploying, self.stage.operations, LIMITS)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[ArrivalsWorker]:
        async with ArrivalsWorker(
            database=self.database,
            url=self.url,
            bell=self.bell,
            looking_up=LookingUp(self.database, self.registries, self.pace),
            polling=Polling(self.database, self.registries),
            rolling_out=self.rolling_out(),
            indexing=Indexing(self.database, self.stage.pool, LIMITS),
            pace=self.pace,
        ) as worker:
            yield worker

    async def push(self, *tags: str, repository: str = WEB, known: bool = True) -> tuple[int, ...]:
        """They have come, as a receiver's delivery leaves them; `known`: with their digests."""
        new = [
            NewArrival(
                repository=repository,
                tag=tag,
                digest=digest(f"web:{tag}") if known else None,
                origin=ArrivalOrigin.WEBHOOK,
            )
            for tag in tags
        ]
        async with self.database.begin() as tx:
            return await tx.arrivals.add(new)

    async def store_registry(self, host: str) -> None:
        async with self.database.begin() as tx:
            await tx.registries.put(host, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None)

    async def arrival(self, push: int) -> ArrivalRecord:
        async with self.database.read() as tx:
            return (await tx.arrivals.some([push]))[push]

    async def verdict(self, environment: str, push: int) -> VerdictRecord | None:
        place = self.places[environment]
        async with self.database.read() as tx:
            return (await tx.verdicts.of(place.id or "", [push])).get(push)

    async def until_verdict(self, environment: str, push: int, word: str) -> VerdictRecord:
        async def there() -> VerdictRecord | None:
            found = await self.verdict(environment, push)
            return found if found is not None and found.verdict == word else None

        return await until(there)

    async def until_state(self, push: int, state: str) -> ArrivalRecord:
        async def there() -> ArrivalRecord | None:
            found = await self.arrival(push)
            return found if found.state == state else None

        return await until(there)

    async def operations(self) -> tuple[OperationRecord, ...]:
        """The oldest first."""
        return tuple(reversed((await self.stage.operations.list()).items))

    async def until_ended(self, count: int = 1) -> tuple[OperationRecord, ...]:
        """So many operations have been started, and all of them have ended."""

        async def there() -> tuple[OperationRecord, ...] | None:
            found = await self.operations()
            return found if len(found) >= count and all(each.state.ended for each in found) else None

        return await until(there)

    def runs(self, cluster: str) -> str:
        return self.stage.images(cluster, "web")["web"]

    async def why(self, environment: str, tag: str) -> str:
        return (await self.images.why("shop", environment, tag, repository=None)).answer.code.value


async def until(there: Callable[[], Awaitable[T | None]]) -> T:
    """What it gives, once it gives something."""
    async with asyncio.timeout(PATIENCE):
        while (found := await there()) is None:
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def arriving(
    database: Database, database_url: str, practice_for_promotions: Sandbox
) -> AsyncIterator[ArrivingStage]:
    pace = Pace(turn=1.0, first_pause=0.2, longest_pause=1.0)
    bell = Bell(database_url)
    await bell.start()
    clients = RegistryClients(
        addresses=AddressPolicy(allow_loopback=True, allow_private=True),
        limits=RegistryLimits(attempts=2, first_pause=0.1, longest_pause=0.5, patience=0.2),
    )
    try:
        async with staged(database, database_url, practice_for_promotions) as stage, clients as registries:
            yield ArrivingStage(
                stage=stage,
                database=database,
                url=database_url,
                bell=bell,
                registries=registries,
                pace=pace,
                deploying=Deploying(database, stage.pool, stage.operations, LIMITS),
                images=Images(database, stage.pool, LIMITS),
                policies=ImagePolicyBook(database),
                applications=Applications(database, judge_pushes=judge),
            )
    finally:
        await bell.stop()


@pytest.fixture(scope="session")
async def practice_for_promotions() -> AsyncIterator[Sandbox]:
    """A test that sets faults has them cleared by its stage."""
    async with Sandbox(("staging-1", "staging-2", "prod-eu", "prod-us"), speed=20.0) as sandbox:
        yield sandbox
