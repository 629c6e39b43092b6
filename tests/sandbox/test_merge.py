"""The patch types other than apply."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import StatusError
from sandbox.merge import json_patch, merge_patch, strategic_merge
from sandbox.schema import Node, built_in


def _schema(api_version: str, kind: str) -> Node:
    node = built_in(api_version, kind)
    assert node is not None
    return node


SCHEMA = _schema("apps/v1", "Deployment")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_patch_is_the_same_twice(document: Any, patch: Any) -> None:
    once = merge_patch(document, patch)
    assert merge_patch(once, patch) == once


@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_patch_leaves_its_document_as_it_was(document: Any, patch: Any) -> None:
    before = copy.deepcopy(document)
    merge_patch(document, patch)
    assert document == before


def test_null_removes_a_member() -> None:
    assert merge_patch({"a": 1, "b": {"c": 1}}, {"a": None, "b": {"c": None, "d": 2}}) == {"b": {"d": 2}}


@pytest.mark.parametrize(
    ("operations", "result"),
    [
        ([{"op": "add", "path": "/b", "value": 2}], {"a": [1, 2], "b": 2}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2]}),
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3]}),
        ([{"op": "replace", "path": "/a/1", "value": 5}], {"a": [1, 5]}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2]}),
        ([{"op": "move", "from": "/a", "path": "/b"}], {"b": [1, 2]}),
        ([{"op": "copy", "from": "/a/0", "path": "/b"}], {"a": [1, 2], "b": 1}),
        ([{"op": "test", "path": "/a/0", "value": 1}], {"a": [1, 2]}),
        ([{"op": "replace", "path": "", "value": {}}], {}),
        ([{"op": "add", "path": "/x~1y~0", "value": 1}], {"a": [1, 2], "x/y~": 1}),
    ],
)
def test_a_json_patch_does_what_it_says(operations: Any, result: Any) -> None:
    document = {"a": [1, 2]}
    assert json_patch(document, operations) == result
    assert document == {"a": [1, 2]}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "test", "path": "/a", "value": 2}],
        [{"op": "remove", "path": "/b"}],
        [{"op": "replace", "path": "/b", "value": 1}],
        [{"op": "add", "path": "/b/c", "value": 1}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "test", "path": "/a/0", "value": 1}],
    ],
)
def test_a_json_patch_that_does_not_apply_is_unprocessable(operations: Any) -> None:
    with pytest.raises(StatusError) as refused:
        json_patch({"a": 1}, operations)
    assert refused.value.code == 422


@pytest.mark.parametrize("operation", [{"op": "add"}, {"op": "invent", "path": "/a"}, {"op": "remove", "path": "/b"}])
def test_an_operation_that_does_not_work_out_cannot_be_processed(operation: Any) -> None:
    with pytest.raises(StatusError) as refused:
        json_patch({"a": 1}, [operation])
    assert refused.value.code == 422


def test_a_test_for_null_holds_where_nothing_is() -> None:
    assert json_patch({"a": 1}, [{"op": "test", "path": "/b", "value": None}]) == {"a": 1}


@pytest.mark.parametrize("operations", [{}, [1], [{"op": "add", "path": 3}]])
def test_a_malformed_json_patch_is_a_bad_request(operations: Any) -> None:
    with pytest.raises(StatusError) as refused:
        json_patch({"a": 1}, operations)
    assert refused.value.code == 400


def _pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers), **spec}}}}


def _patched(document: dict[str, Any], patch: dict[str, Any]) -> Any:
    return strategic_merge(SCHEMA, document, patch)["spec"]["template"]["spec"]


WEB, PROXY = {"name": "web", "image": "w:1"}, {"name": "proxy", "image": "p:1"}


def test_containers_merge_by_their_names() -> None:
    patched = _patched(_pod(WEB, PROXY), _pod({"name": "proxy", "image": "p:2"}))
    assert patched["containers"] == [WEB, {"name": "proxy", "image": "p:2"}]


def test_lists_without_a_key_are_replaced() -> None:
    patched = _patched(_pod({**WEB, "args": ["a", "b"]}), _pod({"name": "web", "args": ["c"]}))
    assert patched["containers"][0]["args"] == ["c"]


def test_an_element_is_deleted_by_directive() -> None:
    assert _patched(_pod(WEB, PROXY), _pod({"name": "web", "$patch": "delete"}))["containers"] == [PROXY]


def test_a_list_is_replaced_by_directive() -> None:
    assert _patched(_pod(WEB, PROXY), _pod(WEB, {"$patch": "replace"}))["containers"] == [WEB]


def test_a_map_is_replaced_by_directive() -> None:
    document = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    patch = {"metadata": {"labels": {"c": "3", "$patch": "replace"}}}
    assert strategic_merge(SCHEMA, document, patch)["metadata"]["labels"] == {"c": "3"}


def test_an_order_is_set_by_directive() -> None:
    patch = _pod(**{"$setElementOrder/containers": [{"name": "proxy"}, {"name": "web"}]})
    del patch["spec"]["template"]["spec"]["containers"]
    assert [c["name"] for c in _patched(_pod(WEB, PROXY), patch)["containers"]] == ["proxy", "web"]


def test_keys_are_retained_by_directive() -> None:
    document = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic_merge(SCHEMA, document, patch)["spec"]["strategy"] == {"type": "Recreate"}


def test_scalars_of_a_set_are_deleted_by_directive() -> None:
    document = {"metadata": {"finalizers": ["a/b", "c/d"]}}
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/b"]}}
    assert strategic_merge(SCHEMA, document, patch)["metadata"]["finalizers"] == ["c/d"]


def test_an_element_without_its_key_is_a_failure_of_the_server() -> None:
    with pytest.raises(StatusError) as refused:
        _patched(_pod(WEB), _pod({"image": "x"}))
    assert (refused.value.code, refused.value.reason) == (500, "")


def test_ports_merge_by_number() -> None:
    service = _schema("v1", "Service")
    document = {"spec": {"ports": [{"port": 80, "name": "http"}, {"port": 443, "name": "https"}]}}
    patched = strategic_merge(service, document, {"spec": {"ports": [{"port": 443, "targetPort": 8443}]}})
    assert patched["spec"]["ports"][1] == {"port": 443, "name": "https", "targetPort": 8443}
