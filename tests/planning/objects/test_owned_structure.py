"""How a custom resource's lists and maps merge is read from the ownership of its fields."""

from typing import Any

import pytest

from services.planning.objects.diff import diff
from tests.support.objects import obj


def _changes(live_spec, fields, desired_spec, manager="stagecoach"):
    entry = {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": fields}}
    live = obj("shop.example/v1", "Thing", metadata={"managedFields": [entry]}, spec=live_spec)
    desired = obj("shop.example/v1", "Thing", spec=desired_spec)
    return [(change.kind.value, change.path) for change in diff(live, desired)]


def test_a_member_that_leaves_a_map_which_is_replaced_as_a_whole_is_a_change():
    live = {"selector": {"app": "web", "tier": "front"}}
    assert _changes(live, {"f:selector": {}}, {"selector": {"app": "web"}}) == [("changed", "spec.selector")]


def test_members_that_others_added_to_a_map_are_no_change():
    live = {"labels": {"app": "web", "team": "shop"}}
    assert _changes(live, {"f:labels": {"f:app": {}}}, {"labels": {"app": "web"}}) == []


def test_defaults_inside_of_an_empty_map_are_no_change():
    assert _changes({"storage": {"size": "1Gi"}}, {"f:storage": {}}, {"storage": {}}) == []


_HTTP, _TLS = {"name": "http", "port": 80}, {"name": "tls", "port": 443}
_OURS: dict[str, Any] = {"f:listeners": {'k:{"name":"http"}': {".": {}, "f:name": {}, "f:port": {}}}}


def test_an_item_of_somebody_else_in_a_list_with_keys_is_no_change():
    assert _changes({"listeners": [_HTTP, _TLS]}, _OURS, {"listeners": [_HTTP]}) == []


def test_a_default_in_an_item_of_a_list_with_keys_is_no_change():
    assert _changes({"listeners": [{**_HTTP, "protocol": "HTTP"}]}, _OURS, {"listeners": [_HTTP]}) == []


@pytest.mark.parametrize(
    ("desired", "change"),
    [
        ([{**_HTTP, "port": 8080}], ("changed", "spec.listeners[http].port")),
        ([], ("removed", "spec.listeners[http]")),
        ([_HTTP, {"name": "grpc"}], ("added", "spec.listeners[grpc]")),
        ([_TLS, _HTTP], ("changed", "spec.listeners")),
    ],
)
def test_what_an_apply_changes_in_a_list_with_keys_is_a_change(desired: list[Any], change):
    assert _changes({"listeners": [_HTTP, _TLS]}, _OURS, {"listeners": desired}) == [change]


def test_a_list_of_which_no_item_is_owned_is_replaced_as_a_whole():
    live = {"listeners": [_HTTP, _TLS]}
    assert _changes(live, {"f:listeners": {}}, {"listeners": [_HTTP]}) == [("changed", "spec.listeners")]
