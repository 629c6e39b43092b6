"""Builders of workloads and their children, and of the states that the rollout tapes recorded."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Children

TAPES = Path(__file__).parents[1] / "conformance" / "tapes"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stamp(seconds: float) -> str:
    return at(seconds).isoformat().replace("+00:00", "Z")


@cache
def tape(name: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads((TAPES / f"{name}.json").read_text())["steps"]
    return steps


def recorded(name: str, step: int, *, spec: dict[str, Any]) -> list[Manifest]:
    """The states of a polled step, as objects with the given `spec` (the tapes leave it out of states)."""
    path = tape(name)[step]["request"]["path"].rsplit("/", 2)
    kind = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet", "jobs": "Job"}
    kind["cronjobs"] = "CronJob"
    group = "batch/v1" if path[1] in {"jobs", "cronjobs"} else "apps/v1"
    found = []
    for state in tape(name)[step]["response"]["states"]:
        metadata: dict[str, Any] = {"name": path[2], "uid": "workload", "generation": state["generation"]}
        if state.get("revision"):
            metadata["annotations"] = {"deployment.kubernetes.io/revision": state["revision"]}
        body = {"apiVersion": group, "kind": kind[path[1]], "metadata": metadata, "spec": spec}
        found.append(Manifest({**body, "status": state["status"]}))
    return found


def workload(
    kind: str = "Deployment", *, spec: dict[str, Any] | None = None, status: Any = None, **metadata
) -> Manifest:
    group = "batch/v1" if kind in {"Job", "CronJob"} else "apps/v1"
    return Manifest(
        {
            "apiVersion": group,
            "kind": kind,
            "metadata": {"name": "web", "namespace": "shop", "uid": "workload", "generation": 1, **metadata},
            "spec": spec or {},
            "status": {"observedGeneration": 1, **(status or {})},
        }
    )


def progressing_deployment(**status) -> Manifest:
    """Two desired replicas, one new pod, which is not ready."""
    return workload(
        spec={"replicas": 2},
        status={"replicas": 3, "updatedReplicas": 1, "readyReplicas": 2, "availableReplicas": 2, **status},
        annotations={"deployment.kubernetes.io/revision": "2"},
    )


def replica_set(*, revision: str = "2", owner: str = "workload") -> Manifest:
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"web-hash{revision}",
                "uid": f"rs{revision}",
                "annotations": {"deployment.kubernetes.io/revision": revision},
                "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": owner, "controller": True}],
            },
        }
    )


def pod(
    name: str = "web-hash2-a",
    *,
    owner: str = "rs2",
    statuses: list[dict[str, Any]] | None = None,
    init: list[dict[str, Any]] | None = None,
    version: str = "1",
    status: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    owner_kind: str = "ReplicaSet",
    created: float = 0,
    spec: dict[str, Any] | None = None,
) -> Manifest:
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "uid": f"uid-{name}",
                "resourceVersion": version,
                "creationTimestamp": stamp(created),
                "labels": labels or {"pod-template-hash": "hash2"},
                "ownerReferences": [{"kind": owner_kind, "name": "web-hash2", "uid": owner, "controller": True}],
            },
            "spec": spec or {},
            "status": {
                "phase": "Pending",
                "containerStatuses": statuses or [],
                "initContainerStatuses": init or [],
                **(status or {}),
            },
        }
    )


def waiting(reason: str, message: str = "", *, container: str = "web", restarts: int = 0, **more) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": container, "ready": False, "restartCount": restarts, "state": state, **more}


def children(*pods: Manifest, **more) -> Children:
    return Children(pods=pods, replica_sets=(replica_set(revision="1"), replica_set()), **more)


def with_uid(kind: str, item: dict[str, Any], *, owner: str) -> Manifest:
    """An object of a tape, on which uids are blanked: its uid becomes `uid-<name>`, its controller's `owner`."""
    metadata = {**item["metadata"], "uid": f"uid-{item['metadata']['name']}"}
    metadata["ownerReferences"] = [{**reference, "uid": owner} for reference in metadata["ownerReferences"]]
    return Manifest({**item, "kind": kind, "metadata": metadata})
