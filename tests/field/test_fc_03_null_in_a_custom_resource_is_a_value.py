"""In a custom resource null is data: it stops a default, and takes one away from a chart."""

from typing import Any

import pytest

from domain.words import Action, OnConflict
from tests.support.two_clusters import TwoClusters, actions_of, changes_of, resource_of

_SPEC_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "timeoutSeconds": {"type": "integer", "nullable": True, "default": 300},
        "values": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "steps": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    },
}
_VALUES: dict[str, Any] = {
    "livenessProbe": None,
    "resources": {"limits": {"cpu": None, "memory": "1Gi"}},
    "tolerations": [],
    "enabled": False,
    "extra": {},
}
_SPEC: dict[str, Any] = {"timeoutSeconds": None, "values": _VALUES, "steps": [{"name": "a", "when": None, "needs": []}]}


def _definition(spec=None):
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec or _SPEC_SCHEMA}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "chartreleases.delivery.example.test"},
        "spec": {
            "group": "delivery.example.test",
            "scope": "Namespaced",
            "names": {"kind": "ChartRelease", "plural": "chartreleases", "singular": "chartrelease"},
            "versions": [version],
        },
    }


def _release(**spec):
    return {
        "apiVersion": "delivery.example.test/v1",
        "kind": "ChartRelease",
        "metadata": {"name": "search"},
        "spec": _SPEC | spec,
    }


@pytest.fixture
def clusters():
    pair = TwoClusters()
    pair.define(_definition())
    return pair


async def test_nulls_and_empty_lists_and_objects_are_copied_key_by_key(clusters):
    clusters.create(_release())
    await clusters.copy()
    assert clusters.in_target(_release())["spec"] == _SPEC
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_what_belongs_to_the_origin_is_dropped_all_the_same(clusters):
    clusters.create(_release())
    await clusters.copy()
    theirs, ours = clusters.in_source(_release())["metadata"], clusters.in_target(_release())["metadata"]
    assert theirs["uid"] != ours["uid"]
    assert not {"finalizers", "ownerReferences"} & set(ours)


@pytest.mark.parametrize(
    ("there", "path"),
    [
        ({"timeoutSeconds": 300}, "spec.timeoutSeconds"),
        ({"values": {k: v for k, v in _VALUES.items() if k != "livenessProbe"}}, "spec.values.livenessProbe"),
        ({"values": {**_VALUES, "tolerations": [{"key": "a"}]}}, "spec.values.tolerations"),
        ({"values": {k: v for k, v in _VALUES.items() if k != "tolerations"}}, "spec.values.tolerations"),
        ({"steps": [{"name": "a", "needs": []}]}, "spec.steps"),
    ],
)
async def test_a_target_without_the_null_or_the_empty_list_differs_and_gets_it(clusters, there, path):
    clusters.create(_release())
    clusters.plant(_release(**there))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert [changed for _, changed in changes_of(plan, "ChartRelease search")] == [path]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert clusters.in_target(_release())["spec"] == _SPEC


async def test_a_null_in_the_place_of_an_object_is_written_though_an_apply_would_keep_the_object(clusters):
    clusters.create(_release())
    clusters.plant(_release(values={**_VALUES, "livenessProbe": {"httpGet": {"port": 80}}}))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert ("changed", "spec.values.livenessProbe") in changes_of(plan, "ChartRelease search")
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert clusters.in_target(_release())["spec"] == _SPEC
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_what_the_targets_definition_would_store_otherwise_is_said_before():
    clusters = TwoClusters()
    older = {**_SPEC_SCHEMA["properties"], "timeoutSeconds": {"type": "integer", "default": 300}}
    clusters.define(_definition(), on_target=_definition({"type": "object", "properties": older}))
    clusters.create(_release())
    plan = await clusters.preview()
    (said,) = [p for p in plan.all_problems if p.code == "stored-differently"]
    assert "spec.timeoutSeconds" in said.detail
    assert not plan.blocked


async def test_what_is_stored_as_it_was_sent_is_not_spoken_of(clusters):
    clusters.create(_release())
    assert [p.code for p in (await clusters.preview()).all_problems if p.code == "stored-differently"] == []


async def test_null_in_a_built_in_kind_means_not_set(clusters):
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "labels": None},
        "data": {"a": "1"},
        "binaryData": None,
    }
    clusters.create(body)
    await clusters.copy()
    plan = await clusters.preview()
    assert resource_of(plan, "ConfigMap c").action is Action.UNCHANGED
