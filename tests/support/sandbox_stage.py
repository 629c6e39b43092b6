"""A practice cluster with a clock of its own, and a record of every state that its objects pass through."""

from typing import Any

from sandbox.clock import ManualClock
from sandbox.cluster import Cluster
from sandbox.controllers.rollout_timing import RolloutTiming
from sandbox.rollout import Controllers
from sandbox.seed import equip
from sandbox.store import Change, Object, thaw

NAMESPACE = "n"
TAPES_TIMING = RolloutTiming(stop=0.015)
"""As on the tapes: a pod that is told to stop is gone before its owner looks again."""


class SandboxStage:
    """Drive a cluster: write as a client would, let time pass, see what became of it."""

    def __init__(self, *, node: bool = True, timing: RolloutTiming = TAPES_TIMING) -> None:
        self.clock = ManualClock()
        self.cluster = Cluster("practice", clock=self.clock)
        self._timing = timing
        if node:
            equip(self.cluster)
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self.changes: list[Object] = []
        self.cluster.subscribe(self._record)
        self.controllers = Controllers(self.cluster, timing=timing)
        self.controllers.start()

    def _record(self, change: Change) -> None:
        self.changes.append(change.object)

    def restart(self) -> None:
        """As if the process had ended and begun again: nothing is kept but what is stored."""
        self.controllers.stop()
        self.controllers = Controllers(self.cluster, timing=self._timing)
        self.controllers.start()

    def create(self, obj: Object) -> Object:
        return self.cluster.create(obj, manager="client")

    def advance(self, seconds: float = 5.0) -> None:
        self.clock.advance(seconds)

    def get(self, plural: str, name: str) -> Object:
        found = self.cluster.get(plural, name, NAMESPACE)
        assert found is not None, f"{plural} {name} is not there"
        return found

    def exists(self, plural: str, name: str) -> bool:
        return self.cluster.get(plural, name, NAMESPACE) is not None

    def all(self, plural: str) -> list[Object]:
        return self.cluster.list(plural, NAMESPACE)

    def edit(self, plural: str, name: str, **spec: Any) -> Object:
        """Change fields of an object's spec."""
        changed = thaw(self.get(plural, name))
        changed["spec"] |= spec
        return self.cluster.update(changed, manager="client")

    def set_image(self, plural: str, name: str, image: str) -> Object:
        changed = thaw(self.get(plural, name))
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = image
        return self.cluster.update(changed, manager="client")

    def delete(self, plural: str, name: str, propagation: str = "Background") -> None:
        self.cluster.delete(plural, name, NAMESPACE, propagation=propagation)

    def events(self, reason: str) -> list[str]:
        return [event["message"] for event in self.all("events") if event["reason"] == reason]

    def conditions(self, plural: str, name: str) -> dict[str, tuple[str, str]]:
        """Type → (status, reason)."""
        conditions = self.get(plural, name).get("status", {}).get("conditions") or []
        return {c["type"]: (c["status"], c.get("reason", "")) for c in conditions}

    def waiting(self) -> dict[str, str]:
        """Container name → reason why it waits, over all pods of the namespace."""
        found = {}
        for pod in self.all("pods"):
            status = pod.get("status", {})
            for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
                if waiting := container["state"].get("waiting"):
                    found[container["name"]] = waiting["reason"]
        return found


def container(name: str = "web", image: str = "registry.example/shop/web:1.4.0", **more: Any) -> Object:
    return {"name": name, "image": image, **more}


def template(*containers: Object, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "metadata": {"labels": labels or {"app": "web"}},
        "spec": {"containers": list(containers) or [container()], **spec},
    }


def deployment(name: str = "web", *, pod: Object | None = None, replicas: int = 2, **spec: Any) -> Object:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod or template(),
            "strategy": strategy,
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 10,
            **spec,
        },
    }


def stateful_set(name: str = "db", *, replicas: int = 2, **spec: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": template(container("db", "registry.example/shop/db:16.1"), labels={"app": name}),
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            **spec,
        },
    }


def job(name: str = "once", *, image: str = "registry.example/shop/job:1", **spec: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "template": template(container("job", image), labels={"app": name}, restartPolicy="Never"),
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 6,
            **spec,
        },
    }


def pod(name: str = "alone", *containers: Object, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": list(containers) or [container()], "restartPolicy": "Always", **spec},
    }


def config_map(name: str = "settings", **data: str) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
