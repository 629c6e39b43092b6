"""The stand-in for Flagger behaves as Flagger does, as far as promotions can notice."""

import pytest

from sandbox.flagger.definitions import DEFINITION
from tests.support import flagger
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, container, deployment, template

WEB = "registry.example/shop/web"
_LONG = 60


@pytest.fixture
def stage():
    stage = SandboxStage()
    flagger.install(stage.cluster)
    return stage


def in_namespace(body):
    return {**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}}


def initialized(stage, **canary):
    """The Deployment `web` of two pods, which its Canary has taken over."""
    pod = template(container(image=f"{WEB}:1"))
    stage.create(deployment(pod=pod, progressDeadlineSeconds=600))
    stage.create(in_namespace(flagger.canary(**canary)))
    stage.advance(_LONG)


def changed(stage, tag="2", **canary):
    initialized(stage, **canary)
    stage.set_image("deployments", "web", f"{WEB}:{tag}")
    stage.advance(_LONG)


def status(stage):
    return stage.get("canaries.flagger.app", "web")["status"]


def deployed(stage):
    """Of both Deployments: the tag, and how many pods are desired."""
    both = (stage.get("deployments", name)["spec"] for name in ("web", "web-primary"))
    return [(each["template"]["spec"]["containers"][0]["image"].rpartition(":")[2], each["replicas"]) for each in both]


def test_without_its_gates_nobody_looks_at_a_canary():
    stage = SandboxStage()
    stage.cluster.create(DEFINITION)
    initialized(stage)
    assert "status" not in stage.get("canaries.flagger.app", "web")


def test_a_primary_is_made_of_the_deployment_which_is_left_without_pods(stage):
    initialized(stage)
    assert (status(stage)["phase"], deployed(stage)) == ("Initialized", [("1", 0), ("1", 2)])
    assert status(stage)["lastPromotedSpec"] == status(stage)["lastAppliedSpec"] != ""


def test_a_change_is_analysed_and_copied_to_the_primary(stage):
    changed(stage)
    assert (status(stage)["phase"], deployed(stage)) == ("Succeeded", [("2", 0), ("2", 2)])
    phases = [each["status"]["phase"] for each in stage.changes if each["kind"] == "Canary" and "status" in each]
    assert list(dict.fromkeys(phases)) == [
        *("Initializing", "Initialized", "Progressing", "Promoting", "Finalising", "Succeeded")
    ]


def test_a_change_is_taken_up_after_an_interval_and_not_at_once(stage):
    initialized(stage, interval="40s")
    stage.set_image("deployments", "web", f"{WEB}:2")
    stage.advance(5)
    assert (status(stage)["phase"], deployed(stage)[0]) == ("Initialized", ("2", 0))


def test_no_pod_starts_before_the_rollout_is_confirmed(stage):
    changed(stage, gates=["confirm-rollout"])
    assert (status(stage)["phase"], deployed(stage)) == ("Waiting", [("2", 0), ("1", 2)])
    flagger.open_gate(stage.cluster, NAMESPACE, "confirm-rollout")
    stage.advance(_LONG)
    assert status(stage)["phase"] == "Succeeded"


def test_the_primary_is_left_alone_until_the_promotion_is_confirmed(stage):
    changed(stage, gates=["confirm-promotion"])
    assert (status(stage)["phase"], deployed(stage)) == ("WaitingPromotion", [("2", 1), ("1", 2)])
    flagger.open_gate(stage.cluster, NAMESPACE, "confirm-promotion")
    stage.advance(_LONG)
    assert (status(stage)["phase"], deployed(stage)) == ("Succeeded", [("2", 0), ("2", 2)])


def test_a_person_who_calls_it_back_fails_it(stage):
    changed(stage, gates=["confirm-promotion", "rollback"])
    flagger.open_gate(stage.cluster, NAMESPACE, "rollback")
    stage.advance(_LONG)
    assert (status(stage)["phase"], deployed(stage)) == ("Failed", [("2", 0), ("1", 2)])


def test_checks_that_fail_as_often_as_they_may_fail_it(stage):
    changed(stage, gates=["rollout"], iterations=2)
    assert status(stage)["phase"] == "Failed"
    [condition] = status(stage)["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Promoted", "False", "Failed")


def test_an_image_that_does_not_run_fails_it_after_its_deadline(stage):
    changed(stage, "broken", progressDeadlineSeconds=300)
    assert status(stage)["phase"] == "Progressing"
    stage.advance(400)
    assert (status(stage)["phase"], deployed(stage)) == ("Failed", [("broken", 0), ("1", 2)])


def test_a_failed_one_notes_the_template_at_each_look_but_not_in_its_condition(stage):
    changed(stage, "broken", progressDeadlineSeconds=30)
    stage.advance(_LONG)
    failed = status(stage)
    stage.advance(_LONG)
    assert status(stage)["lastTransitionTime"] > failed["lastTransitionTime"]
    assert status(stage)["conditions"] == failed["conditions"]


def test_the_way_back_to_what_was_promoted_is_no_change(stage):
    changed(stage, "broken", progressDeadlineSeconds=30)
    stage.advance(_LONG)
    stage.set_image("deployments", "web", f"{WEB}:1")
    stage.advance(_LONG)
    assert (status(stage)["phase"], deployed(stage)) == ("Failed", [("1", 0), ("1", 2)])
    stage.set_image("deployments", "web", f"{WEB}:2")
    stage.advance(_LONG)
    assert status(stage)["phase"] == "Succeeded"


def test_a_suspended_one_takes_nothing_up(stage):
    changed(stage, suspend=True)
    assert status(stage)["phase"] == "Initializing"


def test_it_goes_on_where_it_was_after_a_restart(stage):
    changed(stage, gates=["confirm-promotion"])
    stage.restart()
    flagger.open_gate(stage.cluster, NAMESPACE, "confirm-promotion")
    stage.advance(_LONG)
    assert status(stage)["phase"] == "Succeeded"
