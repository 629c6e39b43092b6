"""The stage for image pushes: practice clusters, operations run in place, and the worker that processes pushes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from db.events import Notifier
from db.image_pushes import NewImagePush
from db.records.images import ImagePushRecord, VerdictRecord
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor
from domain.words import CredentialKind, DeployMode, ImagePushOrigin, Pin, Role
from services.changes.catching_up import CatchingUp
from services.changes.deploying import Deploying
from services.inventory.applications import Applications
from services.limits import Limits
from services.people.access import Access, Proof
from services.pushes.automation.auto_deploy import AutoDeploy
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.polling import Polling
from services.pushes.automation.tag_resolution import TagResolution
from services.pushes.automation.work_queue import BackOff
from services.pushes.automation.worker import ImagePushWorker
from services.pushes.image_policies import ImagePolicyService
from services.pushes.images import Images
from services.registry.oci import RegistryClients
from tests.support.actors import ADMINISTRATOR, ANN, SEES_ALL
from tests.support.live_stage import unread
from tests.support.promotion_stage import PromotionStage, digest, workload
from tests.support.registry import DockerRegistry

T = TypeVar("T")
WEB = "registry.example/shop/web"
PATIENCE = 90.0
# Long enough for a loaded machine: an index that was not filled at the start leaves a push unmatched.
LIMITS = Limits(plan=20.0, overview=20.0, silence=5.0, watch_cap=60.0, probe=2.0)


@dataclass
class ImagePushStage:
    """`worker()` processes image pushes while it is entered."""

    stage: PromotionStage
    database: Database
    url: str
    notifier: Notifier
    registries: RegistryClients
    back_off: BackOff
    deploying: Deploying
    images: Images
    policies: ImagePolicyService
    applications: Applications
    targets: dict[str, AppEnvironmentRecord] = field(default_factory=dict)

    async def environment(
        self,
        name: str,
        *clusters: str,
        mode: DeployMode = DeployMode.AUTO,
        pin: Pin = Pin.DIGEST,
        image: str = f"{WEB}:1.0.0",
    ) -> AppEnvironmentRecord:
        """Adds an app environment whose container web runs this image on all its clusters."""
        running = {cluster: (workload("web", {"web": image}),) for cluster in clusters}
        self.targets[name] = await self.stage.environment(name, running, deploy_mode=mode, pin=pin)
        return self.targets[name]

    async def token(self, name: str, role: Role) -> tuple[str, Actor]:
        """A token that the database knows, by its id, and who acts with it: automation reads its rights again later."""
        access = Access(self.database)
        issued = await access.issue(name=name, role=role, expires_at=None, actor=ADMINISTRATOR)
        return issued.record.id, await access.actor(Proof(secret=issued.secret, by="token"))

    def rolling_out(self) -> AutoDeploy:
        return AutoDeploy(self.database, self.stage.pool, self.deploying, self.stage.operations)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[ImagePushWorker]:
        async with ImagePushWorker(
            database=self.database,
            url=self.url,
            notifier=self.notifier,
            tag_resolution=TagResolution(
                self.database, self.registries, self.back_off, believed=frozenset({"registry.example"})
            ),
            polling=Polling(self.database, self.registries),
            auto_deploy=self.rolling_out(),
            catching_up=CatchingUp(self.database, self.stage.pool, self.stage.operations, LIMITS),
            index_backfill=IndexBackfill(self.database, self.stage.pool, LIMITS, unread(self.database)),
            back_off=self.back_off,
        ) as worker:
            yield worker

    async def push(self, *tags: str, repository: str = WEB, known: bool = True) -> tuple[int, ...]:
        """Stores image pushes as the delivery of a receiver does; `known`: with their digests."""
        new = [
            NewImagePush(
                repository=repository,
                tag=tag,
                digest=digest(f"web:{tag}") if known else None,
                origin=ImagePushOrigin.WEBHOOK,
            )
            for tag in tags
        ]
        async with self.database.begin() as tx:
            return await tx.image_pushes.add(new)

    async def store_registry(self, host: str) -> None:
        async with self.database.begin() as tx:
            await tx.registries.put(host, plain_http=True, kind=CredentialKind.ANONYMOUS, username=None, secret=None)

    async def image_push(self, push: int) -> ImagePushRecord:
        async with self.database.read() as tx:
            return (await tx.image_pushes.some([push]))[push]

    async def verdict(self, environment: str, push: int) -> VerdictRecord | None:
        target = self.targets[environment]
        async with self.database.read() as tx:
            return (await tx.verdicts.of(target.id or "", [push])).get(push)

    async def until_verdict(self, environment: str, push: int, word: str) -> VerdictRecord:
        async def there() -> VerdictRecord | None:
            found = await self.verdict(environment, push)
            return found if found is not None and found.verdict == word else None

        return await until(there)

    async def until_state(self, push: int, state: str) -> ImagePushRecord:
        async def there() -> ImagePushRecord | None:
            found = await self.image_push(push)
            return found if found.state == state else None

        return await until(there)

    async def operations(self) -> tuple[OperationRecord, ...]:
        """The oldest first."""
        return tuple(reversed((await self.stage.operations.list(SEES_ALL)).items))

    async def until_ended(self, count: int = 1) -> tuple[OperationRecord, ...]:
        """Wait until this many operations have been started and all of them have ended."""

        async def there() -> tuple[OperationRecord, ...] | None:
            found = await self.operations()
            return found if len(found) >= count and all(each.state.ended for each in found) else None

        return await until(there)

    def runs(self, cluster: str) -> str:
        return self.stage.images(cluster, "web")["web"]

    async def why(self, environment: str, tag: str) -> str:
        return (await self.images.why("shop", environment, tag, repository=None, actor=ANN)).answer.code.value


async def until(there: Callable[[], Awaitable[T | None]]) -> T:
    """Call it until it returns a value other than None, and return that."""
    async with asyncio.timeout(PATIENCE):
        while (found := await there()) is None:
            await asyncio.sleep(0.02)
    return found


async def until_idle(*workers: ImagePushWorker) -> None:
    """Wait until the workers that lead have processed all pushes and run no work."""
    leading = [each for each in workers if each._round > 0] or workers
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(each.idle() for each in leading))


async def deployed(
    image_pushes: ImagePushStage, registry: DockerRegistry, repository: str, *, mode: DeployMode = DeployMode.AUTO
) -> str:
    """Makes Development run the first image of the repository, whose registry is stored; returns the image name."""
    name = f"{registry.address}/{repository}"
    await registry.push_image(repository, "1.0.0", content="1.0.0")
    await image_pushes.store_registry(registry.address)
    await image_pushes.environment("Development", "staging-1", mode=mode, image=f"{name}:1.0.0")
    return name
