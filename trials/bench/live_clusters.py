"""A process of practice clusters for `live`: filled, without controllers, and changed on request.

    python -m trials.bench.live_clusters FOLDER CLUSTERS DEPLOYMENTS PODS HANGING

Writes `FOLDER/NAME.kubeconfig` for each, prints `{"ready": …}`, and reads commands from standard input, a line each:
`latency MILLISECONDS`, and `change RATE SECONDS`, which answers how many changes it has made. `HANGING` clusters more
accept connections and never speak.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from sandbox.cluster import Cluster
from sandbox.server import Sandbox
from sandbox.store import thaw
from trials.bench.live_measuring import NAMESPACE, settle

_TICK = 0.01  # seconds
_LONG_AGO = "2026-11-01T10:00:00Z"
_ROLLED_OUT = {
    **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 3),
    "observedGeneration": 1,
    "conditions": [
        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "lastTransitionTime": _LONG_AGO},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": _LONG_AGO},
    ],
}
_VOLUMES: list[dict[str, Any]] = [
    {"name": "settings", "configMap": {"name": "settings"}},
    {"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
]
_CONTAINERS = ("web", "proxy", "metrics")


async def serve(folder: Path, clusters: int, deployments: int, pods: int, hanging: int) -> None:
    names = [f"cluster-{number:03}" for number in range(clusters)]
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    async with silent, Sandbox(names, controllers=False) as sandbox:
        for name in names:
            _fill(sandbox.cluster(name), deployments, pods)
            (folder / f"{name}.kubeconfig").write_text(sandbox.kubeconfig(name))
        port = silent.sockets[0].getsockname()[1]
        for number in range(hanging):
            text = sandbox.kubeconfig(names[0]).replace(sandbox.address.rpartition(":")[2] + "/", f"{port}/")
            (folder / f"silent-{number:03}.kubeconfig").write_text(text)
        settle()  # a full collection would be seen as a change that is late
        _say({"ready": len(names)})
        loop = asyncio.get_running_loop()
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            match line:
                case ["latency", milliseconds]:
                    for name in names:
                        sandbox.faults(name).latency_ms = float(milliseconds)
                    _say({"latency": float(milliseconds)})
                case ["change", rate, seconds]:
                    _say({"changed": await _change(sandbox, names, int(rate), float(seconds))})
                case _:
                    _say({"unknown": line})


async def _say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass


def _say(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201


def _fill(cluster: Cluster, deployments: int, pods: int) -> None:
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for number in range(deployments):
        made = cluster.create(_deployment(f"web-{number}"), manager="kubectl-client-side-apply")
        cluster.update_status({**thaw(made), "status": _ROLLED_OUT}, manager="kube-controller-manager")
    for number in range(pods):
        pod = _pod(f"web-{number % deployments}", number)
        cluster.create(pod, manager="kube-controller-manager")
        cluster.update_status({**pod, "status": _status(number)}, manager="kubelet")


def _containers() -> list[dict[str, Any]]:
    variables = [{"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(12)]
    ports = [{"containerPort": 8080, "name": "http"}]
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10}
    return [
        {
            "name": name,
            "image": f"registry.example/shop/{name}:1.4.2",
            "env": variables,
            "ports": ports,
            "readinessProbe": probe,
            "livenessProbe": probe,
            "volumeMounts": [
                {"name": "settings", "mountPath": "/etc/settings", "readOnly": True},
                {"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
            ],
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        }
        for name in _CONTAINERS
    ]


def _deployment(name: str) -> dict[str, Any]:
    pods = {"containers": _containers(), "volumes": _VOLUMES}
    labels = {"app": name, "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pods},
        },
    }


def _pod(deployment: str, number: int) -> dict[str, Any]:
    hash_ = "7c9d8b6f5d"
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"{deployment}-{hash_}",
        "uid": f"3f0f0d1e-5a52-4be8-9a0b-{abs(hash(deployment)) % 10**12:012}",
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata = {
        "name": f"{deployment}-{hash_}-{number:05}",
        "namespace": NAMESPACE,
        "labels": {"app": deployment, "pod-template-hash": hash_},
        "ownerReferences": [owner],
    }
    node = f"ip-10-3-4-{number % 20}.internal"
    spec = {"nodeName": node, "containers": _containers(), "volumes": _VOLUMES}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _status(number: int) -> dict[str, Any]:
    at = f"2026-12-01T10:{number % 60:02}:{number * 7 % 60:02}Z"
    types = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running",
        "podIP": f"10.0.{number // 250 % 250}.{number % 250}",
        "conditions": [{"type": each, "status": "True", "lastTransitionTime": at} for each in types],
        "containerStatuses": [
            {
                "name": name,
                "ready": True,
                "started": True,
                "restartCount": 0,
                "image": f"registry.example/shop/{name}:1.4.2",
                "imageID": f"registry.example/shop/{name}@sha256:{random.Random(name).getrandbits(256):064x}",  # noqa: S311
                "containerID": f"containerd://{number:064x}",
                "state": {"running": {"startedAt": at}},
            }
            for name in _CONTAINERS
        ],
    }


async def _change(sandbox: Sandbox, names: list[str], rate: int, seconds: float) -> int:
    """Pods of random clusters say why, which is when by the monotonic clock that all processes share (Linux)."""
    chance, changed, began = random.Random(1), 0, time.monotonic()  # noqa: S311
    pods = {name: [pod["metadata"]["name"] for pod in sandbox.cluster(name).list("pods", NAMESPACE)] for name in names}
    while (elapsed := time.monotonic() - began) < seconds:
        while changed < elapsed * rate:
            cluster = sandbox.cluster(name := chance.choice(names))
            found = cluster.get("pods", chance.choice(pods[name]), NAMESPACE)
            assert found is not None
            body = thaw(found)
            body["status"]["reason"] = str(time.monotonic_ns())
            cluster.update_status(body, manager="kubelet")
            changed += 1
        await asyncio.sleep(_TICK)
    return changed


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), *map(int, sys.argv[2:])))
