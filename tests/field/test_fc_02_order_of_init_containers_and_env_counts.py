"""The same init containers and variables in another order are another program."""

import copy
from typing import Any

import pytest

from domain.words import Action, OnConflict
from tests.support.two_clusters import TwoClusters, actions_of, changes_of, resource_of

_POD: dict[str, Any] = {
    "initContainers": [
        {"name": "migrate", "image": "registry.example.test/shop/ledger-tools:7", "args": ["migrate"]},
        {"name": "seed", "image": "registry.example.test/shop/ledger-tools:7", "args": ["seed"]},
    ],
    "containers": [
        {
            "name": "ledger",
            "image": "registry.example.test/shop/ledger:7",
            "env": [
                {"name": "DB_HOST", "value": "ledger-db"},
                {"name": "DB_URL", "value": "postgres://$(DB_HOST):5432/ledger"},
            ],
            "ports": [{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 8081}],
            "volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}],
        },
        {"name": "proxy", "image": "registry.example.test/net/proxy:1"},
    ],
    "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
}
_INIT = "spec.template.spec.initContainers"
_ENV = "spec.template.spec.containers[ledger].env"


def _ledger(pod=None, kind="Deployment", **metadata):
    labels = {"app": "ledger"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod or copy.deepcopy(_POD)},
    }
    if kind == "StatefulSet":
        spec["serviceName"] = "ledger"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "ledger", **metadata}, "spec": spec}


def _reordered():
    pod = copy.deepcopy(_POD)
    pod["initContainers"].reverse()
    pod["containers"][0]["env"].reverse()
    return pod


def _with_meaningless_order():
    pod = copy.deepcopy(_POD)
    pod["containers"][0]["ports"].reverse()
    pod["containers"][0]["volumeMounts"].reverse()
    pod["containers"].reverse()
    pod["volumes"].reverse()
    return pod


@pytest.fixture
def clusters():
    return TwoClusters()


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize(
    ("on_conflict", "action"),
    [
        (OnConflict.OVERWRITE, Action.UPDATE),
        (OnConflict.FAIL, Action.BLOCKED),
        (OnConflict.KEEP, Action.KEEP),
    ],
)
async def test_another_order_is_a_difference_of_the_lists_order(clusters, kind, on_conflict, action):
    clusters.create(_ledger(kind=kind))
    clusters.plant(_ledger(_reordered(), kind=kind))
    plan = await clusters.preview(on_conflict=on_conflict)
    ledger = resource_of(plan, f"{kind} ledger")
    assert ledger.action is action
    assert {(c.path, tuple(c.before), tuple(c.after)) for c in ledger.changes} == {
        (_INIT, ("seed", "migrate"), ("migrate", "seed")),
        (_ENV, ("DB_URL", "DB_HOST"), ("DB_HOST", "DB_URL")),
    }


async def test_the_order_that_was_shown_is_written_and_is_then_unchanged(clusters):
    clusters.create(_ledger())
    clusters.plant(_ledger(_reordered()))
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    pod = clusters.in_target(_ledger())["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["initContainers"]] == ["migrate", "seed"]
    assert [each["name"] for each in pod["containers"][0]["env"]] == ["DB_HOST", "DB_URL"]
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_an_order_that_changes_in_the_source_after_an_import_is_shown_and_written(clusters):
    clusters.create(_ledger())
    await clusters.copy()
    clusters.replace(_ledger(_reordered()))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert set(changes_of(plan, "Deployment ledger")) == {("changed", _INIT), ("changed", _ENV)}
    assert [p.code for p in plan.all_problems if p.code == "takes-fields-over"] == []
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    pod = clusters.in_target(_ledger())["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["initContainers"]] == ["seed", "migrate"]


async def test_lists_whose_order_means_nothing_may_stand_in_any_order(clusters):
    clusters.create(_ledger())
    clusters.plant(_ledger(_with_meaningless_order()))
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_another_change_does_not_reorder_lists_whose_order_means_nothing(clusters):
    clusters.create(_ledger(labels={"tier": "back"}))
    clusters.plant(_ledger(_with_meaningless_order()))
    before = clusters.in_target(_ledger())["spec"]["template"]
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Deployment ledger") == [("added", "metadata.labels.tier")]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert clusters.in_target(_ledger())["spec"]["template"] == before


async def test_an_item_that_is_new_comes_at_its_place(clusters):
    pod = copy.deepcopy(_POD)
    pod["initContainers"].insert(1, {"name": "check", "image": "registry.example.test/shop/ledger-tools:7"})
    clusters.create(_ledger(pod))
    clusters.plant(_ledger())
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Deployment ledger") == [("added", f"{_INIT}[check]")]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    written = clusters.in_target(_ledger())["spec"]["template"]["spec"]["initContainers"]
    assert [each["name"] for each in written] == ["migrate", "check", "seed"]


async def test_arguments_and_rules_in_another_order_are_a_difference(clusters):
    def policy(rules):
        spec = {"podSelector": {}, "ingress": rules}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "n"},
            "spec": spec,
        }

    rules = [{"ports": [{"port": 80, "protocol": "TCP"}]}, {"ports": [{"port": 81, "protocol": "TCP"}]}]
    clusters.create(policy(rules))
    clusters.plant(policy(rules[::-1]))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "NetworkPolicy n") == [("changed", "spec.ingress")]
