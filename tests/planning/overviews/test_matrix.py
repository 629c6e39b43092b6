"""The matrix judges health as the page of an application does; it reads pods where a status does not decide it."""

from dataclasses import replace

import pytest

from domain.resources import Manifest
from services.planning.health.values import Health, HealthPolicy, HealthState
from services.planning.overviews.matrix import status_decides, with_pods, worst
from tests.support.image_plans import PRODUCTION
from tests.support.rollouts import at, progressing_deployment, stamp, workload

NOW = at(3600)


def available(since: float) -> Manifest:
    status = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True", "lastTransitionTime": stamp(since)},
    ]
    return workload(spec={"replicas": 2}, status={**status, "conditions": conditions})


def on_delete(*, updated: int) -> Manifest:
    status = {**dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), 3), "updatedReplicas": updated}
    revisions = {"currentRevision": "ledger-1", "updateRevision": "ledger-2"}
    spec = {"replicas": 3, "updateStrategy": {"type": "OnDelete"}}
    return workload("StatefulSet", spec=spec, status={**status, **revisions})


@pytest.mark.parametrize(
    ("manifest", "decides"),
    [
        (available(0), True),
        (available(3500), False),
        (progressing_deployment(), False),
        (workload("CronJob"), True),
        (workload("ReplicaSet", spec={"replicas": 1}, status={"availableReplicas": 1}), False),
        (workload("Job", status={"conditions": [{"type": "Complete", "status": "True"}]}), True),
        (workload("Job", status={"active": 1}), False),
        (on_delete(updated=1), False),
        (on_delete(updated=3), True),
    ],
    ids=[
        "ready",
        "ready since a moment",
        "rolling out",
        "CronJob",
        "replaces nothing",
        "completed",
        "running",
        "keeps pods",
        "keeps no pod any more",
    ],
)
def test_pods_are_read_only_of_what_its_status_does_not_decide(manifest, decides):
    assert status_decides(manifest, now=NOW, policy=HealthPolicy()) is decides


def test_healths_that_were_read_with_pods_take_the_place_of_the_others():
    (web,) = PRODUCTION.workloads
    failed = Health(state=HealthState.FAILED, message="It crashes.")
    judged = replace(PRODUCTION, workloads=(replace(web, health=failed, containers=()),))
    (merged,) = with_pods(PRODUCTION, judged).workloads
    assert (merged.health, merged.containers) == (failed, web.containers)


@pytest.mark.parametrize(("held", "state"), [(True, HealthState.SUSPENDED), (False, HealthState.READY)])
def test_pods_that_keep_a_former_image_are_seen_beside_workloads_that_are_ready(held, state):
    (web,) = PRODUCTION.workloads
    waits = replace(web, health=Health(state=HealthState.SUSPENDED, message="It waits.", held=held))
    assert worst([replace(PRODUCTION, workloads=(web, waits))]) is state
