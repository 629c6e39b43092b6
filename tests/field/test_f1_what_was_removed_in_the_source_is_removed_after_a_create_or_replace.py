"""An object that was created or replaced as a whole, and is applied later: what was removed in the source goes."""

import copy

import pytest

from domain.words import Action, OnConflict
from tests.support.two_clusters import TARGET, TwoClusters, actions_of, changes_of

_TWICE = [{"name": "MODE", "value": "first"}, {"name": "MODE", "value": "second"}]


def _edge(env, *, extras=False, **metadata):
    labels = {"app": "edge"}
    containers = [{"name": "edge", "image": "registry.example.test/net/edge:1.0.0", "env": env}]
    spec = {"containers": containers}
    if extras:
        containers.append({"name": "sidecar", "image": "registry.example.test/net/sidecar:1"})
        env.append({"name": "OLD", "value": "x"})
        spec["volumes"] = [{"name": "scratch", "emptyDir": {}}]
        metadata = {"labels": {"stage": "old"}, "annotations": {"example.org/note": "old"}, **metadata}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "edge", **metadata},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


_GONE = {
    ("removed", "metadata.labels.stage"),
    ("removed", "metadata.annotations[example.org/note]"),
    ("removed", "spec.template.spec.volumes[scratch]"),
    ("removed", "spec.template.spec.containers[sidecar]"),
}


def _assert_nothing_is_left(clusters):
    written = clusters.in_target(_edge([]))
    pod = written["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["containers"]] == ["edge"]
    assert "OLD" not in {each["name"] for each in pod["containers"][0]["env"]}
    assert not pod.get("volumes")
    assert not written["metadata"].get("labels")
    assert "example.org/note" not in (written["metadata"].get("annotations") or {})


@pytest.fixture
async def created():
    """Created in the target: its list repeats a key, which an apply refuses."""
    clusters = TwoClusters()
    clusters.create(_edge(copy.deepcopy(_TWICE), extras=True))
    await clusters.copy()
    return clusters


async def test_after_a_create_mended_duplicates_take_the_removed_parts_along(created):
    created.replace(_edge([{"name": "MODE", "value": "second"}]))
    plan = await created.preview(on_conflict=OnConflict.OVERWRITE)
    assert set(changes_of(plan, "Deployment edge")) >= _GONE
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    _assert_nothing_is_left(created)
    assert actions_of(await created.preview()) == {Action.UNCHANGED}


async def test_after_a_replace_too(created):
    created.replace(_edge([*_TWICE, {"name": "MODE", "value": "third"}], extras=True))
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    created.replace(_edge([{"name": "MODE", "value": "third"}]))
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    _assert_nothing_is_left(created)


async def test_with_the_duplicates_still_there_removed_parts_are_shown_and_go(created):
    created.replace(_edge(copy.deepcopy(_TWICE)))
    plan = await created.preview(on_conflict=OnConflict.OVERWRITE)
    assert set(changes_of(plan, "Deployment edge")) >= _GONE
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    _assert_nothing_is_left(created)
    assert actions_of(await created.preview()) == {Action.UNCHANGED}


async def test_what_others_added_survives_the_apply(created):
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "edge", "labels": {"team": "edge"}},
        "spec": {"template": {"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a.example.test"]}]}}},
    }
    created.apply(theirs, "platform", cluster=created.target, namespace=TARGET)
    created.replace(_edge([{"name": "MODE", "value": "second"}]))
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    written = created.in_target(theirs)
    assert written["metadata"]["labels"] == {"team": "edge"}
    assert written["spec"]["template"]["spec"]["hostAliases"]


async def test_what_a_replacement_drops_of_others_is_shown(created):
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "edge"},
        "spec": {"template": {"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a.example.test"]}]}}},
    }
    created.apply(theirs, "platform", cluster=created.target, namespace=TARGET)
    created.replace(_edge([*_TWICE, {"name": "MORE", "value": "1"}], extras=True))
    plan = await created.preview(on_conflict=OnConflict.OVERWRITE)
    assert ("removed", "spec.template.spec.hostAliases[10.0.0.1]") in changes_of(plan, "Deployment edge")
    await created.copy(on_conflict=OnConflict.OVERWRITE)
    assert not created.in_target(theirs)["spec"]["template"]["spec"].get("hostAliases")


async def test_a_container_whose_image_was_promoted_is_removed_as_a_whole():
    clusters = TwoClusters()
    clusters.create(_edge([{"name": "MODE", "value": "1"}], extras=True))
    await clusters.copy()
    promoted = clusters.in_target(_edge([]))
    promoted["spec"]["template"]["spec"]["containers"][1]["image"] = "registry.example.test/net/sidecar:2"
    clusters.target.update(promoted, manager="stagecoach")
    clusters.replace(_edge([{"name": "MODE", "value": "1"}]))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert set(changes_of(plan, "Deployment edge")) >= _GONE
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    _assert_nothing_is_left(clusters)


async def test_an_image_that_was_deployed_into_a_container_of_somebody_else_stays():
    clusters = TwoClusters()
    clusters.create(_edge([{"name": "MODE", "value": "1"}, {"name": "OLD", "value": "1"}]))
    await clusters.copy()
    theirs = {"containers": [{"name": "proxy", "image": "registry.example.test/net/proxy:1"}]}
    proxy = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "edge"},
        "spec": {"template": {"spec": theirs}},
    }
    clusters.apply(proxy, "platform", cluster=clusters.target, namespace=TARGET)
    deployed = clusters.in_target(proxy)
    for container in deployed["spec"]["template"]["spec"]["containers"]:
        container["image"] = "registry.example.test/net/other:2"
    clusters.target.update(deployed, manager="stagecoach")
    clusters.replace(_edge([{"name": "MODE", "value": "1"}]))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert not plan.blocked
    gone = [path for kind, path in changes_of(plan, "Deployment edge") if kind == "removed"]
    assert gone == ["spec.template.spec.containers[edge].env[OLD]"]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    written = clusters.in_target(proxy)["spec"]["template"]["spec"]["containers"]
    assert {each["name"]: each["image"].rpartition("/")[2] for each in written} == {
        "edge": "edge:1.0.0",
        "proxy": "other:2",
    }
    assert [each["name"] for each in written[0]["env"]] == ["MODE"]
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_an_account_that_the_source_no_longer_names_is_no_longer_the_targets():
    """A server fills the name in from its deprecated alias, so that leaving it out would change nothing."""
    clusters = TwoClusters()
    with_account = _edge([])
    with_account["spec"]["template"]["spec"]["serviceAccountName"] = "runner"
    clusters.create(with_account)
    await clusters.copy()
    clusters.replace(_edge([]))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Deployment edge") == [("changed", "spec.template.spec.serviceAccountName")]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    pod = clusters.in_target(with_account)["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["serviceAccount"]) == ("default", "default")
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}
