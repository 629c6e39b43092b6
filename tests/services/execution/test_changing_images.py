from domain.images import Image, ImageChange
from domain.resources import ResourceId
from domain.stored.rollouts import UndoImages
from domain.words import Action, Outcome
from services.execution.changing_images import ImageWork, change_images, try_images
from services.execution.undoing import undo_images
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.planning.health.values import HealthPolicy
from tests.support.fake_cluster import WEB, FakeCluster, FakeLog, deployment

QUICK = HealthPolicy(soak=0)


def change(
    container: str, before: str, after: str, *, index: int = 0, workload: ResourceId = WEB, action=Action.UPDATE
):
    return ImageChange(
        workload=workload,
        container=container,
        init=False,
        pointer=f"/spec/template/spec/containers/{index}",
        before=Image.of(before),
        after=Image.of(after),
        action=action,
    )


WEB_TO_2 = change("web", "shop/web:1", "shop/web:2")


async def execute(cluster: FakeCluster, *changes: ImageChange, log: FakeLog | None = None):
    work = ImageWork.of("shop", changes)
    return await change_images(work, cluster.gateway, log or FakeLog(), deadline=Deadline.after(5))


async def test_images_are_changed_and_their_rollout_is_expected():
    cluster, log = FakeCluster(deployment(images={"web": "shop/web:1", "proxy": "proxy:1"})), FakeLog()
    result = await execute(cluster, WEB_TO_2, log=log)
    assert cluster.images() == {"web": "shop/web:2", "proxy": "proxy:1"}
    assert result.outcome is None
    [expected] = result.expected
    assert (expected.uid, expected.generation, expected.images) == ("uid-web", 2, {"web": "shop/web:2"})
    assert [(type_, resource, data["containers"]) for type_, resource, data in log.reported] == [
        ("images.changed", WEB, [{"container": "web", "before": "shop/web:1", "after": "shop/web:2"}])
    ]


async def test_all_containers_of_a_workload_change_in_one_write():
    cluster = FakeCluster(deployment(images={"web": "shop/web:1", "proxy": "proxy:1"}))
    await execute(cluster, WEB_TO_2, change("proxy", "proxy:1", "proxy:2", index=1))
    assert cluster.images() == {"web": "shop/web:2", "proxy": "proxy:2"}
    assert cluster.calls == [("patch", "web")]


async def test_what_undoing_needs_is_stored_before_anything_is_written():
    cluster = FakeCluster(deployment())
    log = FakeLog(cluster)
    await execute(cluster, WEB_TO_2, log=log)
    assert log.patches_before_undo == 0


async def test_nothing_to_change_is_unchanged_without_a_request_to_the_cluster():
    cluster, log = FakeCluster(deployment()), FakeLog()
    result = await execute(cluster, change("web", "shop/web:1", "shop/web:1", action=Action.UNCHANGED), log=log)
    assert (result.outcome, cluster.calls, log.undo) == (Outcome.UNCHANGED, [], None)


async def test_running_again_changes_nothing():
    cluster = FakeCluster(deployment())
    await execute(cluster, WEB_TO_2)
    result = await execute(cluster, WEB_TO_2)
    assert result.outcome is None
    assert result.expected[0].generation is None
    assert cluster.images() == {"web": "shop/web:2"}


async def test_an_image_that_another_writer_changed_is_not_overwritten():
    cluster = FakeCluster(deployment(images={"web": "shop/web:hotfix"}))
    result = await execute(cluster, WEB_TO_2)
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "changed-meanwhile", str(WEB))
    assert cluster.images() == {"web": "shop/web:hotfix"}


async def test_a_container_that_moved_in_the_list_is_patched_at_its_new_place():
    cluster = FakeCluster(deployment(images={"proxy": "proxy:1", "web": "shop/web:1"}))
    result = await execute(cluster, WEB_TO_2)
    assert result.outcome is None
    assert cluster.images() == {"proxy": "proxy:1", "web": "shop/web:2"}


async def test_a_container_that_is_gone_fails():
    result = await execute(FakeCluster(deployment(images={"app": "shop/web:1"})), WEB_TO_2)
    assert (result.outcome, result.code) == (Outcome.FAILED, "changed-meanwhile")


async def test_where_half_of_the_changes_are_made_the_other_half_is_made():
    cluster = FakeCluster(deployment(images={"web": "shop/web:2", "proxy": "proxy:1"}))
    result = await execute(cluster, WEB_TO_2, change("proxy", "proxy:1", "proxy:2", index=1))
    assert cluster.images() == {"web": "shop/web:2", "proxy": "proxy:2"}
    assert result.expected[0].images == {"web": "shop/web:2", "proxy": "proxy:2"}


async def test_a_workload_that_is_gone_fails():
    result = await execute(FakeCluster(), WEB_TO_2)
    assert (result.outcome, result.code) == (Outcome.FAILED, "cluster-resource-gone")


API = ResourceId.of("apps/v1", "Deployment", "api")


async def test_one_workload_that_is_refused_does_not_keep_the_others_from_being_tried():
    cluster = FakeCluster(deployment(), deployment("api", images={"web": "shop/api:1"}))
    cluster.refuse("patch", "api", AccessDeniedError("You may not.", cluster="prod-eu"))
    result = await execute(cluster, change("web", "shop/api:1", "shop/api:2", workload=API), WEB_TO_2)
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "cluster-access-denied", str(API))
    assert cluster.images() == {"web": "shop/web:2"}


async def test_a_cluster_that_does_not_answer_is_unreachable():
    cluster = FakeCluster(deployment())
    cluster.refuse("patch", "web", ClusterUnreachableError("Nobody is there.", cluster="prod-eu"))
    assert (await execute(cluster, WEB_TO_2)).outcome is Outcome.UNREACHABLE


async def test_a_dry_run_returns_refusals_and_changes_nothing():
    cluster = FakeCluster(deployment(), deployment("api", images={"web": "shop/api:1"}))
    cluster.refuse("dry-run", "api", AccessDeniedError("You may not.", cluster="prod-eu"))
    work = ImageWork.of("shop", [WEB_TO_2, change("web", "shop/api:1", "shop/api:2", workload=API)])
    refusals = await try_images(work, cluster.gateway, deadline=Deadline.after(5))
    assert [(workload, error.code) for workload, error in refusals] == [(API, "cluster-access-denied")]
    assert cluster.images() == {"web": "shop/web:1"}


async def test_an_image_that_moved_on_is_no_refusal_of_a_dry_run():
    cluster = FakeCluster(deployment(images={"web": "shop/web:9"}))
    assert await try_images(ImageWork.of("shop", [WEB_TO_2]), cluster.gateway, deadline=Deadline.after(5)) == ()


async def undo(cluster: FakeCluster, before: UndoImages, log: FakeLog | None = None):
    log = log or FakeLog()
    return await undo_images(before, cluster.gateway, "shop", log, policy=QUICK, deadline=Deadline.after(0.3))


async def changed_to_2(cluster: FakeCluster, *more: ImageChange) -> UndoImages:
    log = FakeLog()
    await execute(cluster, WEB_TO_2, *more, log=log)
    assert log.undo is not None
    return log.undo


async def test_undoing_puts_the_former_images_back():
    cluster = FakeCluster(deployment())
    before = await changed_to_2(cluster)
    log = FakeLog()
    cluster.report(observedGeneration=9)
    result = await undo(cluster, before, log)
    assert cluster.images() == {"web": "shop/web:1"}
    assert (result.outcome, result.detail) == (Outcome.ROLLED_BACK, "The previous images are restored.")
    assert log.undo is None


async def test_undoing_twice_changes_nothing_more():
    cluster = FakeCluster(deployment())
    before = await changed_to_2(cluster)
    cluster.report(observedGeneration=9)
    await undo(cluster, before)
    assert (await undo(cluster, before)).outcome is Outcome.ROLLED_BACK
    assert cluster.images() == {"web": "shop/web:1"}


async def test_undoing_what_was_never_changed_finds_it_as_it_was():
    cluster = FakeCluster(deployment())
    cluster.refuse("patch", "web", AccessDeniedError("You may not.", cluster="prod-eu"))
    before = await changed_to_2(cluster)
    assert (await undo(cluster, before)).outcome is Outcome.ROLLED_BACK
    assert cluster.images() == {"web": "shop/web:1"}


async def test_undoing_leaves_alone_what_another_writer_has_changed_since():
    cluster = FakeCluster(deployment())
    before = await changed_to_2(cluster)
    cluster.change(web="shop/web:hotfix")
    result = await undo(cluster, before)
    assert (result.outcome, result.code) == (Outcome.FAILED, "rollback-failed")
    assert cluster.images() == {"web": "shop/web:hotfix"}


async def test_undoing_reports_former_images_that_are_not_healthy():
    cluster = FakeCluster(deployment())
    before = await changed_to_2(cluster)
    result = await undo(cluster, before)
    assert result.outcome is Outcome.ROLLED_BACK
    assert "not all rollouts are healthy" in result.detail
