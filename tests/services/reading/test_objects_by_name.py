"""Objects by name: few are read one by one, many of a kind with one list."""

from domain.resources import ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.reading.objects_by_name import by_kind, get_if_allowed, read_objects
from tests.support.fake_cluster import WEB, FakeCluster, deployment
from tests.support.objects import config_map

CONFIG_MAPS = tuple(ResourceId.of("v1", "ConfigMap", f"settings-{number}") for number in range(4))
DENIED = AccessDeniedError("may not", cluster="prod-eu")


def shop() -> FakeCluster:
    """Four ConfigMaps that are asked for, one that is not, and a Deployment."""
    names = (*(each.name for each in CONFIG_MAPS), "other")
    return FakeCluster(deployment(), *(config_map(name).body for name in names))


async def read(cluster: FakeCluster, *requested: ResourceId) -> set[ResourceId]:
    return {*await read_objects(cluster.gateway, "shop", requested, deadline=Deadline.after(5))}


async def test_a_few_objects_are_read_one_by_one_without_those_that_do_not_exist():
    cluster, absent = shop(), ResourceId.of("v1", "ConfigMap", "absent")
    assert await read(cluster, WEB, CONFIG_MAPS[0], absent) == {WEB, CONFIG_MAPS[0]}
    assert "list" not in {verb for verb, _ in cluster.calls}


async def test_many_objects_of_a_kind_are_listed_once_and_others_of_the_kind_left_out():
    cluster = shop()
    assert await read(cluster, *CONFIG_MAPS) == {*CONFIG_MAPS}
    assert cluster.calls == [("list", "ConfigMap")]


async def test_a_credential_that_may_get_and_not_list_reads_them_one_by_one():
    cluster = shop()
    cluster.refuse("list", "ConfigMap", DENIED)
    assert await read(cluster, *CONFIG_MAPS) == {*CONFIG_MAPS}


async def test_a_kind_that_is_not_served_has_no_objects():
    cluster = shop()
    cluster.refuse("list", "ConfigMap", KindNotServedError("no such kind", cluster="prod-eu"))
    assert await read(cluster, WEB, *CONFIG_MAPS) == {WEB}


async def test_what_may_not_be_read_is_none_where_the_caller_can_do_without():
    cluster = shop()
    cluster.refuse("get", "web", DENIED)
    deadline = Deadline.after(5)
    assert await get_if_allowed(cluster.gateway, WEB.kind, "web", namespace="shop", deadline=deadline) is None
    again = await get_if_allowed(cluster.gateway, WEB.kind, "web", namespace="shop", deadline=deadline)
    assert again is not None


def test_names_are_grouped_by_kind():
    assert by_kind([WEB, *CONFIG_MAPS[:2], WEB]) == {
        WEB.kind: {"web"},
        CONFIG_MAPS[0].kind: {"settings-0", "settings-1"},
    }
