"""A process of practice clusters for `screens`: an application in each namespace, and changes of its pods on request.

    python -m trials.bench.screens_clusters FOLDER CLUSTERS APPLICATIONS

Writes `FOLDER/NAME.kubeconfig` for each, prints `{"ready": …}`, and reads commands from standard input, a line each:
`change RATE SECONDS`, which answers how many changes it has made.
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

_TICK = 0.01  # seconds
_LONG_AGO = "2026-11-01T10:00:00Z"
_IMAGE = "registry.example/shop/web"
_ROLLED_OUT = {
    **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1),
    "observedGeneration": 1,
    "conditions": [
        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "lastTransitionTime": _LONG_AGO},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": _LONG_AGO},
    ],
}


async def serve(folder: Path, clusters: int, applications: int) -> None:
    names = [f"cluster-{number:02}" for number in range(clusters)]
    async with Sandbox(names, controllers=False) as sandbox:
        for name in names:
            for number in range(applications):
                _fill(sandbox.cluster(name), f"app-{number:03}")
            (folder / f"{name}.kubeconfig").write_text(sandbox.kubeconfig(name))
        _say({"ready": len(names)})
        loop = asyncio.get_running_loop()
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            match line:
                case ["change", rate, seconds]:
                    _say({"changed": await _change(sandbox, names, applications, int(rate), float(seconds))})
                case _:
                    _say({"unknown": line})


def _fill(cluster: Cluster, namespace: str) -> None:
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [_container()]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "namespace": namespace}
    made = cluster.create(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}, manager="kubectl"
    )
    cluster.update_status({**thaw(made), "status": _ROLLED_OUT}, manager="kube-controller-manager")
    pod = _pod(namespace)
    cluster.create(pod, manager="kube-controller-manager")
    cluster.update_status({**pod, "status": _status("1.4.2")}, manager="kubelet")


def _container() -> dict[str, Any]:
    return {"name": "web", "image": f"{_IMAGE}:1.4.2"}


def _pod(namespace: str) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7c9d8b6f5d", "uid": "none", "controller": True}
    labels = {"app": "web", "pod-template-hash": "7c9d8b6f5d"}
    metadata = {"name": _POD, "namespace": namespace, "labels": labels, "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [_container()]}}


_POD = "web-7c9d8b6f5d-x2v4k"


def _status(of: str) -> dict[str, Any]:
    """A running pod whose node reports a digest that depends on `of`."""
    digest = f"{random.Random(of).getrandbits(256):064x}"  # noqa: S311
    running = {"running": {"startedAt": _LONG_AGO}}
    status = {"name": "web", "ready": True, "restartCount": 0, "imageID": f"{_IMAGE}@sha256:{digest}", "state": running}
    return {"phase": "Running", "containerStatuses": [status]}


async def _change(sandbox: Sandbox, names: list[str], applications: int, rate: int, seconds: float) -> int:
    """Pods of random applications report other digests, so that each change is one that is shown."""
    chance, changed, began = random.Random(1), 0, time.monotonic()  # noqa: S311
    while (elapsed := time.monotonic() - began) < seconds:
        while changed < elapsed * rate:
            cluster = sandbox.cluster(chance.choice(names))
            found = cluster.get("pods", _POD, f"app-{chance.randrange(applications):03}")
            assert found is not None
            cluster.update_status({**thaw(found), "status": _status(str(changed))}, manager="kubelet")
            changed += 1
        await asyncio.sleep(_TICK)
    return changed


def _say(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), *map(int, sys.argv[2:])))
