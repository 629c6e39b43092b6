"""What becomes of a cluster that a met quorum left behind: it is told, once, until it has the release."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from db.transaction import Database
from domain.divergences import DivergenceKind, OpenDivergence
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Amount, Strategy
from domain.words import FailurePolicy, OperationState, Outcome
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.reading.live.diverging import Diverging
from tests.support.actors import ANN
from tests.support.live_rows import claimed, process
from tests.support.pictures import Clock
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

_TO_PRODUCTION = PromotionRequest(
    source_environment="Staging",
    target_environment="Production",
    strategy=Strategy(failure=FailurePolicy.QUORUM, quorum=Amount(value=1)),
)


@dataclass
class Watched:
    """The app environments, and whoever watches them for drift, by a clock that the test moves on."""

    stage: PromotionStage
    diverging: Diverging
    clock: Clock

    async def look(self, *, after: float = 0.0) -> tuple[OpenDivergence, ...]:
        """What is open after a look at the clusters, so many seconds later."""
        self.clock.seconds += after
        await self.stage.live.refresh()
        await self.diverging.look()
        async with self.stage.database.read() as tx:
            return tuple(each for found in (await tx.divergences.open()).values() for each in found)


@pytest.fixture
async def watched(database: Database, database_url: str) -> AsyncIterator[Watched]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox, staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": (_web("2"),)})
        await stage.environment("Production", {"prod-eu": (_web("1"),), "prod-us": (_web("1"),)})
        clock, leases = Clock(), SimpleNamespace(epoch=(await claimed(database, process())).get)
        live = stage.live
        diverging = Diverging(database, live.places, live.picture, leases, clock=clock, timer=clock.timer)
        yield Watched(stage, diverging, clock)


def _web(tag: str) -> dict[str, Any]:
    return workload("web", {"web": image(f"web:{tag}")})


async def _promoted_to_one_of_two(stage: PromotionStage) -> int:
    """The number of the release, which prod-us refused."""
    stage.sandbox.faults("prod-us").failures = [
        Failure(status=403, methods=("PATCH",), path=r"/deployments/web(?!.*dryRun)")
    ]
    started = await stage.promoting.start("shop", _TO_PRODUCTION, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    stage.sandbox.faults("prod-us").failures = []
    assert ended.state is OperationState.SUCCEEDED
    [release, *_] = await stage.releases_of("Production")
    assert tuple(release.clusters) == ("prod-eu",)
    return release.number


async def test_a_cluster_that_a_quorum_left_behind_is_skew_that_stays_open_until_it_converges(watched):
    stage = watched.stage
    release = await _promoted_to_one_of_two(stage)
    assert await watched.look() == ()
    [skew] = await watched.look(after=31)
    assert skew.divergence.kind is DivergenceKind.SKEW
    assert {each.cluster: each.expected and each.expected.tag for each in skew.divergence.found} == {
        "prod-eu": None,
        "prod-us": "2",
    }
    for _ in range(5):
        assert await watched.look(after=61) == (skew,)
    request = RollbackRequest(release=release, clusters=("prod-us",))
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    assert [each.outcome for each in (await stage.end_of(started.id)).clusters] == [Outcome.SUCCEEDED]
    assert stage.images("prod-us", "web") == stage.images("prod-eu", "web")
    assert await watched.look(after=1) == ()
    [release, *_] = await stage.releases_of("Production")
    assert sorted(release.clusters) == ["prod-eu", "prod-us"]


async def test_the_next_plan_tells_of_a_cluster_that_a_quorum_left_behind(watched):
    stage = watched.stage
    await _promoted_to_one_of_two(stage)
    await watched.look()
    await watched.look(after=31)
    plan = await stage.promoting.preview("shop", _TO_PRODUCTION, actor=ANN)
    [problem] = plan.all_problems
    assert (problem.code, problem.severity, problem.cluster) == ("drifted", "tells", "prod-us")
    assert "as release 1 has it. It was not brought to this cluster. This plan replaces it." in problem.detail
