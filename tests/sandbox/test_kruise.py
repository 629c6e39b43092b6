"""The stand-in for OpenKruise treats CloneSets as OpenKruise does, as far as promotions can notice."""

import pytest

from sandbox.kruise.definitions import DEFINITION
from tests.support import kruise
from tests.support.sandbox_stage import NAMESPACE, SandboxStage

WEB = "registry.example/shop/web"


@pytest.fixture
def stage():
    stage = SandboxStage()
    kruise.install(stage.cluster)
    return stage


def create(stage, **strategy):
    body = kruise.clone_set(f"{WEB}:1", **strategy)
    stage.create({**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}})
    stage.advance(60)


def changed(stage, tag="2", **strategy):
    create(stage, **strategy)
    stage.set_image("clonesets.apps.kruise.io", "web", f"{WEB}:{tag}")
    stage.advance(60)


def counts(stage, *names):
    status = stage.get("clonesets.apps.kruise.io", "web")["status"]
    return tuple(status[name] for name in names)


def images(stage):
    return sorted(pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in stage.all("pods"))


def test_without_its_settings_nobody_looks_at_a_clone_set():
    stage = SandboxStage()
    stage.cluster.create(DEFINITION)
    create(stage)
    assert "status" not in stage.get("clonesets.apps.kruise.io", "web")


def test_a_changed_template_replaces_all_pods(stage):
    changed(stage)
    assert images(stage) == ["2", "2"]
    assert counts(stage, "updatedReadyReplicas", "availableReplicas", "expectedUpdatedReplicas") == (2, 2, 2)
    assert len(set(counts(stage, "currentRevision", "updateRevision"))) == 1


def test_not_more_pods_than_may_be_are_unavailable(stage):
    changed(stage)
    ready = [
        each["status"]["readyReplicas"] for each in stage.changes if each["kind"] == "CloneSet" and "status" in each
    ]
    assert min(ready[ready.index(2) :]) == 1


@pytest.mark.parametrize("partition", [1, "50%", "99%"])
def test_a_partition_keeps_pods_of_the_former_template(stage, partition):
    changed(stage, partition=partition)
    assert images(stage) == ["1", "2"]
    assert counts(stage, "updatedReplicas", "updatedReadyReplicas", "expectedUpdatedReplicas") == (1, 1, 1)
    kruise.set_strategy(stage.cluster, NAMESPACE)
    stage.advance(60)
    assert images(stage) == ["2", "2"]


def test_a_lost_pod_of_the_former_template_comes_back_with_it(stage):
    changed(stage, partition=1)
    [former] = [pod for pod in stage.all("pods") if pod["spec"]["containers"][0]["image"] == f"{WEB}:1"]
    stage.delete("pods", former["metadata"]["name"])
    stage.advance(60)
    assert images(stage) == ["1", "2"]


def test_a_paused_one_replaces_no_pod(stage):
    changed(stage, paused=True)
    assert (images(stage), counts(stage, "updatedReplicas")) == (["1", "1"], (0,))


def test_an_image_that_does_not_run_takes_as_many_pods_as_may_be_unavailable(stage):
    changed(stage, "broken")
    assert images(stage) == ["1", "broken"]
    assert counts(stage, "readyReplicas", "updatedReplicas", "updatedReadyReplicas") == (1, 1, 0)
    stage.set_image("clonesets.apps.kruise.io", "web", f"{WEB}:1")
    stage.advance(60)
    assert images(stage) == ["1", "1"]


def test_the_way_back_stops_at_a_partition_too(stage):
    changed(stage, "broken", partition=1)
    stage.set_image("clonesets.apps.kruise.io", "web", f"{WEB}:1")
    stage.advance(60)
    assert images(stage) == ["1", "broken"]
    assert counts(stage, "updatedReplicas", "expectedUpdatedReplicas") == (1, 2)


def test_it_goes_on_where_it_was_after_a_restart(stage):
    changed(stage, partition=1)
    stage.restart()
    kruise.set_strategy(stage.cluster, NAMESPACE)
    stage.advance(60)
    assert images(stage) == ["2", "2"]
