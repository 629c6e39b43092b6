"""Nodes: which pods may run where."""

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


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return bool(toleration.get("key", taint["key"]) == taint["key"])
    return bool(toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""))
