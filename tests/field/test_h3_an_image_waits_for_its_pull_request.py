"""The image delivery `git` where a repository takes pull requests: a person merges, and nothing times out before."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from db.transaction import Database
from domain.words import EventType, GitProvider, Outcome
from sandbox.server import Sandbox
from tests.support.git_providers import NAME, ProviderStandIn
from tests.support.git_server import GitServer, served
from tests.support.git_stage import PATH, ROLLED_BACK, WEB, prepared
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture(params=[GitProvider.GITEA])
async def provider(request, tmp_path) -> AsyncIterator[ProviderStandIn]:
    server = GitServer(folder=tmp_path)
    stand_in = ProviderStandIn(kind=request.param, server=server)
    async with served(stand_in.answer) as server.port:
        yield stand_in


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not met():
            await asyncio.sleep(0.05)


async def waiting(stage: PromotionStage, operation: str) -> str:
    """What viewers are told while it waits."""
    async with asyncio.timeout(90):
        while True:
            for event in await stage.events_of(operation):
                if event.type is EventType.ROLLOUT_PROGRESSED and event.data.get("state") == "waiting":
                    return str(event.data["message"])
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("provider", list(GitProvider), indirect=True)
async def test_an_operation_waits_for_its_pull_request_and_ends_when_the_merged_image_runs(stage, provider):
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind) as shop:
        operation = await shop.start()
        message = await waiting(stage, operation)
        (pull,) = provider.pulls
        assert pull.url in message
        assert operation in pull.head
        assert (shop.line(), shop.image()) == (f"image: {image('web:1')}", image("web:1"))
        provider.merge(pull)
        ended = await stage.end_of(operation)
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert shop.image() == image("web:2", pinned=True)


async def test_a_pull_request_that_is_closed_unmerged_fails_the_operation(stage, provider):
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind) as shop:
        operation = await shop.start()
        await waiting(stage, operation)
        provider.pulls[0].state = "closed"
        ended = await stage.end_of(operation)
        assert (ended.clusters[0].outcome, ended.clusters[0].code) == (Outcome.FAILED, "rollout-failed")
        assert "closed without being merged" in (ended.clusters[0].detail or "")
        assert provider.server.file(NAME, PATH) == WEB


async def test_a_pull_request_with_conflicts_says_so_while_it_waits(stage, provider):
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind) as shop:
        operation = await shop.start()
        await until(lambda: provider.pulls)
        provider.pulls[0].conflicts = True
        async with asyncio.timeout(90):
            while "conflicts" not in str([each.data for each in await stage.events_of(operation)]):
                await asyncio.sleep(0.05)
        provider.pulls[0].state = "closed"
        await stage.end_of(operation)


async def test_clusters_that_share_a_file_share_a_pull_request(stage, provider):
    paths = {"prod-eu": PATH, "prod-us": PATH}
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind, paths=paths) as shop:
        operation = await shop.start()
        await waiting(stage, operation)
        (pull,) = provider.pulls
        provider.merge(pull)
        ended = await stage.end_of(operation)
        assert [each.outcome for each in ended.clusters] == [Outcome.SUCCEEDED] * 2, ended.clusters
        assert len(provider.pulls) == 1


async def test_the_way_back_of_a_merged_image_that_fails_is_a_pull_request_too(stage, provider):
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind) as shop:
        stage.set_image("staging-1", "web", "web", image("web:broken"))
        operation = await shop.start(ROLLED_BACK)
        await until(lambda: provider.open)
        provider.merge(provider.open[0])
        await until(lambda: len(provider.pulls) == 2)
        provider.merge(provider.open[0])
        ended = await stage.end_of(operation)
        assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
        assert (shop.image(), provider.server.file(NAME, PATH)) == (image("web:1"), WEB)


async def test_a_branch_into_which_no_pull_request_may_be_opened_fails_the_operation(stage, provider):
    provider.refuses = True
    async with prepared(stage, provider.server, name=NAME, pull_requests=provider.kind) as shop:
        ended = await shop.promote()
        assert (ended.clusters[0].outcome, ended.clusters[0].code) == (Outcome.FAILED, "git-pull-request-refused")
