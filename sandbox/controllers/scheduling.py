"""The scheduler: binds a pod to a node once its claims exist and a node is eligible."""

from sandbox.controllers.conditions import set_condition
from sandbox.controllers.events import warn
from sandbox.controllers.nodes import accepts, is_silent
from sandbox.controllers.references import claims_of
from sandbox.controllers.storage_classes import SELECTED_NODE, class_of, waits_for_consumer
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

COMPONENT = "default-scheduler"


def schedule(world: World, pod: Object) -> None:
    """Bind a pod to a node, or say why it cannot be and wait for what would help."""
    nodes = [node for node in world.select("nodes") if accepts(node, pod["spec"]) and not is_silent(node)]
    problem, topics = _claims_problem(world, pod, nodes)
    if not problem and not nodes:
        count = len(world.select("nodes"))
        problem = f"0/{count} nodes are available: {count} node(s) didn't match Pod's node affinity/selector or taints."
        topics = [Topic("nodes", "")]
    if not problem and not topics:
        # The first node that fits, by name: weighing them is no matter here.
        world.update({**thaw(pod), "spec": {**pod["spec"], "nodeName": nodes[0]["metadata"]["name"]}})
        return
    world.wait_for(pod, *topics)
    if not problem:
        return
    status = pod.get("status") or {}
    conditions = status.get("conditions") or []
    words = {"reason": "Unschedulable", "message": problem}
    updated = set_condition(conditions, "PodScheduled", "False", now=world.stamp(), **words)
    if updated != conditions:
        warn(world, pod, "FailedScheduling", problem, component=COMPONENT)
    world.update_status(pod, {**status, "phase": "Pending", "conditions": updated})


def _claims_problem(world: World, pod: Object, nodes: list[Object]) -> tuple[str, list[Topic]]:
    """Why a pod's claims keep it from being scheduled, and what to wait for.

    A claim that waits for its first consumer gets this pod as the consumer: no error, it only takes time.
    """
    namespace = pod["metadata"]["namespace"]
    total = len(world.select("nodes"))
    for name in claims_of(pod):
        topic = Topic("persistentvolumeclaims", namespace, name)
        claim = world.get("persistentvolumeclaims", name, namespace)
        if claim is None:
            return f'0/{total} nodes are available: persistentvolumeclaim "{name}" not found.', [topic]
        if claim.get("status", {}).get("phase") != "Bound":
            storage_class = class_of(world, claim)
            if nodes and storage_class is not None and waits_for_consumer(storage_class):
                _select_node(world, claim, nodes[0]["metadata"]["name"])
                return "", [topic]
            return f"0/{total} nodes are available: pod has unbound immediate PersistentVolumeClaims.", [topic]
    return "", []


def _select_node(world: World, claim: Object, node: str) -> None:
    if SELECTED_NODE in (claim["metadata"].get("annotations") or {}):
        return
    changed = thaw(claim)
    changed["metadata"].setdefault("annotations", {})[SELECTED_NODE] = node
    world.update(changed)
