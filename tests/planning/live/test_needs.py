"""What is read beside the workloads and pods of a namespace, and when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.rollout_drivers import DRIVERS
from services.planning.live import needs
from services.planning.live.needs import CONTROLLER_REVISIONS, REPLICA_SETS, Looking, Needs
from services.planning.overviews.matrix import status_decides
from tests.support.live import record_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
IMAGE = "registry.example/shop/web:1"


def deployment(*, ready: int = 1, version: str = "1") -> dict[str, Any]:
    done = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
    available = {"type": "Available", "status": "True", "lastTransitionTime": "2026-11-01T00:00:00Z"}
    counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": ready, "availableReplicas": ready}
    metadata = {"name": "web", "namespace": "shop", "uid": "web", "generation": 1, "resourceVersion": version}
    template = {"spec": {"containers": [{"name": "web", "image": IMAGE}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": 1, "template": template},
        "status": {"observedGeneration": 1, **counts, "conditions": [available, *([done] if ready else [])]},
    }


def pod(*, image: str = IMAGE, hash_: str = "a", **status: Any) -> dict[str, Any]:
    owner = {"kind": "ReplicaSet", "name": f"web-{hash_}", "uid": hash_, "controller": True}
    metadata: dict[str, Any] = {"name": f"web-{hash_}-0", "namespace": "shop", "uid": "pod", "ownerReferences": [owner]}
    metadata["labels"] = {"pod-template-hash": hash_}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": image}]},
        "status": status,
    }


def of(*objects: dict[str, Any]) -> Needs:
    return Looking().needs([record_of(each) for each in objects], now=NOW)


def test_a_workload_that_is_ready_needs_nothing():
    assert not of(deployment(), pod()).any


def test_a_rollout_needs_what_tells_new_pods_from_old():
    assert of(deployment(ready=0), pod()).revisions == {REPLICA_SETS}
    daemon_set = {**deployment(ready=0), "kind": "DaemonSet"}
    assert of({**daemon_set, "status": {"desiredNumberScheduled": 1}}).revisions == {CONTROLLER_REVISIONS}


@pytest.mark.parametrize("available_since", ["2026-11-01T00:00:00Z", "2026-12-01T11:59:59Z"], ids=["long", "lately"])
def test_one_that_wants_no_pods_needs_what_may_drive_it_also_where_it_became_available_lately(available_since: str):
    body = deployment()
    body["spec"]["replicas"] = 0
    body["status"] |= dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 0)
    body["status"]["conditions"][0]["lastTransitionTime"] = available_since
    assert of(body).revisions >= {*DRIVERS}


def test_a_pod_that_waits_needs_events():
    waiting = [{"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}}]
    assert of(deployment(ready=0), pod(phase="Pending", containerStatuses=waiting)).events
    assert not of(deployment(ready=0), pod(phase="Running")).events


def test_pods_with_images_of_another_name_need_revisions_though_all_is_ready():
    assert of(deployment(), pod(image="mirror.example/other:1")).revisions == {REPLICA_SETS}


def test_what_is_decided_is_looked_at_again_when_it_changes(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def decides(workload: Manifest, **more: Any) -> bool:
        asked.append(workload.name)
        return status_decides(workload, **more)

    monkeypatch.setattr(needs, "status_decides", decides)
    looking, ready, below = Looking(), record_of(deployment()), record_of(pod())
    for _ in range(2):
        assert not looking.needs([ready, below], now=NOW).any
    assert asked == ["web"]
    changed, other = record_of(deployment(ready=0, version="2")), record_of(pod(hash_="b"))
    assert looking.needs([changed, below], now=NOW).revisions == {REPLICA_SETS}
    assert not looking.needs([ready, below], now=NOW).any
    assert not looking.needs([ready, below, other], now=NOW).any  # pods of another ReplicaSet may have other images
    assert asked == ["web"] * 4


def test_where_all_is_decided_a_pod_of_a_known_revision_changes_nothing():
    looking, below = Looking(), record_of(pod())
    assert looking.may_change(below)
    looking.needs([record_of(deployment()), below], now=NOW)
    assert not looking.may_change(record_of(pod(phase="Running")))
    assert looking.may_change(record_of(pod(hash_="b")))
    assert looking.may_change(record_of(deployment()))
    looking.needs([record_of(deployment(ready=0)), below], now=NOW)
    assert looking.may_change(record_of(pod(phase="Running")))
