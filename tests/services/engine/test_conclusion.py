"""What the end of an operation leaves: one release, and a configured app environment."""

import asyncio
from dataclasses import replace

from db.operation_clusters import ClusterUpdate
from domain.words import ClusterPhase, EventType, OperationKind, Outcome
from services.changes.new_operations import queue
from services.engine.conclusion import conclude
from services.inventory.releases import Releases
from tests.support.actors import ANN
from tests.support.engine_stage import new_operation
from tests.support.fake_workers import DOWN, FAILED, only
from tests.support.running import pod, seen, workload
from tests.support.specs import WEB, copy_spec, image_of, image_spec

_IMAGE = image_of("web", "shop/web:2")


async def test_an_operation_concluded_twice_at_once_is_one_release(engine_stage, target):
    spec = image_spec({"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    async with engine_stage.database.begin() as tx:
        operation = await queue(tx, new_operation(target, spec=spec))
        ended = [
            ClusterUpdate(position=each.position, phase=ClusterPhase.ENDED, outcome=Outcome.SUCCEEDED)
            for each in operation.clusters
        ]
        await tx.operation_lifecycle.update_clusters(operation.id, ended)
    await asyncio.gather(*(conclude(engine_stage.database, operation.id) for _ in range(4)))
    async with engine_stage.database.read() as tx:
        releases = await tx.releases.list(operation.app_environment_id, limit=10)
        events = await tx.events.after(operation.id, 0, limit=100)
    assert [each.number for each in releases.items] == [1]
    assert [each.type for each in events].count(EventType.OPERATION_ENDED) == 1


async def test_a_success_configures_the_app_environment_and_is_recorded_as_a_release(engine_stage, target):
    spec = copy_spec(resources=[WEB], images={"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    operation_id = await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec)
    await engine_stage.end_of(operation_id)
    async with engine_stage.database.read() as tx:
        configured = await tx.app_environments.get(target.app_environment.id)
        release = await tx.releases.get(target.app_environment.id, 1)
    assert (configured.configured, configured.namespace) == (True, "shop")
    assert [each.name for each in configured.resources] == ["web"]
    assert (release.images, release.operation_id) == ((_IMAGE,), operation_id)
    assert set(release.clusters) == {"prod-eu", "prod-us"}


async def test_the_list_of_releases_marks_what_pods_run_until_they_are_replaced(engine_stage, target):
    """fc-30: the template has the new image, and OnDelete keeps the pods."""
    database, where = engine_stage.database, target.app_environment.id

    async def promoted(tag: str, pods: str) -> list[int]:
        written = workload("web", {"web": f"shop/web:{tag}"}, updateStrategy={"type": "OnDelete"}, kind="StatefulSet")
        image = replace(image_of("web", f"shop/web:{tag}"), workload=written.id)
        async with database.begin() as tx:
            operation = await queue(tx, new_operation(target, spec=image_spec({"prod-eu": [image]})))
            ended = [
                ClusterUpdate(position=each.position, phase=ClusterPhase.ENDED, outcome=Outcome.SUCCEEDED)
                for each in operation.clusters
            ]
            await tx.operation_lifecycle.update_clusters(operation.id, ended)
        facts = seen("prod-eu", [written], [pod(written, {"web": f"shop/web:{pods}"}, ordinal=0)])
        await conclude(database, operation.id, {"prod-eu": facts})
        page = await Releases(database).list(
            target.app_environment.application.name,
            target.app_environment.environment.name,
            actor=ANN,
            after=None,
            limit=9,
        )
        async with database.read() as tx:
            assert {each.reference for each in await tx.running_images.of(where)} == {f"shop/web:{tag}"}
        return [each.number for each in page.items if each.current]

    assert await promoted("1", pods="1") == [1]
    assert await promoted("2", pods="1") == [1]
    assert await promoted("2", pods="2") == [3]


async def test_half_a_success_configures_the_app_environment_but_is_no_release(engine_stage, target):
    spec = copy_spec(images={"prod-eu": [_IMAGE], "prod-us": [_IMAGE]})
    engine_stage.worker.applying = only("prod-us", DOWN)
    await engine_stage.end_of(await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec))
    async with engine_stage.database.read() as tx:
        record = await tx.app_environments.get(target.app_environment.id)
    assert (record.configured, record.last_release) == (True, 0)


async def test_without_a_good_cluster_nothing_is_configured_and_no_release_recorded(engine_stage, target):
    spec = copy_spec(images={"prod-eu": [_IMAGE]})
    engine_stage.worker.applying = lambda _: FAILED
    await engine_stage.end_of(await engine_stage.start(target, kind=OperationKind.CONFIGURE, spec=spec))
    async with engine_stage.database.read() as tx:
        record = await tx.app_environments.get(target.app_environment.id)
    assert (record.configured, record.last_release) == (False, 0)
