"""The worker of operations that change images: by the plan where the cluster was read, else by planning it now."""

from types import SimpleNamespace
from typing import cast

import pytest

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from domain.declared_kinds import NONE_DECLARED
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.stored.plans import LeftBehind, StoredImagePlan, StoredImages
from domain.stored.requests import PromotionRequest
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import Outcome
from services.execution.image_worker import ImageWorker
from services.execution.worker import ClusterTask
from services.kube.deadline import Deadline
from services.kube.errors import ClusterUnreachableError
from tests.support.fake_cluster import WEB, FakeCluster, FakeLog, deployment
from tests.support.image_changes import QUICK, WEB_TO_2

_WEB_2 = ContainerImage(workload=WEB, container="web", image=Image.of("shop/web:2"))


def _task(planned: StoredImages, *, resources: tuple[ResourceId, ...] = (WEB,), undo: UndoImages | None = None):
    plan = StoredImagePlan(
        digest="sha256:1",
        source_environment="Staging",
        source_cluster=None,
        source_release=None,
        target_environment="Production",
        pin=False,
        selected=None,
        clusters={"prod-eu": planned},
        unmatched=(),
        problems=(),
        leaves=LeftBehind(namespace="shop", resources=None, images={}),
    )
    request = PromotionRequest(source_environment="Staging", target_environment="Production")
    return ClusterTask(
        operation=cast("OperationRecord", SimpleNamespace(id="operation")),
        spec=OperationSpec(request=request, plan=plan),
        target=cast("AppEnvironmentRecord", SimpleNamespace(resources=resources, declared=NONE_DECLARED)),
        source=None,
        cluster=cast("ClusterRecord", SimpleNamespace(name="prod-eu")),
        undo=undo,
        secrets=None,
    )


async def _never() -> bool:
    return False


async def _apply(cluster: FakeCluster, task: ClusterTask, log: FakeLog | None = None):
    return await ImageWorker(QUICK).apply(
        task, None, cluster.gateway, log or FakeLog(), deadline=Deadline.after(5), cancelled=_never
    )


async def test_a_cluster_that_was_read_gets_the_changes_of_the_plan():
    cluster = FakeCluster(deployment())
    result = await _apply(cluster, _task(StoredImages(read=True, changes=(WEB_TO_2,))))
    assert (result.outcome, cluster.images()) == (None, {"web": "shop/web:2"})
    assert [verb for verb, _ in cluster.calls].count("patch") == 1


async def test_a_cluster_that_was_not_read_is_planned_when_it_answers():
    cluster = FakeCluster(deployment(images={"web": "shop/web:0", "proxy": "proxy:1"}))
    log = FakeLog(cluster)
    result = await _apply(cluster, _task(StoredImages(read=False, desired=(_WEB_2,))), log)
    assert (result.outcome, cluster.images()) == (None, {"web": "shop/web:2", "proxy": "proxy:1"})
    assert log.undo is not None
    assert [(each.before.reference, log.patches_before_undo) for each in log.undo.changes] == [("shop/web:0", 0)]


async def test_a_cluster_that_was_not_read_and_runs_the_images_already_is_unchanged():
    cluster = FakeCluster(deployment(images={"web": "shop/web:2"}))
    result = await _apply(cluster, _task(StoredImages(read=False, desired=(_WEB_2,))))
    assert result.outcome is Outcome.UNCHANGED
    assert "patch" not in [verb for verb, _ in cluster.calls]


async def test_a_problem_that_blocks_the_new_plan_fails_the_cluster_unchanged():
    body = deployment()
    body["spec"]["paused"] = True
    cluster = FakeCluster(body)
    result = await _apply(cluster, _task(StoredImages(read=False, desired=(_WEB_2,))))
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "rollout-paused", WEB)
    assert cluster.images() == {"web": "shop/web:1"}


async def test_a_cluster_that_still_does_not_answer_raises():
    cluster = FakeCluster(deployment())
    cluster.refuse("get", "web", ClusterUnreachableError("No connection.", cluster="prod-eu"))
    with pytest.raises(ClusterUnreachableError):
        await _apply(cluster, _task(StoredImages(read=False, desired=(_WEB_2,))))


async def test_undo_restores_the_images_that_the_task_holds():
    cluster = FakeCluster(deployment())
    log = FakeLog()
    task = _task(StoredImages(read=True, changes=(WEB_TO_2,)))
    await _apply(cluster, task, log)
    cluster.report(observedGeneration=9)
    result = await ImageWorker(QUICK).undo(
        _task(StoredImages(read=True, changes=(WEB_TO_2,)), undo=log.undo),
        cluster.gateway,
        FakeLog(),
        deadline=Deadline.after(0.3),
    )
    assert (result.outcome, cluster.images()) == (Outcome.ROLLED_BACK, {"web": "shop/web:1"})
