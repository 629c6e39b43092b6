from domain.resources import ResourceId
from domain.words import Action, Outcome
from services.execution.changing_images import try_images
from services.execution.image_work import ImageWork
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from tests.support.fake_cluster import WEB, FakeCluster, FakeLog, deployment
from tests.support.image_changes import WEB_TO_2, change, execute


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
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "changed-meanwhile", WEB)
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
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "cluster-access-denied", API)
    assert cluster.images() == {"web": "shop/web:2"}


async def test_a_cluster_that_does_not_answer_is_unreachable():
    cluster = FakeCluster(deployment())
    cluster.refuse("patch", "web", ClusterUnreachableError("The cluster is away.", cluster="prod-eu"))
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
