"""Why pods that run are not ready (an init container, a probe, a readiness gate), and which ones had to end early.

Pure. A probe's own words are not quoted: the output of a command may hold anything. None of it is trouble for as long
as it is short, and none of it is ever final by itself: a Deployment's deadline and the time of a rollout decide.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.resources import Manifest
from services.planning.health.events import last_of, uid_of
from services.planning.health.restarts import statuses_of
from services.planning.health.values import Obstacle, condition, holds, moment

_LATELY = timedelta(minutes=10)  # before, it says nothing of a rollout now: pods that were evicted stay for days
_MESSAGE_LENGTH = 300
# The node's reasons for taking no pod or keeping none that have nothing to do with what the pod does (pkg/kubelet:
# lifecycle/predicate.go, nodeshutdown, preemption). An eviction may be for what the pod's own containers used.
_OF_THE_NODE = frozenset(
    {"NodeAffinity", "NodeShutdown", "Preempting", "Terminated", "TopologyAffinityError", "UnexpectedAdmissionError"}
)
_PULL_ENDED = frozenset({"Pulled", "Failed", "BackOff"})
_SHORT = timedelta(seconds=60)  # most containers are ready by then


def not_ready(pods: Iterable[Manifest], events: Iterable[Manifest], *, now: datetime) -> Iterable[Obstacle]:
    """What these pods have waited for for a minute, one thing a pod."""
    pulls = _pulls(events)
    for pod in pods:
        ended = pod.status.get("phase") in {"Succeeded", "Failed"} or pod.metadata.get("deletionTimestamp")
        if ended or holds(pod, "Ready"):
            continue
        found = next(
            iter((*_inits(pod, now), *_creation(pod, pulls, now), *_probes(pod, now), *_gates(pod, now))), None
        )
        if found is not None:
            yield found


def ended_early(pods: Iterable[Manifest], *, now: datetime, started: datetime | None) -> Iterable[Obstacle]:
    """Pods that their node ended or did not admit. Their controller replaces them by others that may fare likewise."""
    since = max(now - _LATELY, started) if started is not None else now - _LATELY
    for pod in pods:
        reason = str(pod.status.get("reason") or "")
        ended = _ended(pod)
        if pod.status.get("phase") != "Failed" or not reason or ended is None or ended < since:
            continue
        node = str(pod.spec.get("nodeName") or "")
        said = str(pod.status.get("message") or "")[:_MESSAGE_LENGTH].strip().rstrip(".")
        yield Obstacle(
            reason=reason,
            sentence=f"Pod {pod.name}{f' on node {node}' if node else ''} was ended: {reason}"
            + (f" ({said})." if said else "."),
            pod=pod.name,
            blameless=reason in _OF_THE_NODE or reason.startswith("OutOf"),
        )


def _ended(pod: Manifest) -> datetime | None:
    """When it ended, as far as it is known; a pod that was not admitted ended when it began."""
    terminated = [(status.get("state") or {}).get("terminated") or {} for status in statuses_of(pod)]
    times = [
        (condition(pod, "DisruptionTarget") or {}).get("lastTransitionTime"),
        *(each.get("finishedAt") for each in terminated),
        pod.metadata.get("creationTimestamp"),
    ]
    return max((at for at in map(moment, times) if at is not None), default=None)


def _inits(pod: Manifest, now: datetime) -> Iterable[Obstacle]:
    """The init container that runs. Sidecars, which restart always, end no start (KEP-753)."""
    specs = _specs(pod, "initContainers")
    for status in pod.status.get("initContainerStatuses") or ():
        name, since = str(status.get("name", "")), _runs_since(status)
        if since is not None and now - since >= _SHORT and specs.get(name, {}).get("restartPolicy") != "Always":
            waits = "the pod's containers start when it has ended"
            yield _obstacle(pod, "InitContainer", name, f"it has run since {_clock(since)}, and {waits}")


def _creation(pod: Manifest, pulls: Mapping[str, tuple[datetime, str]], now: datetime) -> Iterable[Obstacle]:
    """Containers that are created for long, as a large image is pulled within it."""
    bound = condition(pod, "PodScheduled") or {}
    since = moment(bound.get("lastTransitionTime")) if bound.get("status") == "True" else None
    pull = pulls.get(pod.uid or "")
    waiting = {((status.get("state") or {}).get("waiting") or {}).get("reason") for status in statuses_of(pod)}
    runs = any(_runs_since(status) is not None for status in statuses_of(pod))
    if pull is not None and now - pull[0] >= _SHORT:
        sentence = f"Pod {pod.name}: {pull[1].rstrip('.')}, since {_clock(pull[0])}."
        yield Obstacle(reason="Pulling", sentence=sentence, pod=pod.name)
    elif since is not None and now - since >= _SHORT and "ContainerCreating" in waiting and not runs:
        sentence = f"Pod {pod.name} was given to its node at {_clock(since)}, which is still creating its containers."
        yield Obstacle(reason="ContainerCreating", sentence=sentence, pod=pod.name)


def _pulls(events: Iterable[Manifest]) -> Mapping[str, tuple[datetime, str]]:
    """Pod uid → when the pull of an image began that has not ended, and the event's words, which name the image."""
    under_way: dict[str, tuple[datetime, str]] = {}
    for event in sorted(events, key=last_of):
        reason = event.body.get("reason")
        if reason == "Pulling":
            said = str(event.body.get("message") or "Pulling an image")[:_MESSAGE_LENGTH]
            under_way[uid_of(event)] = (last_of(event), said)
        elif reason in _PULL_ENDED:
            under_way.pop(uid_of(event), None)
    return under_way


def _probes(pod: Manifest, now: datetime) -> Iterable[Obstacle]:
    """Containers that run and are not ready, which only a probe can be the reason of."""
    for kind in ("initContainers", "containers"):
        specs = _specs(pod, kind)
        for status in pod.status.get(f"{kind[:-1]}Statuses") or ():
            name, since = str(status.get("name", "")), _runs_since(status)
            spec = specs.get(name, {})
            if since is None or now - since < _SHORT or status.get("ready"):
                continue
            probe = "startup" if status.get("started") is False and "startupProbe" in spec else "readiness"
            if f"{probe}Probe" in spec:
                said = f"it has run since {_clock(since)}, and its {probe} probe has not succeeded yet"
                yield _obstacle(pod, f"{probe.capitalize()}Probe", name, said)


def _gates(pod: Manifest, now: datetime) -> Iterable[Obstacle]:
    """Conditions that a controller outside of the pod sets, as that of a load balancer."""
    inside = condition(pod, "ContainersReady") or {}
    since = moment(inside.get("lastTransitionTime"))
    if inside.get("status") != "True" or since is None or now - since < _SHORT:
        return
    gates = [str(gate.get("conditionType", "")) for gate in pod.spec.get("readinessGates") or ()]
    open_gates = ", ".join(gate for gate in gates if not holds(pod, gate))
    if open_gates:
        yield Obstacle(
            reason="ReadinessGate",
            sentence=(
                f"Pod {pod.name}: its containers have been ready since {_clock(since)}, and it waits for readiness "
                f"{'gates' if ', ' in open_gates else 'gate'} {open_gates}, which another controller sets."
            ),
            pod=pod.name,
        )


def _specs(pod: Manifest, kind: str) -> Mapping[str, Mapping[str, Any]]:
    return {str(each.get("name", "")): each for each in pod.spec.get(kind) or ()}


def _runs_since(status: Mapping[str, Any]) -> datetime | None:
    running = (status.get("state") or {}).get("running") or {}
    return moment(running.get("startedAt"))


def _obstacle(pod: Manifest, reason: str, container: str, said: str) -> Obstacle:
    sentence = f"Pod {pod.name}, container {container}: {said}."
    return Obstacle(reason=reason, sentence=sentence, pod=pod.name, container=container)


def _clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
