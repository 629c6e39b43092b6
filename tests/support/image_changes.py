"""Changes of images, executed on a fake cluster."""

from domain.images import Image, ImageChange
from domain.resources import ResourceId
from domain.words import Action
from services.execution.changing_images import change_images
from services.execution.image_work import ImageWork
from services.kube.deadline import Deadline
from services.planning.health.values import HealthPolicy
from tests.support.fake_cluster import WEB, FakeCluster, FakeLog

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
