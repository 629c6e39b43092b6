"""The stand-in for Argo Rollouts behaves as Argo Rollouts does, as far as promotions can notice."""

import pytest

from sandbox.argo_rollouts.definitions import DEFINITION
from tests.support import argo_rollouts
from tests.support.sandbox_stage import NAMESPACE, SandboxStage

WEB = "registry.example/shop/web"


@pytest.fixture
def stage():
    stage = SandboxStage()
    argo_rollouts.install(stage.cluster)
    return stage


def create(stage, body):
    stage.create({**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}})
    stage.advance(60)


def running(stage, **rollout):
    """A Rollout that has rolled out its first template, and gets the second one."""
    create(stage, argo_rollouts.rollout(f"{WEB}:1", **rollout))
    stage.set_image("rollouts.argoproj.io", "web", f"{WEB}:2")
    stage.advance(60)


def status(stage):
    return stage.get("rollouts.argoproj.io", "web")["status"]


def images(stage):
    return sorted(pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in stage.all("pods"))


def test_without_its_settings_nobody_looks_at_a_rollout():
    stage = SandboxStage()
    stage.cluster.create(DEFINITION)
    create(stage, argo_rollouts.rollout(f"{WEB}:1"))
    assert "status" not in stage.get("rollouts.argoproj.io", "web")


def test_the_first_template_has_no_steps(stage):
    create(stage, argo_rollouts.rollout(f"{WEB}:1"))
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["1", "1"])
    assert status(stage)["stableRS"] == status(stage)["currentPodHash"]


def test_the_observed_generation_is_a_text(stage):
    create(stage, argo_rollouts.rollout(f"{WEB}:1"))
    assert status(stage)["observedGeneration"] == "1"


def test_a_pause_without_an_end_waits_until_a_person_promotes(stage):
    running(stage)
    assert (status(stage)["phase"], images(stage)) == ("Paused", ["1", "2"])
    stage.advance(3600)
    assert status(stage)["phase"] == "Paused"
    argo_rollouts.promote(stage.cluster, NAMESPACE)
    stage.advance(60)
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["2", "2"])


def test_a_pause_with_a_duration_ends_by_itself(stage):
    running(stage, steps=[{"setWeight": 50}, {"pause": {"duration": "10m"}}])
    assert status(stage)["phase"] == "Paused"
    stage.advance(660)
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["2", "2"])


def test_an_abort_gives_the_pods_back_to_the_stable_template(stage):
    running(stage)
    argo_rollouts.abort(stage.cluster, NAMESPACE)
    stage.advance(60)
    assert (status(stage)["phase"], images(stage)) == ("Degraded", ["1", "1"])
    assert "RolloutAborted" in status(stage)["message"]


def test_the_stable_template_comes_back_without_steps_and_ends_an_abort(stage):
    running(stage)
    argo_rollouts.abort(stage.cluster, NAMESPACE)
    stage.advance(60)
    stage.set_image("rollouts.argoproj.io", "web", f"{WEB}:1")
    stage.advance(60)
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["1", "1"])


def test_an_image_that_does_not_run_exceeds_the_deadline(stage):
    create(stage, argo_rollouts.rollout(f"{WEB}:1", progressDeadlineSeconds=120))
    stage.set_image("rollouts.argoproj.io", "web", f"{WEB}:missing")
    stage.advance(90)
    assert status(stage)["phase"] == "Progressing"
    stage.advance(90)
    assert status(stage)["phase"] == "Degraded"
    assert "ProgressDeadlineExceeded" in status(stage)["message"]


def test_one_that_is_paused_as_a_whole_makes_no_pods(stage):
    create(stage, argo_rollouts.rollout(f"{WEB}:1", steps=[]))
    stage.edit("rollouts.argoproj.io", "web", paused=True)
    stage.set_image("rollouts.argoproj.io", "web", f"{WEB}:2")
    stage.advance(60)
    assert (status(stage)["phase"], images(stage)) == ("Paused", ["1", "1"])


def test_the_template_of_a_deployment_is_rolled_out_in_its_place(stage):
    template = argo_rollouts.rollout(f"{WEB}:1")["spec"]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 0, "selector": template["selector"], "template": template["template"]},
    }
    create(stage, deployment)
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    create(stage, argo_rollouts.rollout("", workloadRef=reference, steps=[]))
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["1", "1"])
    stage.set_image("deployments", "web", f"{WEB}:2")
    stage.advance(60)
    assert (status(stage)["phase"], images(stage)) == ("Healthy", ["2", "2"])
    assert status(stage)["workloadObservedGeneration"] == str(stage.get("deployments", "web")["metadata"]["generation"])


def test_it_goes_on_where_it_was_after_a_restart(stage):
    running(stage)
    stage.restart()
    stage.advance(60)
    assert status(stage)["phase"] == "Paused"
    argo_rollouts.promote(stage.cluster, NAMESPACE)
    stage.advance(60)
    assert status(stage)["phase"] == "Healthy"
