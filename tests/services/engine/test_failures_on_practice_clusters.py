"""The matrix of failures over real HTTP: practice clusters are made to fail, and each runs and ends as the policy says.

`test_failure_matrix` has every cell on fake clusters. Here those of a first ring of one cluster, and of a later ring of
two: the last ring differs from the first in nothing that a cluster could show. What a cluster shows does not depend on
the policy: every way of failing is met on both clusters under one policy, and every policy at every moment.
`make failures` sets `STAGECOACH_FAILURES=all`, for every way of failing under every policy.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from db.transaction import Database
from domain.words import FailurePolicy, OperationState
from sandbox.server import Sandbox
from tests.support.failure_cells import HOW, Cell, cells, expected_images, expected_outcomes, quorum_met
from tests.support.handed_over_failures import DELIVERIES, HandedOverCell, is_of_owners
from tests.support.practice_failures import SPEED, PracticeCell, cluster_names, striking
from tests.support.promotion_stage import LIMITS, PromotionStage, staged

_LIMITS = replace(LIMITS, plan=60.0, silence=2.0)
_ALL = os.environ.get("STAGECOACH_FAILURES") == "all"
_TOGETHER = [[each] for each in FailurePolicy] if _ALL else [list(FailurePolicy)]  # most of the time, cells wait
_FOR_OWNERS = (FailurePolicy.ALL_OR_NOTHING, FailurePolicy.BEST_EFFORT)  # all goes back, and what fails alone
_PLANNED_AT_ONCE = 6  # what they wait for afterwards costs nothing, so that goes on for all at the same time


def _chosen(policy: FailurePolicy) -> list[Cell]:
    """The policy's cells of the first two rings: all, or every fourth one, so that each is met under one policy."""
    possible = [cell for when in HOW for cell in cells(policy, when, clusters="ab")]
    policies = list(FailurePolicy)
    return possible if _ALL else possible[policies.index(policy) :: len(policies)]


async def _differences(practice: PracticeCell, planning: asyncio.Semaphore) -> str | None:
    """What is not as the policy says, with all that the operation says of it."""
    async with planning:
        operation_id = await practice.started()
    cell, ended = practice.cell, await practice.ended(operation_id)
    outcomes = {each.cluster_name.partition("-")[0]: each.outcome for each in ended.clusters}
    met = cell.policy is FailurePolicy.QUORUM and quorum_met(cell)
    found = (practice.images(), outcomes, ended.state)
    expected = (
        expected_images(cell),
        expected_outcomes(cell),
        OperationState.SUCCEEDED if met else OperationState.FAILED,
    )
    if found == expected:
        return None
    told = "\n".join(f"  {each.cluster_name}: {each.outcome} {each.code} {each.detail}" for each in ended.clusters)
    return f"{cell}\n  expected {expected}\n  found    {found}\n{told}"


@asynccontextmanager
async def _clusters_for(chosen: list[Cell], database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with (
        Sandbox(cluster_names(chosen), speed=SPEED) as sandbox,
        staged(database, database_url, sandbox, limits=_LIMITS) as stage,
        striking(stage),
    ):
        yield stage


async def _require_all_as_expected(practices: Sequence[PracticeCell]) -> None:
    planning = asyncio.Semaphore(_PLANNED_AT_ONCE)
    differences = await asyncio.gather(*(_differences(each, planning) for each in practices), return_exceptions=True)
    told = [each if isinstance(each, str) else repr(each) for each in differences if each is not None]
    assert not told, "\n".join(told)
    assert [str(each.cell) for each in practices if not each.struck] == []


@pytest.mark.parametrize("policies", _TOGETHER, ids="-".join)
async def test_images_and_outcomes_are_as_the_failure_policy_says(database: Database, database_url: str, policies: Any):
    chosen = [cell for policy in policies for cell in _chosen(policy)]
    async with _clusters_for(chosen, database, database_url) as stage:
        await _require_all_as_expected([PracticeCell(cell, number, stage) for number, cell in enumerate(chosen)])


@pytest.mark.parametrize("delivery", DELIVERIES)
async def test_they_are_as_the_policy_says_where_owners_bring_the_images(
    database: Database, database_url: str, delivery: Any
):
    every = [cell for policy in _FOR_OWNERS for when in HOW for cell in cells(policy, when, clusters="b")]
    chosen = [cell for cell in every if is_of_owners(cell)]
    async with _clusters_for(chosen, database, database_url) as stage:
        await _require_all_as_expected(
            [HandedOverCell(cell, number, stage, delivery=delivery) for number, cell in enumerate(chosen)]
        )


def test_every_way_of_failing_is_tried_on_both_clusters_and_every_policy_at_every_moment():
    chosen = [cell for policy in FailurePolicy for cell in _chosen(policy)]
    ways = {(cell.cluster, cell.when, cell.how) for cell in chosen}
    assert ways == {(cluster, when, how) for cluster in "ab" for when in HOW for how in HOW[when]}
    moments = {(cell.policy, cell.cluster, cell.when) for cell in chosen}
    assert moments == set(product(FailurePolicy, "ab", HOW))
