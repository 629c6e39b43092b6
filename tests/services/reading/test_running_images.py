"""What is read of one cluster for the images that run: only the lists that the depth needs."""

import pytest

from domain.resources import ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError, KindNotServedError
from services.planning.health.values import HealthPolicy, HealthState
from services.reading.running_images import Depth, read_facts
from tests.support.fake_cluster import WEB, FakeCluster, deployment


async def _read(cluster: FakeCluster, *requested: ResourceId, depth: Depth = Depth.HEALTH):
    return await read_facts(
        cluster.gateway, "shop", requested or (WEB,), deadline=Deadline.after(5), policy=HealthPolicy(), depth=depth
    )


@pytest.mark.parametrize(
    ("depth", "lists", "health"),
    [
        (Depth.TEMPLATES, [], HealthState.UNKNOWN),
        (Depth.DIGESTS, ["Pod"], HealthState.UNKNOWN),
        (Depth.HEALTH, ["Pod", "ReplicaSet"], HealthState.READY),
    ],
)
async def test_a_depth_takes_its_lists_and_no_others(depth, lists, health):
    cluster = FakeCluster(deployment())
    facts = await _read(cluster, depth=depth)
    assert sorted(name for verb, name in cluster.calls if verb == "list") == lists
    assert [each.health.state for each in facts.workloads] == [health]


async def test_few_objects_of_a_kind_are_read_by_name_and_many_in_one_list():
    names = ("a", "b", "c", "d")
    ids = [ResourceId.of("apps/v1", "Deployment", name) for name in names]
    few, many = (FakeCluster(*(deployment(name) for name in names)) for _ in range(2))
    await _read(few, *ids[:3], depth=Depth.TEMPLATES)
    facts = await _read(many, *ids, depth=Depth.TEMPLATES)
    assert sorted(few.calls) == [("get", "a"), ("get", "b"), ("get", "c")]
    assert many.calls == [("list", "Deployment")]
    assert {each.resource.name for each in facts.workloads} == set(names)


async def test_a_requested_object_that_does_not_exist_is_missing():
    facts = await _read(FakeCluster(), depth=Depth.TEMPLATES)
    assert (facts.workloads, facts.missing) == ((), (WEB,))


@pytest.mark.parametrize("error", [AccessDeniedError, KindNotServedError])
async def test_without_the_right_to_list_pods_images_come_from_the_templates(error):
    cluster = FakeCluster(deployment())
    cluster.refuse("list", "Pod", error("Not for you.", cluster="prod-eu"))
    facts = await _read(cluster, depth=Depth.DIGESTS)
    assert [each.image.reference for each in facts.images] == ["shop/web:1"]


async def test_a_cluster_that_does_not_answer_raises():
    cluster = FakeCluster(deployment())
    cluster.refuse("list", "Pod", ClusterUnreachableError("No connection.", cluster="prod-eu"))
    with pytest.raises(ClusterUnreachableError):
        await _read(cluster)
