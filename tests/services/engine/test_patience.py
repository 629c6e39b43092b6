"""An operation waits for a cluster that stops answering, and not for ever."""

import asyncio
from collections import Counter
from typing import Any, cast

import pytest

from domain.words import Outcome
from services.engine import patience
from services.engine.patience import probing, until_it_answers
from services.execution.progress import ClusterResult
from tests.support.fake_workers import FAILED, SUCCEEDED

AWAY = ClusterResult(outcome=Outcome.UNREACHABLE, code="cluster-unreachable")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_ASK_AGAIN", 0.01)
    monkeypatch.setattr(patience, "_PROBE_EVERY", 0.01)


class Attempts:
    """Answers each attempt in turn, then always with the last answer."""

    def __init__(self, *results: ClusterResult | None) -> None:
        self.results = list(results)
        self.made = 0

    async def __call__(self) -> ClusterResult | None:
        self.made += 1
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]


async def never() -> bool:
    return False


async def always() -> bool:
    return True


@pytest.mark.parametrize("end", [SUCCEEDED, FAILED, None])
async def test_a_cluster_that_comes_back_ends_as_if_it_had_not_been_away(end: ClusterResult | None) -> None:
    attempt = Attempts(AWAY, AWAY, end)
    assert await until_it_answers(attempt, silence=60, cancelled=never) is end
    assert attempt.made == 3


async def test_a_cluster_that_stays_away_is_unreachable() -> None:
    attempt = Attempts(AWAY)
    assert await until_it_answers(attempt, silence=0.05, cancelled=never) is AWAY
    assert attempt.made > 1


async def test_a_cancelled_operation_waits_for_no_cluster() -> None:
    attempt = Attempts(AWAY)
    assert await until_it_answers(attempt, silence=60, cancelled=always) is AWAY
    assert attempt.made == 1


async def test_clusters_are_probed_as_long_as_the_block_runs() -> None:
    probed: Counter[str] = Counter()
    twice = asyncio.Event()

    class Clusters:
        def allow_probe(self, cluster_id: str) -> None:
            probed[cluster_id] += 1
            if probed[cluster_id] > 1:
                twice.set()

    async with probing(cast("Any", Clusters()), ["a", "b"]):
        await asyncio.wait_for(twice.wait(), 10)
    after = dict(probed)
    await asyncio.sleep(0.05)
    assert probed == after
    assert probed.keys() == {"a", "b"}
