"""The kubelet: pods on their node, from volumes over init containers to ready, and to termination.

The states of containers come from `sandbox.controllers.containers`; this module derives the pod's.
"""

from sandbox.controllers.conditions import is_true, set_condition
from sandbox.controllers.containers import Orders, Step, new_status, state_of, step
from sandbox.controllers.events import warn
from sandbox.controllers.nodes import is_silent
from sandbox.controllers.references import missing_for_container, missing_for_volumes
from sandbox.controllers.scheduling import schedule
from sandbox.controllers.templates import is_finished, is_terminating
from sandbox.controllers.world import Topic, World, controller_uid
from sandbox.images import parse_image
from sandbox.store import Key, Object

COMPONENT = "kubelet"


def reconcile(world: World, pod: Object) -> None:
    """Take one pod one step further."""
    if node := pod["spec"].get("nodeName"):
        world.wait_for(pod, Topic("nodes", "", node))
        if is_silent(world.get("nodes", node)):
            _lose(world, pod)
            return
    if is_terminating(pod):
        _stop(world, pod)
    elif is_finished(pod):
        return
    elif "nodeName" not in pod["spec"]:
        schedule(world, pod)
    else:
        _run(world, pod)


def _lose(world: World, pod: Object) -> None:
    """The node controller marks the pods of a silent node; nothing ends them, for only their kubelet could confirm it.

    Their containers still read ready (`MarkPodsNotReady` in pkg/controller/util/node/controller_utils.go).
    """
    status = pod.get("status") or {}
    if is_true(pod, "Ready"):
        conditions = set_condition(_conditions(pod), "Ready", "False", now=world.stamp())
        warn(world, pod, "NodeNotReady", "Node is not ready", component="node-controller")
        world.update_status(pod, {**status, "conditions": conditions})


def _stop(world: World, pod: Object) -> None:
    """Containers take a moment to stop; siblings that stop at once do so one after another."""
    if "nodeName" in pod["spec"] and not is_finished(pod):
        wait = world.timing.stop + world.timing.stagger * _siblings_before(world, pod, terminating=True)
        left = wait - world.elapsed(pod, "pod", "stopping")
        if left > 0:
            world.requeue_after(pod, left)
            return
    if not pod["metadata"].get("finalizers"):
        world.remove(pod)


def _siblings_before(world: World, pod: Object, *, terminating: bool) -> int:
    """How many pods of the same owner are on the same way and came before this one."""
    owner = _owner(world, pod)
    if owner is None:
        return 0
    before = 0
    for sibling in world.controlled(owner, "pods"):
        if sibling["metadata"]["uid"] == pod["metadata"]["uid"]:
            return before
        settled = any(c["type"] == "Ready" and c["status"] == "True" for c in _conditions(sibling))
        before += is_terminating(sibling) if terminating else not (settled or is_finished(sibling))
    return before


def _owner(world: World, pod: Object) -> Object | None:
    uid = controller_uid(pod)
    key: Key | None = world.where(uid) if uid else None
    return world.at(key) if key else None


def _conditions(pod: Object) -> list[Object]:
    conditions: list[Object] = pod.get("status", {}).get("conditions") or []
    return conditions


def _run(world: World, pod: Object) -> None:
    status = pod.get("status") or {}
    missing = missing_for_volumes(world, pod)
    if missing is not None:
        if world.elapsed(pod, "volumes", missing.message) == 0.0:
            warn(world, pod, "FailedMount", missing.message, component=COMPONENT)
        world.wait_for(pod, missing.topic)
        inits, containers = _untouched(pod, "initContainers"), _untouched(pod, "containers")
        initialized = not inits
    else:
        inits, initialized = _run_inits(world, pod)
        containers = _run_containers(world, pod) if initialized else _untouched(pod, "containers")
    steps = [*inits, *containers]
    for said in (telling for one in steps for telling in one.telling):
        warn(world, pod, said.reason, said.message, component=COMPONENT)
    waits = [one.again for one in steps if one.again is not None]
    if waits:
        world.requeue_after(pod, min(waits))
    world.update_status(pod, _status(world, pod, status, inits, containers, initialized=initialized))


def _untouched(pod: Object, field: str) -> list[Step]:
    known = _known(pod, field)
    return [
        Step(status=known.get(c["name"]) or new_status(_orders(pod, c, is_init=field == "initContainers")))
        for c in pod["spec"].get(field) or []
    ]


def _known(pod: Object, field: str) -> dict[str, Object]:
    stati = pod.get("status", {}).get("initContainerStatuses" if field == "initContainers" else "containerStatuses")
    return {status["name"]: status for status in stati or []}


def _run_inits(world: World, pod: Object) -> tuple[list[Step], bool]:
    """Init containers one after another; sidecars among them only have to have started. Whether all did."""
    steps: list[Step] = []
    go_on = True
    for container in pod["spec"].get("initContainers") or []:
        if not go_on:
            known = _known(pod, "initContainers").get(container["name"])
            steps.append(Step(status=known or new_status(_orders(pod, container, is_init=True))))
            continue
        one = _step(world, pod, container, is_init=True)
        steps.append(one)
        ended = one.status["state"].get("terminated")
        is_sidecar = container.get("restartPolicy") == "Always"
        go_on = bool(one.status["started"]) if is_sidecar else bool(ended and ended["exitCode"] == 0)
    return steps, go_on


def _run_containers(world: World, pod: Object) -> list[Step]:
    return [_step(world, pod, container, is_init=False) for container in pod["spec"]["containers"]]


def _step(world: World, pod: Object, container: Object, *, is_init: bool) -> Step:
    missing = missing_for_container(world, container, pod["metadata"]["namespace"])
    if missing is not None:
        world.wait_for(pod, missing.topic)
    delay = 0.0 if is_init else world.timing.stagger * _siblings_before(world, pod, terminating=False)
    orders = _orders(pod, container, is_init=is_init, problem=missing.message if missing else None, delay=delay)
    known = _known(pod, "initContainers" if is_init else "containers").get(container["name"]) or new_status(orders)
    if known["image"] != orders.image.reference:
        # An image may be changed on a running pod: its container starts anew.
        known = new_status(orders)
    elapsed = world.elapsed(pod, container["name"], f"{state_of(known)} {orders.image.reference}")
    return step(known, orders, elapsed=elapsed, now=world.stamp(), timing=world.timing)


def _orders(pod: Object, container: Object, *, is_init: bool, problem: str | None = None, delay: float = 0.0) -> Orders:
    restarts = pod["spec"].get("restartPolicy", "Always")
    is_sidecar = is_init and container.get("restartPolicy") == "Always"
    metadata = pod["metadata"]
    return Orders(
        image=parse_image(container["image"]),
        pod=f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})",
        container=container["name"],
        restarts="Always" if is_sidecar else restarts,
        runs_to_end=(is_init and not is_sidecar) or restarts != "Always",
        is_init=is_init and not is_sidecar,
        waits_as="PodInitializing" if pod["spec"].get("initContainers") else "ContainerCreating",
        config_problem=problem,
        delay=delay,
    )


def _status(
    world: World, pod: Object, old: Object, inits: list[Step], containers: list[Step], *, initialized: bool
) -> Object:
    stati = [one.status for one in containers]
    phase = _phase(pod, stati, [one.status for one in inits])
    ready = initialized and all(s["ready"] for s in stati) and phase == "Running"
    now, done = world.stamp(), phase == "Succeeded"
    conditions = _conditions(pod)
    unready = [s["name"] for s in stati if not s["ready"]]
    for type_ in ("Ready", "ContainersReady"):
        words = {"reason": "PodCompleted"} if done else {}
        if not ready and not done:
            words = {
                "reason": "ContainersNotReady",
                "message": f"containers with unready status: [{' '.join(unready)}]",
            }
        conditions = set_condition(conditions, type_, "True" if ready else "False", now=now, **words)
    words = {} if initialized else {"reason": "ContainersNotInitialized", "message": "init containers are incomplete"}
    conditions = set_condition(conditions, "Initialized", "True" if initialized else "False", now=now, **words)
    conditions = set_condition(conditions, "PodScheduled", "True", now=now)
    address = _address(pod)
    status: Object = {
        "observedGeneration": pod["metadata"].get("generation", 1),
        "phase": phase,
        "conditions": conditions,
        "hostIP": "192.0.2.1",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": old.get("startTime") or now,
        "containerStatuses": stati,
        "qosClass": old.get("qosClass") or _quality(pod),
    }
    if inits:
        status["initContainerStatuses"] = [one.status for one in inits]
    return status


def _phase(pod: Object, stati: list[Object], inits: list[Object]) -> str:
    restarts = pod["spec"].get("restartPolicy", "Always")
    ends = [s["state"].get("terminated") for s in stati]
    failed_init = restarts == "Never" and any((s["state"].get("terminated") or {}).get("exitCode") for s in inits)
    if failed_init:
        return "Failed"
    if all(end is not None for end in ends) and restarts != "Always":
        failed = any(end["exitCode"] for end in ends if end)
        if not failed:
            return "Succeeded"
        if restarts == "Never":
            return "Failed"
    begun = any("running" in s["state"] or "terminated" in s["state"] or s["restartCount"] for s in stati)
    return "Running" if begun else "Pending"


def _address(pod: Object) -> str:
    """Made of the uid: the same for as long as the pod lives, and needing no table of what is taken."""
    number = int(pod["metadata"]["uid"].replace("-", "")[:4], 16)
    return f"10.244.{number >> 8}.{number & 255}"


def _quality(pod: Object) -> str:
    resources = [c.get("resources") or {} for c in pod["spec"]["containers"]]
    if not any(r.get("requests") or r.get("limits") for r in resources):
        return "BestEffort"
    full = all(r.get("limits") and r.get("limits") == r.get("requests", r.get("limits")) for r in resources)
    return "Guaranteed" if full else "Burstable"
