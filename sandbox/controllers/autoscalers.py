"""HorizontalPodAutoscalers: they keep the target within its limits, and report whether they could scale it by load.

No pod is under load here. An autoscaler whose metric is a share of what pods request cannot be, where a container
requests nothing: the controller of Kubernetes says so in the same words (kubernetes/kubernetes
pkg/controller/podautoscaler, `calculatePodRequests` in replica_calculator.go and
`getUnableComputeReplicaCountCondition` in horizontal.go).
"""

from collections.abc import Iterator

from sandbox.controllers.conditions import set_condition
from sandbox.controllers.events import note, warn
from sandbox.controllers.templates import active_pods
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

COMPONENT = "horizontal-pod-autoscaler"
_PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "ReplicaSet": "replicasets"}
_RECOUNT = 0.5


def reconcile(world: World, autoscaler: Object) -> None:
    """Hold the target's replicas between the minimum and the maximum."""
    spec, namespace = autoscaler["spec"], autoscaler["metadata"]["namespace"]
    reference = spec["scaleTargetRef"]
    plural = _PLURALS.get(reference["kind"])
    target = world.get(plural, reference["name"], namespace) if plural else None
    if plural:
        world.wait_for(autoscaler, Topic(plural, namespace, reference["name"]))
    status = autoscaler.get("status") or {}
    if target is None:
        message = f'the HPA controller was unable to get the target\'s current scale: "{reference["name"]}" not found'
        gone = (("AbleToScale", "False", "FailedGetScale", message),)
        world.update_status(autoscaler, _with(world, {**status, "currentReplicas": 0, "desiredReplicas": 0}, gone))
        return
    current = target["spec"]["replicas"]
    low, high = spec.get("minReplicas", 1), spec["maxReplicas"]
    # Replicas 0 switch an autoscaler off: that is how people stop a workload that has one.
    desired = max(low, min(high, current)) if current else 0
    if desired != current:
        world.update({**thaw(target), "spec": {**target["spec"], "replicas": desired}})
        message = (
            f"New size: {desired}; reason: Current number of replicas {'below' if desired > current else 'above'} "
        )
        limit = "Spec.MinReplicas" if desired > current else "Spec.MaxReplicas"
        note(world, autoscaler, "SuccessfulRescale", message + limit, component=COMPONENT)
    counts = {"currentReplicas": (target.get("status") or {}).get("replicas", 0), "desiredReplicas": desired}
    world.update_status(autoscaler, _with(world, {**status, **counts}, tuple(_words(world, autoscaler, target))))


def _words(world: World, autoscaler: Object, target: Object) -> Iterator[tuple[str, str, str, str]]:
    """The conditions of an autoscaler whose target is there, as `target` was before it was scaled."""
    if not target["spec"]["replicas"]:
        yield (
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        )
        yield "ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count is zero"
        return
    lacking = _lacking_request(world, autoscaler, target)
    if lacking:
        yield (
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        )
        why = f"the HPA was unable to compute the replica count: {lacking}"
        yield "ScalingActive", "False", "FailedGetResourceMetric", why
        warn(world, autoscaler, "FailedGetResourceMetric", lacking, component=COMPONENT)
        return
    yield "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"
    yield "ScalingActive", "True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count"
    yield "ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range"


def _lacking_request(world: World, autoscaler: Object, target: Object) -> str:
    """Why none of the metrics can be computed; "" where one can."""
    namespace = autoscaler["metadata"]["namespace"]
    world.wait_for(autoscaler, Topic("pods", namespace), delay=_RECOUNT)
    pods = active_pods(world, namespace, target["spec"].get("selector"))
    lacking = [_lacking_in(pods, metric) for metric in autoscaler["spec"]["metrics"]]
    return lacking[0] if lacking and all(lacking) else ""


def _lacking_in(pods: list[Object], metric: Object) -> str:
    resource = metric.get("resource") or {}
    if "averageUtilization" not in (resource.get("target") or {}):
        return ""
    name = resource["name"]
    for pod in pods:
        for container in pod["spec"]["containers"]:
            if name not in ((container.get("resources") or {}).get("requests") or {}):
                lacks = f"missing request for {name} in container {container['name']} of Pod {pod['metadata']['name']}"
                return f"failed to get {name} utilization: {lacks}"
    return ""


def _with(world: World, status: Object, words: tuple[tuple[str, str, str, str], ...]) -> Object:
    conditions = status.get("conditions") or []
    for type_, is_so, reason, message in words:
        conditions = set_condition(conditions, type_, is_so, now=world.stamp(), reason=reason, message=message)
    return {**status, "conditions": [{k: v for k, v in c.items() if k != "lastProbeTime"} for c in conditions]}
