"""A failed cluster gets its former images back, unless another writer has changed them since."""

from domain.images import ImageChange
from domain.stored.rollouts import UndoImages
from domain.words import Outcome
from services.execution.undoing import undo_images
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from tests.support.fake_cluster import FakeCluster, FakeLog, deployment
from tests.support.image_changes import QUICK, WEB_TO_2, execute


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


async def test_undoing_a_write_that_was_refused_restores_nothing_though_it_would_be_refused_as_well():
    cluster = FakeCluster(deployment())
    refused = AccessDeniedError("You may not.", cluster="prod-eu")
    cluster.refuse("patch", "web", refused, refused)
    before = await changed_to_2(cluster)
    assert (await undo(cluster, before)).outcome is Outcome.ROLLED_BACK


async def test_undoing_a_write_that_was_made_says_that_its_own_write_was_refused():
    cluster = FakeCluster(deployment())
    before = await changed_to_2(cluster)
    cluster.refuse("patch", "web", AccessDeniedError("You may not.", cluster="prod-eu"))
    result = await undo(cluster, before)
    assert (result.outcome, result.code) == (Outcome.FAILED, "rollback-failed")
    assert "You may not." in (result.detail or "")


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
