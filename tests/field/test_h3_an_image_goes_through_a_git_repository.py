"""The image delivery `git`: a commit brings the image, and whoever delivers from the repository goes on as before."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from db.records.operations import OperationDetailRecord
from db.transaction import Database
from domain.images import ContainerRef
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.git_files import GitFile
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries, WorkloadDelivery
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import CredentialKind, FileForm, ImageDelivery, OnFailure, Outcome
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.git_delivery import GitDelivery, delivering
from tests.support.git_server import GitServer, git_server
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
ROLLED_BACK = replace(
    TO_PRODUCTION,
    containers=(ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web"),),
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web  # of the shop
        image: registry.example/shop/web:1
"""
PATH = "apps/web.yaml"


@dataclass
class Repository:
    """The repository `shop`, from which Production is delivered; Staging runs another image."""

    stage: PromotionStage
    server: GitServer
    delivery: GitDelivery

    @property
    def log(self) -> list[str]:
        """Who has committed, the newest first."""
        return self.server.git("shop", "log", "--format=%an", "main").split()

    def image(self, cluster: str = "prod-eu") -> str:
        return self.stage.images(cluster, "web")["web"]

    def line(self, path: str = PATH) -> str:
        (line,) = [each for each in self.server.file("shop", path).splitlines() if "image:" in each]
        return line.strip()

    async def start(self, request: PromotionRequest = TO_PRODUCTION) -> str:
        return (await self.stage.promoting.start("shop", request, actor=ANN, idempotency=None)).id

    async def promote(self, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
        return await self.stage.end_of(await self.start(request))

    async def refusal(self) -> Problem:
        with pytest.raises(PlanBlockedError) as refused:
            await self.promote()
        (problem,) = [each for each in refused.value.problems if each.blocks]
        return problem


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[GitServer]:
    async with git_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def prepared(
    stage: PromotionStage,
    server: GitServer,
    *,
    paths: Mapping[str, str] | None = None,
) -> AsyncIterator[Repository]:
    """Production on as many clusters as `paths` names; its file is at the path of its cluster."""
    paths = paths or {"prod-eu": PATH}
    server.create("shop", dict.fromkeys(paths.values(), WEB))
    file = GitFile(repository="shop", branch="main", path=PATH, form=FileForm.MANIFEST, paths=paths)
    record = await stage.environment(
        "Production", {cluster: (workload("web", {"web": image("web:1")}),) for cluster in paths}
    )
    await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
    web = ResourceId.of("apps/v1", "Deployment", "web")
    by_git = ImageDeliveries(workloads=(WorkloadDelivery(workload=web, delivery=ImageDelivery.GIT, file=file),))
    async with stage.database.begin() as tx:
        await tx.git_repositories.put(
            "shop",
            url=server.address("shop"),
            kind=CredentialKind.BASIC,
            username=server.username,
            secret=server.password,
        )
        given = SetImageDeliveries(deliveries=by_git, set_by="ann", set_at=datetime.now(UTC))
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=given)
    async with delivering(stage, server, {cluster: (path,) for cluster, path in paths.items()}) as delivery:
        yield Repository(stage=stage, server=server, delivery=delivery)


async def test_a_promotion_is_one_line_of_one_commit_and_ends_when_the_image_runs(stage, server):
    async with prepared(stage, server) as shop:
        ended = await shop.promote()
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert shop.image() == image("web:2", pinned=True)
        assert shop.line() == f"image: {image('web:2', pinned=True)}"
        assert shop.log == ["Stagecoach", "Somebody"]
        assert ended.id in server.git("shop", "log", "-1", "--format=%(trailers:key=Stagecoach-Operation)", "main")
        assert [each for each in stage.writes("prod-eu") if "deployments" in each[1]] == []


async def test_the_plan_names_the_line_of_the_file(stage, server):
    async with prepared(stage, server) as shop:
        plan = await shop.stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
        (change,) = plan.clusters[0].changes
        assert change.handed_over is not None
        (edit,) = change.handed_over.edits
        assert change.handed_over.owner.title == "the branch main of the Git repository shop"
        assert (edit.where, edit.before) == (f"{PATH}:9", "        image: registry.example/shop/web:1")
        assert edit.after == f"        image: {image('web:2', pinned=True)}"


async def test_an_image_that_fails_is_undone_by_a_commit_that_restores_the_file(stage, server):
    async with prepared(stage, server) as shop:
        stage.set_image("staging-1", "web", "web", image("web:broken"))
        ended = await shop.promote(ROLLED_BACK)
        assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
        assert shop.image() == image("web:1")
        assert server.file("shop", PATH) == WEB
        assert shop.log == ["Stagecoach", "Stagecoach", "Somebody"]


async def test_a_rollback_is_a_commit_too(stage, server):
    async with prepared(stage, server) as shop:
        back = RollbackRequest(operation=(await shop.promote()).id)
        started = await stage.rolling_back.start("shop", "Production", back, actor=ANN, idempotency=None)
        ended = await stage.end_of(started.id)
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert shop.log == ["Stagecoach", "Stagecoach", "Somebody"]


async def test_clusters_that_share_a_file_share_a_commit(stage, server):
    async with prepared(stage, server, paths={"prod-eu": PATH, "prod-us": PATH}) as shop:
        ended = await shop.promote()
        assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED] * 2
        assert {shop.image("prod-eu"), shop.image("prod-us")} == {image("web:2", pinned=True)}
        assert shop.log == ["Stagecoach", "Somebody"]


async def test_clusters_with_files_of_their_own_all_get_their_image(stage, server):
    async with prepared(stage, server, paths={"prod-eu": "eu/web.yaml", "prod-us": "us/web.yaml"}) as shop:
        ended = await shop.promote()
        assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED] * 2, ended.clusters
        assert {shop.line("eu/web.yaml"), shop.line("us/web.yaml")} == {f"image: {image('web:2', pinned=True)}"}


async def test_what_others_push_meanwhile_stays(stage, server):
    async with prepared(stage, server) as shop:
        pushed: list[str] = []

        def meanwhile(request: str) -> None:
            if request.startswith("POST") and "receive-pack" in request and not pushed:
                pushed.append(server.commit("shop", {"README.md": "Theirs\n"}))

        server.before = meanwhile
        ended = await shop.promote()
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert server.file("shop", "README.md") == "Theirs\n"
        assert shop.log == ["Stagecoach", "Somebody", "Somebody"]


async def test_a_line_that_somebody_else_has_changed_since_the_plan_is_left_alone(stage, server):
    theirs = WEB.replace("web:1", "web:1.1")
    async with prepared(stage, server) as shop:
        shop.delivery.going.clear()
        seen: list[str] = []

        def meanwhile(request: str) -> None:
            seen.append(request)
            if request.startswith("POST") and "receive-pack" in request and "theirs" not in seen:
                seen.append("theirs")
                server.commit("shop", {PATH: theirs})

        server.before = meanwhile
        ended = await shop.promote()
        assert (ended.clusters[0].outcome, ended.clusters[0].code) == (Outcome.FAILED, "owner-changed")
        assert server.file("shop", PATH) == theirs


async def test_a_commit_that_somebody_reverts_fails_the_operation(stage, server):
    async with prepared(stage, server) as shop:
        shop.delivery.going.clear()
        operation = await shop.start()
        while len(shop.log) < 2:
            await asyncio.sleep(0.05)
        server.commit("shop", {PATH: WEB})
        ended = await stage.end_of(operation)
        assert ended.clusters[0].outcome is Outcome.FAILED
        assert "reverted" in (ended.clusters[0].detail or "")


async def test_a_repository_that_is_not_stored_any_more_blocks_the_plan(stage, server):
    async with prepared(stage, server) as shop:
        async with stage.database.begin() as tx:
            found = await tx.git_repositories.find("shop")
            assert found is not None
            await tx.git_repositories.delete(found.id)
        problem = await shop.refusal()
        assert "shop" in problem.detail


async def test_a_file_that_names_the_image_already_blocks_the_plan_and_says_what_to_look_at(stage, server):
    async with prepared(stage, server) as shop:
        shop.delivery.going.clear()
        server.commit("shop", {PATH: WEB.replace("web:1", f"web:2@{image('web:2', pinned=True).partition('@')[2]}")})
        problem = await shop.refusal()
        assert (problem.code, "has not applied it" in problem.detail) == ("git-image-there", True)
