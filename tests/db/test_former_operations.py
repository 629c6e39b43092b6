"""Operations whose rows the former release wrote: read, shown, and opened again for a retry."""

import pytest

from api.schemas.operations import OperationDetail
from domain.stored.rollouts import UndoImages, rollouts_from_json
from domain.words import ClusterPhase, OperationKind
from tests.support.former_rows import NAMES, former_row, insert_former_row
from tests.support.rows import make_target


async def insert(database, name: str) -> str:
    row = former_row(name)
    target = await make_target(database, clusters=tuple(each["cluster_name"] for each in row["clusters"]))
    return await insert_former_row(database, name, target.app_environment)


async def detail(database, operation_id: str):
    async with database.read() as tx:
        return await tx.operations.detail(operation_id)


@pytest.mark.parametrize("name", NAMES)
async def test_an_operation_of_the_former_release_is_read(database, name):
    row, record = former_row(name), await detail(database, await insert(database, name))
    assert (record.kind, record.plan_digest) == (OperationKind(row["kind"]), row["plan_digest"])
    assert record.secret_names == tuple(row["secret_names"])
    assert list(record.spec.plan.clusters) == list(row["plan"]["clusters"])


@pytest.mark.parametrize("name", NAMES)
async def test_its_clusters_are_read_with_what_undoing_needs_and_the_rollouts_to_follow(database, name):
    row, record = former_row(name), await detail(database, await insert(database, name))
    for cluster, former in zip(record.clusters, row["clusters"], strict=True):
        assert (cluster.cluster_name, cluster.wave, cluster.code) == (
            former["cluster_name"],
            former["wave"],
            former["code"],
        )
        assert cluster.undo == (UndoImages.from_json(former["before"]) if former["before"] else None)
        assert cluster.expected == (rollouts_from_json(former["expected"]) if former["expected"] else None)


@pytest.mark.parametrize("name", NAMES)
async def test_the_api_shows_what_it_was_asked_and_what_it_planned(database, name):
    row, record = former_row(name), await detail(database, await insert(database, name))
    shown = OperationDetail.of(record).model_dump(mode="json")
    assert (shown["request"]["kind"], shown["plan"]["kind"]) == (row["kind"], row["kind"])
    assert [each["cluster"] for each in shown["plan"]["clusters"]] == list(row["plan"]["clusters"])
    assert shown["plan"]["namespace"] == row["plan"]["namespace"]


async def test_the_api_shows_the_resource_of_a_problem_that_was_stored_as_text(database):
    record = await detail(database, await insert(database, "promotion"))
    (problem,) = OperationDetail.of(record).model_dump(mode="json")["plan"]["problems"]
    assert problem["resource"] == {"api_version": "apps/v1", "kind": "Deployment", "name": "extra"}


async def test_a_retry_opens_only_the_clusters_that_have_not_succeeded(database):
    operation_id = await insert(database, "promotion")
    async with database.begin() as tx:
        await tx.operation_lifecycle.reopen(operation_id, secrets=None)
        reopened = await tx.operations.get(operation_id)
    assert {each.cluster_name: each.phase for each in reopened.clusters} == {
        "prod-eu": ClusterPhase.ENDED,
        "prod-us": ClusterPhase.WAITING,
    }
    assert reopened.clusters[0].undo is not None
