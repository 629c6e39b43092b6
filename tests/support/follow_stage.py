"""A stage on which Production (two clusters) follows Staging (one), with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationDetailRecord
from domain.follows import FollowStanding
from domain.grants import Actor
from domain.words import DeployMode, Role
from services.inventory.follow_settings import FollowRequest
from services.pushes.automation.follow_worker import FollowWorker
from services.pushes.automation.following import Followed, Following
from tests.support.actors import ANN
from tests.support.image_push_stage import WEB, ImagePushStage
from tests.support.promotion_stage import digest

MINUTES = 10


@dataclass
class FollowStage:
    """Both run web 1.0.0 at first."""

    pushes: ImagePushStage
    by: Actor
    target_id: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def process(self) -> Following:
        """What looks, as another process or the same one after a restart has it: it remembers nothing."""
        stage = self.pushes.stage
        return Following(self.pushes.database, stage.live, stage.promoting, stage.operations, clock=lambda: self.now)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[FollowWorker]:
        """A process that looks by itself."""
        async with FollowWorker(
            url=self.pushes.url,
            notifier=self.pushes.notifier,
            live=self.pushes.stage.live,
            following=self.process(),
            back_off=self.pushes.back_off,
            clock=lambda: self.now,
            breath=0.05,
        ) as worker:
            yield worker

    async def look(self) -> Followed:
        return await self.process().look(self.target_id)

    async def later(self, minutes: float) -> Followed:
        """Look when so many minutes have passed."""
        self.now += timedelta(minutes=minutes)
        return await self.look()

    async def standing(self) -> FollowStanding:
        follow = (await self.target()).follow
        assert follow is not None
        assert follow.standing is not None
        return follow.standing

    async def target(self) -> AppEnvironmentRecord:
        async with self.pushes.database.read() as tx:
            found = await tx.app_environments.get(self.target_id)
        assert found is not None
        return found

    async def release(self, tag: str) -> None:
        """Staging runs web with this tag from now on, as somebody with kubectl brings it."""
        self.pushes.stage.set_image("staging-1", "web", "web", f"{WEB}:{tag}")
        await self.pushes.stage.until_rolled_out("staging-1", "Deployment", "web")

    async def proven(self, tag: str) -> None:
        """Staging has run web with this tag for as long as it takes; the next look promotes it."""
        await self.release(tag)
        await self.look()
        self.now += timedelta(minutes=MINUTES)

    async def follow(self, *checks: str, minutes: int = MINUTES, by: Actor | None = None) -> None:
        await self.pushes.applications.change_environment(
            "shop",
            "Production",
            {"deploy_mode": DeployMode.FOLLOW},
            follow=FollowRequest(environment="Staging", healthy_minutes=minutes, checks=checks),
            actor=by or self.by,
        )

    async def ended(self, count: int = 1) -> OperationDetailRecord:
        """The last operation, once so many have ended."""
        found = await self.pushes.until_ended(count)
        assert len(found) == count
        return await self.pushes.stage.operations.read(found[-1].id, actor=ANN)

    def runs(self) -> set[str]:
        """What the clusters of Production run."""
        return {self.pushes.runs(each) for each in ("prod-eu", "prod-us")}


def pinned(tag: str) -> str:
    return f"{WEB}:{tag}@{digest(f'web:{tag}')}"


async def follow_stage(pushes: ImagePushStage) -> FollowStage:
    await pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    target = await pushes.environment("Production", "prod-eu", "prod-us", mode=DeployMode.MANUAL)
    _, by = await pushes.token("ada", Role.MAINTAINER)
    assert target.id is not None
    stage = FollowStage(pushes, by, target.id)
    await stage.follow()
    return stage
