"""DaemonSets: one pod on every eligible node."""

from sandbox.controllers.bounds import share_of
from sandbox.controllers.conditions import is_true
from sandbox.controllers.nodes import accepts
from sandbox.controllers.replicasets import count_available
from sandbox.controllers.revisions import sync_revisions
from sandbox.controllers.templates import (
    REVISION_LABEL,
    create_pod,
    delete_pod,
    is_active,
    is_finished,
    is_terminating,
    pod_from,
)
from sandbox.controllers.world import Topic, World
from sandbox.store import Object

COMPONENT = "daemonset-controller"
_TOLERATED = ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")


def reconcile(world: World, owner: Object) -> None:
    """Create what a node lacks, replace what is of an older template, count."""
    world.wait_for(owner, Topic("nodes", ""))
    update = sync_revisions(world, owner, in_use=set())
    digest = update["metadata"]["name"].removeprefix(owner["metadata"]["name"] + "-")
    nodes = [n["metadata"]["name"] for n in world.select("nodes") if accepts(n, owner["spec"]["template"]["spec"])]
    pods = {node: pod for pod in world.controlled(owner, "pods") if (node := pod["spec"].get("nodeName"))}
    if not owner["metadata"].get("deletionTimestamp"):
        _fill(world, owner, nodes, pods, digest)
        _replace(world, owner, nodes, pods, digest)
    world.update_status(owner, _status(world, owner, nodes, pods, digest))


def _fill(world: World, owner: Object, nodes: list[str], pods: dict[str, Object], digest: str) -> None:
    for node in nodes:
        pod = pods.get(node)
        if pod is None:
            fresh = pod_from(owner, owner["spec"]["template"], labels=_labels(owner, digest))
            fresh["spec"]["nodeName"] = node
            tolerations = fresh["spec"].get("tolerations") or []
            fresh["spec"]["tolerations"] = [*tolerations, *(_tolerates(what) for what in _TOLERATED)]
            create_pod(world, owner, fresh, component=COMPONENT)
        elif is_finished(pod) and not is_terminating(pod):
            delete_pod(world, owner, pod, component=COMPONENT)
    for node, pod in pods.items():
        if node not in nodes:
            delete_pod(world, owner, pod, component=COMPONENT)


def _labels(owner: Object, digest: str) -> dict[str, str]:
    return {REVISION_LABEL: digest, "pod-template-generation": str(owner["metadata"]["generation"])}


def _tolerates(what: str) -> Object:
    effect = "NoExecute" if what in {"not-ready", "unreachable"} else "NoSchedule"
    return {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": effect}


def _replace(world: World, owner: Object, nodes: list[str], pods: dict[str, Object], digest: str) -> None:
    strategy = owner["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return
    rolling = strategy.get("rollingUpdate") or {}
    # A node holds one pod of a set here, so a surge is done as what it comes to on a single node: replace it.
    allowed = max(1, int(share_of(rolling.get("maxUnavailable", 1), len(nodes))))
    there = [pods[node] for node in nodes if node in pods]
    unavailable = len(nodes) - sum(is_active(pod) and is_true(pod, "Ready") for pod in there)
    for pod in there:
        if pod["metadata"]["labels"].get(REVISION_LABEL) == digest or is_terminating(pod):
            continue
        if is_true(pod, "Ready"):
            if unavailable >= allowed:
                continue
            unavailable += 1
        delete_pod(world, owner, pod, component=COMPONENT)


def _status(world: World, owner: Object, nodes: list[str], pods: dict[str, Object], digest: str) -> Object:
    there = [pods[node] for node in nodes if node in pods]
    updated = sum(pod["metadata"]["labels"].get(REVISION_LABEL) == digest for pod in there)
    available = count_available(world, owner, there, owner["spec"].get("minReadySeconds", 0))
    status: Object = {
        "currentNumberScheduled": len(there),
        "numberMisscheduled": sum(node not in nodes for node in pods),
        "desiredNumberScheduled": len(nodes),
        "numberReady": sum(is_true(pod, "Ready") for pod in there),
        "observedGeneration": owner["metadata"]["generation"],
    }
    optional = {
        "updatedNumberScheduled": updated,
        "numberAvailable": available,
        "numberUnavailable": len(nodes) - available,
    }
    return status | {field: count for field, count in optional.items() if count}
