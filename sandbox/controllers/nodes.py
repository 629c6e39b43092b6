"""Nodes: which pods may run where, and which nodes have fallen silent."""

from sandbox.controllers.conditions import find_condition
from sandbox.store import Object

_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


def accepts(node: Object, pod_spec: Object) -> bool:
    """Whether a node's labels and taints let a pod in. Affinity beyond `nodeSelector` and resources are not weighed."""
    labels = node["metadata"].get("labels") or {}
    if not (pod_spec.get("nodeSelector") or {}).items() <= labels.items():
        return False
    spec = node.get("spec") or {}
    taints = [t for t in spec.get("taints") or [] if t["effect"] != "PreferNoSchedule"]
    if spec.get("unschedulable"):
        taints.append({"key": _UNSCHEDULABLE, "effect": "NoSchedule"})
    tolerations = pod_spec.get("tolerations") or []
    return all(any(_tolerates(toleration, taint) for toleration in tolerations) for taint in taints)


def is_silent(node: Object | None) -> bool:
    """Whether a node's kubelet no longer reports. Nodes of practice clusters have no conditions unless one is set."""
    ready = find_condition((node or {}).get("status", {}).get("conditions") or [], "Ready")
    return ready is not None and ready["status"] != "True"


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return bool(toleration.get("key", taint["key"]) == taint["key"])
    return bool(toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""))
