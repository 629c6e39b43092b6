"""The image delivery `git`: a commit brings the image, and whoever delivers from the repository goes on as before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.rights import Scope
from domain.stored.requests import RollbackRequest
from domain.words import Outcome, Role
from sandbox.server import Sandbox
from services.errors import ForbiddenError
from services.inventory.applications import Applications
from tests.support.actors import ANN, actor_with
from tests.support.git_server import GitServer, git_server
from tests.support.git_stage import PATH, ROLLED_BACK, TO_PRODUCTION, WEB, prepared
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged


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


async def test_whoever_administers_the_application_alone_keeps_a_file_and_names_no_other(stage, server):
    async with prepared(stage, server) as shop:
        applications = Applications(stage.database, judge_pushes=_judge_nothing)
        before = await applications.environment("shop", "Production", actor=ANN)
        kept = before.deliveries
        bob = actor_with(Role.ADMIN, name="bob", scope=Scope(applications=frozenset({before.application.id})))
        await applications.set_image_deliveries("shop", "Production", kept, actor=bob)
        (web,) = kept.workloads
        assert web.file is not None
        other = replace(web, file=replace(web.file, path="another/team.yaml"))
        with pytest.raises(ForbiddenError):
            await applications.set_image_deliveries("shop", "Production", replace(kept, workloads=(other,)), actor=bob)
        assert shop.log == ["Somebody"]


async def _judge_nothing(*_: object, **__: object) -> None:
    """No pushed image waits here."""
