"""A definition fills in defaults inside a list that is replaced whole: the target's answer settles what differs."""

from typing import Any

import pytest

from domain.words import Action, OnConflict
from tests.support.two_clusters import TwoClusters, actions_of, resource_of

_PROBE = {"apiVersion": "checks.example.test/v1", "kind": "Probe", "metadata": {"name": "web"}}
_LABEL = "Probe web"


def _definition(*, defaults: bool) -> dict[str, Any]:
    timeout: dict[str, Any] = {"type": "integer"} | ({"default": 30} if defaults else {})
    step = {"type": "object", "properties": {"url": {"type": "string"}, "timeout": timeout}}
    spec = {"type": "object", "properties": {"steps": {"type": "array", "items": step}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "probes.checks.example.test"},
        "spec": {
            "group": "checks.example.test",
            "scope": "Namespaced",
            "names": {"kind": "Probe", "plural": "probes", "singular": "probe"},
            "versions": [version],
        },
    }


def _probe(*steps: dict[str, Any]) -> dict[str, Any]:
    return {**_PROBE, "spec": {"steps": list(steps)}}


@pytest.fixture
def clusters() -> TwoClusters:
    """The target's definition is newer: it defaults what the source leaves out."""
    pair = TwoClusters()
    pair.define(_definition(defaults=False), on_target=_definition(defaults=True))
    pair.create(_probe({"url": "/a"}, {"url": "/b", "timeout": 5}))
    return pair


@pytest.mark.parametrize("on_conflict", OnConflict)
async def test_a_copy_with_what_the_target_defaults_is_unchanged(clusters, on_conflict):
    await clusters.copy()
    assert clusters.in_target(_PROBE)["spec"]["steps"][0] == {"url": "/a", "timeout": 30}
    plan = await clusters.preview(on_conflict=on_conflict)
    assert (actions_of(plan), plan.nothing_to_do, plan.all_problems) == ({Action.UNCHANGED}, True, ())
    assert resource_of(plan, _LABEL).changes == ()


async def test_the_same_object_of_another_manager_is_unchanged_too(clusters):
    clusters.plant(_probe({"url": "/a"}, {"url": "/b", "timeout": 5}))
    plan = await clusters.preview()
    assert actions_of(plan) == {Action.UNCHANGED}
    assert not plan.blocked


async def test_another_value_still_differs_and_is_overwritten_on_request(clusters):
    clusters.plant(_probe({"url": "/a", "timeout": 60}, {"url": "/b", "timeout": 5}))
    plan = await clusters.preview()
    assert [problem.code for problem in plan.all_problems if problem.blocks] == ["target-differs"]
    assert actions_of(await clusters.preview(on_conflict=OnConflict.OVERWRITE)) == {Action.UPDATE}
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert actions_of(await clusters.preview(on_conflict=OnConflict.OVERWRITE)) == {Action.UNCHANGED}


async def test_a_target_that_refuses_the_dry_run_differs_as_before(clusters):
    stricter = _definition(defaults=True)
    schema = stricter["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    schema["properties"]["steps"]["maxItems"] = 1
    pair = TwoClusters()
    pair.define(_definition(defaults=False), on_target=stricter)
    pair.create(_probe({"url": "/a"}, {"url": "/b"}))
    pair.plant(_probe({"url": "/a"}))
    assert [problem.code for problem in (await pair.preview()).all_problems if problem.blocks] == ["target-differs"]
