"""Which pods hold a rollout up though nothing is wrong with their containers: pods that do not go, and silent nodes.

Pure. A controller replaces a pod only when it is gone, and a pod is gone only when its node's kubelet has confirmed
it, its grace period has passed and its finalizers are removed (Kubernetes docs, "Pod Lifecycle", "Termination of
Pods"). The controller of a DaemonSet counts dead nodes among those that should run it (kubernetes/kubernetes#139226).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from domain.resources import Manifest
from services.planning.health.restarts import statuses_of
from services.planning.health.revisions import owned_by
from services.planning.health.values import Children, Obstacle, condition, count, moment

_SLACK = timedelta(seconds=10)  # clocks differ, and a kubelet reports its work a moment later
_GIVEN_UP = timedelta(seconds=60)  # after which a pod that does not end is not waited for
_UNCLAIMED = timedelta(seconds=30)  # after which a kubelet that works has started with a pod
_LONG_GRACE = 60  # seconds from which on a grace period is told; nearly all pods have 30
_RECREATED = frozenset({"StatefulSet", "DaemonSet"})


def hold_ups(
    workload: Manifest, children: Children, newest: Iterable[Manifest], *, now: datetime, started: datetime | None
) -> tuple[Obstacle, ...]:
    """The pods of `workload` that hold it up, those of silent nodes first; `newest` are of its newest revision."""
    fresh = {pod.uid for pod in newest}
    nodes = {node.name: node for node in children.nodes}
    silent = _reported_silent(children.events)
    found = []
    for pod in _relevant(workload, children, fresh):
        former = pod.uid not in fresh
        obstacle = (
            _leaving(pod, nodes, silent, now=now, former=former)
            if pod.metadata.get("deletionTimestamp")
            else _on_silent_node(pod, nodes, silent, now=now, started=started, former=former)
        )
        if obstacle is not None:
            found.append(obstacle)
    return tuple(sorted(found, key=lambda each: (not each.stuck_node, each.pod or "")))


def _relevant(workload: Manifest, children: Children, fresh: set[str | None]) -> Iterable[Manifest]:
    """The pods for which the controller waits: of a Deployment that does not recreate, only the new ones."""
    if workload.kind.name in _RECREATED:
        return owned_by(workload, children.pods)
    sets = owned_by(workload, children.replica_sets)
    pods = [pod for one in sets for pod in owned_by(one, children.pods)]
    if (workload.spec.get("strategy") or {}).get("type") == "Recreate":
        return pods
    return [pod for pod in pods if pod.uid in fresh and not pod.metadata.get("deletionTimestamp")]


def names_of_nodes_to_read(workload: Manifest, children: Children, *, now: datetime) -> frozenset[str]:
    """The nodes whose state would explain a hold-up: those of pods that do not go, do not start or are not ready."""
    every = {pod.uid for pod in children.pods}
    return frozenset(
        node for pod in _relevant(workload, children, every) if (node := _node(pod)) and _is_suspect(pod, now=now)
    )


def _is_suspect(pod: Manifest, *, now: datetime) -> bool:
    """Whether its node may be the reason: it should be gone, or is not ready though its containers are."""
    if until := moment(pod.metadata.get("deletionTimestamp")):
        return now > until or _reads_lost(pod)
    created = moment(pod.metadata.get("creationTimestamp"))
    never_ran = not statuses_of(pod)
    return _reads_lost(pod) or (never_ran and created is not None and now - created > _UNCLAIMED)


def _leaving(
    pod: Manifest,
    nodes: Mapping[str, Manifest],
    silent: Mapping[str, str],
    *,
    now: datetime,
    former: bool,
) -> Obstacle | None:
    """A pod that is being deleted. `deletionTimestamp` is when its grace period ends."""
    until = moment(pod.metadata.get("deletionTimestamp"))
    if until is None:
        return None
    node, silence = _node(pod), _silence(pod, nodes, silent)
    where = f"Pod {pod.name}" + (f" on node {node}" if node else "")
    if silence is not None:
        return Obstacle(
            reason="NodeNotReady",
            sentence=f"{where} cannot end: {silence}.",
            pod=pod.name,
            blameless=True,
            stuck_node=True,
            former=former,
        )
    if now <= until + _SLACK:
        grace = count(pod.metadata, "deletionGracePeriodSeconds")
        if grace < _LONG_GRACE or now > until:
            return None
        sentence = f"{where} is stopping; its grace period of {grace} seconds ends at {_clock(until)}."
        return Obstacle(reason="GracePeriod", sentence=sentence, pod=pod.name, blameless=True, former=former)
    if finalizers := pod.metadata.get("finalizers"):
        sentence = (
            f"{where} is being deleted and waits for {'finalizer' if len(finalizers) == 1 else 'finalizers'} "
            f"{', '.join(map(str, finalizers))}: the controller that set it has to remove it."
        )
        return Obstacle(reason="WaitsForFinalizer", sentence=sentence, pod=pod.name, blameless=True, former=former)
    sentence = (
        f"{where} should have ended by {_clock(until)}, and the node's kubelet does not confirm that it has. "
        "Check the node."
    )
    return Obstacle(
        reason="StuckTerminating",
        sentence=sentence,
        pod=pod.name,
        blameless=True,
        stuck_node=bool(node) and now > until + _GIVEN_UP,
        former=former,
    )


def _on_silent_node(
    pod: Manifest,
    nodes: Mapping[str, Manifest],
    silent: Mapping[str, str],
    *,
    now: datetime,
    started: datetime | None,
    former: bool,
) -> Obstacle | None:
    """A pod that its node no longer reports on, or has not begun with."""
    node, created = _node(pod), moment(pod.metadata.get("creationTimestamp"))
    if not node:
        return None
    silence = _silence(pod, nodes, silent)
    never_ran = pod.status.get("phase", "Pending") == "Pending" and not statuses_of(pod)
    if silence is not None and (never_ran or (condition(pod, "Ready") or {}).get("status") != "True"):
        # A node that fell silent with the new image on it may have fallen silent because of it.
        before = _silent_since(nodes.get(node))
        innocent = former or never_ran or (before is not None and started is not None and before < started)
        return Obstacle(
            reason="NodeNotReady",
            sentence=f"Pod {pod.name} on node {node} is not ready: {silence}.",
            pod=pod.name,
            blameless=innocent,
            stuck_node=innocent,
            former=former,
        )
    if never_ran and created is not None and now - created > _UNCLAIMED:
        sentence = (
            f"Pod {pod.name} has been on node {node} since {_clock(created)}, whose kubelet has not begun with it."
        )
        return Obstacle(
            reason="NodeNotReady",
            sentence=f"{sentence} Check the node.",
            pod=pod.name,
            blameless=True,
            former=former,
        )
    return None


def _silence(pod: Manifest, nodes: Mapping[str, Manifest], silent: Mapping[str, str]) -> str | None:
    """In what way the pod's node does not answer, if anything says so: the node itself, the pod, or an event.

    The node controller marks the pods of a silent node as not ready while their containers still read ready
    (`MarkPodsNotReady` in pkg/controller/util/node/controller_utils.go).
    """
    name = _node(pod)
    node = nodes.get(name)
    if node is not None:
        if (condition(node, "Ready") or {}).get("status") == "True":
            return None
        since = _silent_since(node)
        return f"the node has not reported since {_clock(since)}" if since else "the node is not ready"
    return "its node is not ready" if _reads_lost(pod) or (pod.uid or pod.name) in silent else None


def _reads_lost(pod: Manifest) -> bool:
    ready = condition(pod, "Ready") or {}
    if pod.status.get("reason") == "NodeLost" or ready.get("reason") in {"NodeNotReady", "NodeLost"}:
        return True
    statuses = statuses_of(pod)  # sidecars are init containers, and a pod is not ready before they are (KEP-753)
    unready = ready.get("status") == "False" and not pod.spec.get("readinessGates")
    return unready and bool(statuses) and all(status.get("ready") for status in statuses)


def _silent_since(node: Manifest | None) -> datetime | None:
    ready = (condition(node, "Ready") or {}) if node is not None else {}
    return moment(ready.get("lastTransitionTime")) if ready.get("status") != "True" else None


def _reported_silent(events: Iterable[Manifest]) -> dict[str, str]:
    """Pod uid → the message of the event that its node is not ready."""
    return {
        str((event.body.get("involvedObject") or {}).get("uid", "")): str(event.body.get("message") or "")
        for event in events
        if event.body.get("reason") in {"NodeNotReady", "NodeLost"} and event.body.get("type") == "Warning"
    }


def _node(pod: Manifest) -> str:
    return str(pod.spec.get("nodeName") or "")


def _clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
