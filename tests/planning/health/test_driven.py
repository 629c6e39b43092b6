"""What becomes of a workload that a Rollout or Canary drives."""

from datetime import timedelta
from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.rollout_drivers import Drivers
from services.planning.health.values import Children, Health, HealthPolicy, HealthState
from tests.support.custom_workloads import aborted, done, driver, paused
from tests.support.rollouts import START
from tests.support.running import workload

COMPLETE = {"conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}
OLD, NEW = "shop/web:1", "shop/web:2"


def web(image: str = NEW, *, replicas: int = 0, name: str = "web", generation: int = 3) -> Manifest:
    """A Deployment whose own status says that it has rolled out."""
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    status = {**COMPLETE, **counts, "observedGeneration": generation}
    metadata = {"generation": generation}
    return workload(name, {"web": image}, status=status, replicas=replicas, metadata=metadata)


def judged(
    drives: dict[str, Any], *, target: Manifest | None = None, primary: str = OLD, followed: bool = True
) -> Health:
    drivers = Drivers(found=(Manifest(drives),), primaries=(web(primary, name="web-primary", replicas=1),))
    return assess(
        target or web(),
        now=START + timedelta(seconds=5),
        policy=HealthPolicy(),
        children=Children(drivers=drivers),
        started=START if followed else None,
        observations={} if followed else None,
    )


def rollout(status: dict[str, Any], *, taken: str = "3", observed: str = "3") -> dict[str, Any]:
    body = driver("Rollout")
    body["metadata"]["annotations"] = {"rollout.argoproj.io/workload-generation": taken}
    body["status"] = {**status, "observedGeneration": "1", "workloadObservedGeneration": observed}
    return body


def canary(phase: str, *, ended: timedelta = timedelta(seconds=3), **spec: Any) -> dict[str, Any]:
    body = driver("Canary")
    body["spec"] |= spec
    body["status"] = {"phase": phase, "lastTransitionTime": (START + ended).isoformat()}
    return body


@pytest.mark.parametrize(
    ("status", "state"),
    [(done("Rollout"), HealthState.READY), (paused(), HealthState.WAITING), (aborted(), HealthState.FAILED)],
)
@pytest.mark.parametrize("followed", [True, False])
def test_a_deployment_is_as_the_rollout_that_drives_it(status, state, followed):
    health = judged(rollout(status), followed=followed)
    assert health.state is state
    assert health.message.startswith("Rollout web drives it")


@pytest.mark.parametrize(("taken", "observed"), [("2", "2"), ("3", "2"), ("", ""), ("x", "x")])
def test_what_a_rollout_says_of_a_former_template_is_nothing(taken, observed):
    assert judged(rollout(done("Rollout"), taken=taken, observed=observed)).state is HealthState.PENDING


def test_a_change_that_no_rollout_takes_up_times_out():
    late = assess(
        web(),
        now=START + timedelta(hours=1),
        policy=HealthPolicy(),
        children=Children(drivers=Drivers(found=(Manifest(rollout(done("Rollout"), taken="2", observed="2")),))),
        started=START,
        observations={},
    )
    assert (late.state, late.reason) == (HealthState.FAILED, "Timeout")


@pytest.mark.parametrize("phase", ["Succeeded", "Initialized"])
@pytest.mark.parametrize(("primary", "state"), [(OLD, HealthState.PENDING), (NEW, HealthState.READY)])
@pytest.mark.parametrize("followed", [True, False])
def test_a_canary_is_done_when_its_primary_has_the_images(phase, primary, state, followed):
    assert judged(canary(phase), primary=primary, followed=followed).state is state


def test_a_canary_whose_analysis_failed_has_failed():
    assert judged(canary("Failed")).state is HealthState.FAILED


def test_a_failure_before_the_change_is_not_that_of_the_change():
    before = canary("Failed", ended=timedelta(seconds=-60))
    assert judged(before).state is HealthState.PENDING
    assert judged(before, followed=False).state is HealthState.FAILED


def test_a_failure_before_the_change_that_is_noted_again_after_it_is_not_that_of_the_change():
    noted = canary("Failed", ended=timedelta(seconds=4))
    failed = {"type": "Promoted", "status": "False", "reason": "Failed"}
    for seconds, state in ((-60, HealthState.PENDING), (3, HealthState.FAILED)):
        since = (START + timedelta(seconds=seconds)).isoformat()
        noted["status"]["conditions"] = [{**failed, "lastUpdateTime": since}]
        assert judged(noted).state is state


@pytest.mark.parametrize("followed", [True, False])
def test_a_failed_canary_whose_primary_has_the_images_is_well(followed):
    health = judged(canary("Failed"), primary=NEW, followed=followed)
    assert health.state is HealthState.READY
    assert "The last analysis of Flagger failed" in health.message


def test_images_that_came_back_are_not_done_before_flagger_has_noted_them():
    before = canary("Failed", ended=timedelta(seconds=-1))
    assert judged(before, primary=NEW).state is HealthState.PENDING
    assert judged(before, primary=NEW, followed=False).state is HealthState.READY


def test_images_that_came_back_are_done_where_a_suspended_canary_will_not_note_them():
    before = canary("Failed", ended=timedelta(seconds=-1), suspend=True)
    assert judged(before, primary=NEW).state is HealthState.READY


@pytest.mark.parametrize("phase", ["Waiting", "WaitingPromotion"])
def test_a_canary_that_a_webhook_holds_waits(phase):
    assert judged(canary(phase)).state is HealthState.WAITING


def test_a_suspended_canary_waits_with_what_it_has_not_taken_up():
    assert judged(canary("Succeeded", suspend=True)).state is HealthState.WAITING
    assert judged(canary("Succeeded", suspend=True), primary=NEW).state is HealthState.READY


def test_an_analysis_waits_once_the_new_pods_are_ready():
    assert judged(canary("Progressing")).state is HealthState.PROGRESSING
    assert judged(canary("Progressing"), target=web(replicas=1)).state is HealthState.WAITING


def restarted(at: str, name: str = "web", image: str = NEW, *, replicas: int = 0) -> Manifest:
    """With the annotation that a restart leaves in its template."""
    body = web(image, name=name, replicas=replicas).edited()
    body["spec"]["template"].setdefault("metadata", {})["annotations"] = {"kubectl.kubernetes.io/restartedAt": at}
    return Manifest(body)


@pytest.mark.parametrize(
    ("primary", "state"),
    [("2026-01-01T10:00:00Z", HealthState.PENDING), ("2026-01-02T10:00:00Z", HealthState.READY)],
)
def test_a_restart_is_done_when_the_primary_has_been_restarted_as_well(primary, state):
    drives = Manifest(canary("Succeeded", ended=timedelta(days=-1)))
    health = assess(
        restarted("2026-01-02T10:00:00Z"),
        now=START + timedelta(seconds=5),
        policy=HealthPolicy(),
        children=Children(drivers=Drivers(found=(drives,), primaries=(restarted(primary, "web-primary", replicas=1),))),
        started=START,
        observations={},
    )
    assert health.state is state
