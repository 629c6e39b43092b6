import json
from pathlib import Path

import pytest

import sandbox
from domain.resources import Kind
from services.planning.objects.built_in import has_go_type, is_built_in

_SERVED = {
    name.rpartition("/")[0].rpartition("/")[0]
    for name in json.loads((Path(sandbox.__file__).parent / "schema.json").read_text())["kinds"]
}


def _kind(group):
    return Kind(group=group, version="v1", name="Any")


def test_every_group_that_an_api_server_serves_by_itself_is_built_in():
    assert {group for group in _SERVED if not is_built_in(_kind(group))} == set()
    assert {"", "apps", "networking.k8s.io"} <= _SERVED


@pytest.mark.parametrize("group", ["gateway.networking.k8s.io", "snapshot.storage.k8s.io", "sparkoperator.k8s.io"])
def test_a_group_of_definitions_below_k8s_io_is_not(group):
    assert not is_built_in(_kind(group))
    assert not has_go_type(_kind(group))


def test_an_aggregated_server_has_go_types_and_may_be_down_alone():
    route = _kind("route.openshift.io")
    assert (has_go_type(route), is_built_in(route)) == (True, False)
