"""Workloads of custom kinds are done, failed or waiting by their own rules, live and in the live cache alike."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.rollout_rules import is_paused, pinned_traffic, template_name
from services.planning.health.values import Children, Health
from tests.support.health import FAILED, PENDING, POLICY, PROGRESSING, READY, WAITING
from tests.support.live import record_of
from tests.support.rollouts import START, at

KINDS = {
    "Rollout": "argoproj.io/v1alpha1",
    "CloneSet": "apps.kruise.io/v1alpha1",
    "Service": "serving.knative.dev/v1",
}
TEMPLATE = {
    "spec": {"containers": [{"name": "web", "image": "shop/web:2", "env": [{"name": "KEY", "value": "canary"}]}]}
}
HEALTHY = {"phase": "Healthy", "stableRS": "abc", "currentPodHash": "abc", "observedGeneration": "2"}
PAUSED = {
    **HEALTHY,
    "phase": "Paused",
    "stableRS": "former",
    "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T12:00:00Z"}],
    "currentStepIndex": 1,
}
CLONES = {"observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "updatedReplicas": 3}
SERVES = {
    "observedGeneration": 2,
    "conditions": [{"type": "Ready", "status": "True"}],
    "latestReadyRevisionName": "web-2",
    "latestCreatedRevisionName": "web-2",
    "traffic": [{"revisionName": "web-2", "percent": 100, "latestRevision": True}],
}


def workload(kind: str, status: Any = None, **spec: Any) -> Manifest:
    return Manifest(
        {
            "apiVersion": KINDS[kind],
            "kind": kind,
            "metadata": {"name": "web", "namespace": "shop", "uid": "u", "generation": 2},
            "spec": {"template": TEMPLATE, **spec},
            "status": status or {},
        }
    )


def canary(*steps: Any) -> dict[str, Any]:
    return {"canary": {"steps": list(steps)}}


def judged(manifest: Manifest) -> Health:
    """Of the object; its record in the live cache has to be judged alike."""
    health, kept = (
        assess(each, now=START, policy=POLICY) for each in (manifest, record_of(manifest.body).as_manifest())
    )
    assert (kept.state, kept.reason, kept.message) == (health.state, health.reason, health.message)
    return health


def test_a_rollout_is_done_when_it_is_healthy_and_its_newest_replica_set_is_the_stable_one():
    health = judged(workload("Rollout", {**HEALTHY, "readyReplicas": 2}, replicas=2))
    assert (health.state, health.ready, health.desired) == (READY, 2, 2)


def test_a_rollout_is_not_done_while_another_replica_set_is_the_stable_one():
    assert judged(workload("Rollout", {**HEALTHY, "stableRS": "former"})).state is PROGRESSING


def test_a_rollout_without_a_hash_is_not_done():
    assert judged(workload("Rollout", {"phase": "Healthy", "observedGeneration": "2"})).state is PROGRESSING


def test_what_a_rollout_reports_of_a_former_generation_says_nothing_though_it_is_a_text():
    assert judged(workload("Rollout", {**HEALTHY, "observedGeneration": "1"})).state is PENDING


def test_a_rollout_that_pauses_without_a_duration_waits_for_a_person_and_says_how_it_goes_on():
    health = judged(workload("Rollout", PAUSED, strategy=canary({"setWeight": 20}, {"pause": {}})))
    assert (health.state, health.reason) == (WAITING, "WaitsForPromotion")
    assert "kubectl argo rollouts promote web -n shop" in health.message


def test_a_rollout_that_pauses_for_a_time_goes_on_by_itself():
    health = judged(workload("Rollout", PAUSED, strategy=canary({"setWeight": 20}, {"pause": {"duration": "1h"}})))
    assert (health.state, health.reason) == (WAITING, "TimedPause")


def test_a_blue_green_rollout_that_promotes_itself_needs_no_person():
    strategy = {"blueGreen": {"activeService": "web", "autoPromotionSeconds": 600}}
    assert judged(workload("Rollout", PAUSED, strategy=strategy)).reason == "TimedPause"


def test_a_rollout_that_was_let_go_on_and_has_not_done_so_yet_is_under_way():
    status = {**PAUSED, "pauseConditions": None, "controllerPause": True}
    assert judged(workload("Rollout", status, strategy=canary({"pause": {}}))).state is PROGRESSING


def test_an_aborted_rollout_has_failed_though_it_is_paused():
    health = judged(workload("Rollout", {**PAUSED, "abort": True, "message": "RolloutAborted: Rollout is aborted"}))
    assert (health.state, health.reason) == (FAILED, "Aborted")
    assert "Rollout is aborted" in health.message


def test_a_degraded_rollout_has_failed_and_says_what_its_controller_says():
    health = judged(workload("Rollout", {**PAUSED, "phase": "Degraded", "message": "ProgressDeadlineExceeded: late"}))
    assert (health.state, health.reason) == (FAILED, "Degraded")
    assert "ProgressDeadlineExceeded: late" in health.message


def test_a_pause_never_times_out():
    paused = workload("Rollout", PAUSED, strategy=canary({"pause": {}}, {"pause": {}}))
    health = assess(paused, now=at(1e6), policy=POLICY, started=START, observations={}, children=Children())
    assert health.state is WAITING


def test_a_clone_set_is_done_when_all_its_pods_are_new_and_available():
    assert judged(workload("CloneSet", {**CLONES, "updatedReadyReplicas": 3}, replicas=3)).state is READY


@pytest.mark.parametrize(
    "short",
    [{"updatedReadyReplicas": 2}, {"updatedReadyReplicas": 3, "availableReplicas": 2}, {"updatedReplicas": 2}],
    ids=["not ready", "not available", "not new"],
)
def test_a_clone_set_is_under_way_while_a_pod_is_missing(short):
    assert judged(workload("CloneSet", {**CLONES, **short}, replicas=3)).state is PROGRESSING


def test_a_clone_set_that_reports_a_failed_try_has_not_failed():
    status = {**CLONES, "updatedReplicas": 1, "conditions": [{"type": "FailedScale", "status": "True"}]}
    assert judged(workload("CloneSet", status, replicas=3)).state is PROGRESSING


def test_a_clone_set_waits_at_its_partition():
    status = {**CLONES, "updatedReplicas": 1, "updatedReadyReplicas": 1, "expectedUpdatedReplicas": 1}
    health = judged(workload("CloneSet", status, replicas=3, updateStrategy={"partition": 2}))
    assert (health.state, health.reason) == (WAITING, "Partition")


def test_a_clone_set_rolls_out_as_far_as_its_partition_lets_it():
    status = {**CLONES, "updatedReplicas": 1, "expectedUpdatedReplicas": 1}
    health = judged(workload("CloneSet", status, replicas=3, updateStrategy={"partition": "60%"}))
    assert health.state is PROGRESSING


@pytest.mark.parametrize(("partition", "updated"), [(2, 1), ("60%", 1), ("34%", 1), ("99%", 1), ("33%", 2)])
def test_a_clone_set_waits_with_as_many_former_pods_as_its_partition_keeps(partition, updated):
    def health(ready: int) -> Health:
        status = {**CLONES, "updatedReplicas": ready, "updatedReadyReplicas": ready}
        return judged(workload("CloneSet", status, replicas=3, updateStrategy={"partition": partition}))

    assert [health(each).state for each in (updated - 1, updated)] == [PROGRESSING, WAITING]


def test_a_clone_set_on_its_way_back_waits_at_its_partition_too():
    """The template that all pods had is the current one again: then it expects all of them to be new."""
    status = {**CLONES, "updatedReplicas": 1, "updatedReadyReplicas": 1, "expectedUpdatedReplicas": 3}
    assert judged(workload("CloneSet", status, replicas=3, updateStrategy={"partition": 2})).state is WAITING


def test_a_clone_set_that_is_paused_waits_unless_it_is_done():
    paused: dict[str, Any] = {"replicas": 3, "updateStrategy": {"paused": True}}
    assert judged(workload("CloneSet", {**CLONES, "updatedReplicas": 0}, **paused)).state is WAITING
    assert judged(workload("CloneSet", {**CLONES, "updatedReadyReplicas": 3}, **paused)).state is READY


def test_a_knative_service_is_done_when_its_newest_revision_takes_all_traffic():
    assert judged(workload("Service", SERVES)).state is READY


def test_a_knative_service_is_under_way_while_it_does_not_know():
    status = {
        **SERVES,
        "conditions": [{"type": "Ready", "status": "Unknown"}],
        "latestCreatedRevisionName": "web-3",
    }
    health = judged(workload("Service", status))
    assert (health.state, health.message) == (PROGRESSING, "Revision web-3 is not ready yet.")


def test_a_knative_service_that_is_not_ready_has_failed_by_the_reason_that_it_gives():
    entry = {"type": "Ready", "status": "False", "reason": "RevisionMissing", "message": "no such revision"}
    health = judged(workload("Service", {**SERVES, "conditions": [entry]}))
    assert (health.state, health.reason) == (FAILED, "RevisionMissing")
    assert "no such revision" in health.message


def test_a_knative_service_whose_traffic_is_pinned_elsewhere_waits_for_a_person():
    status = {**SERVES, "traffic": [{"revisionName": "web-1", "percent": 90}, {"revisionName": "web-2", "percent": 10}]}
    assert (judged(workload("Service", status)).state, judged(workload("Service", status)).reason) == (
        WAITING,
        "TrafficElsewhere",
    )


def test_members_of_other_types_answer_no_test():
    assert judged(workload("Rollout", {"phase": ["Healthy"], "pauseConditions": "x", "currentStepIndex": "1"})).state
    assert judged(workload("Service", {"traffic": {"a": 1}, "conditions": "Ready"})).state is PROGRESSING


def test_the_record_of_a_workload_keeps_its_images_and_no_environment():
    body = record_of(workload("Rollout", HEALTHY).body).as_manifest().body
    assert "shop/web:2" in str(body)
    assert "canary" not in str(body)


def test_a_workload_is_paused_by_the_member_of_its_kind():
    assert is_paused(workload("Rollout", paused=True))
    assert is_paused(workload("CloneSet", updateStrategy={"paused": True}))
    assert not is_paused(workload("CloneSet", paused=True))


def test_a_template_needs_another_name_where_its_kind_names_revisions_by_it():
    assert template_name(workload("Service", template={"metadata": {"name": "web-1"}, **TEMPLATE})) == "web-1"
    assert template_name(workload("Rollout", template={"metadata": {"name": "web-1"}, **TEMPLATE})) is None


def test_traffic_is_pinned_by_the_revisions_that_a_service_names_with_a_share():
    traffic = [
        {"revisionName": "web-1", "percent": 80},
        {"latestRevision": True, "percent": 20},
        {"revisionName": "web-2", "tag": "candidate"},
    ]
    assert pinned_traffic(workload("Service", traffic=traffic)) == (("web-1", 80),)


def test_traffic_of_other_types_and_of_other_kinds_pins_nothing():
    assert pinned_traffic(workload("Service", traffic={"revisionName": "web-1"})) == ()
    assert pinned_traffic(workload("Service", traffic=["web-1", {"revisionName": 1, "percent": "80"}])) == ()
    assert pinned_traffic(workload("Rollout", traffic=[{"revisionName": "web-1", "percent": 100}])) == ()
