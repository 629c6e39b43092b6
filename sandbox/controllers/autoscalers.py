"""HorizontalPodAutoscalers: without metrics, they keep the target within its limits, and report that."""

from sandbox.controllers.conditions import set_condition
from sandbox.controllers.events import note
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

COMPONENT = "horizontal-pod-autoscaler"
_PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "ReplicaSet": "replicasets"}


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
    words = (
        ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
        (
            ("ScalingActive", "True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count")
            if current
            else ("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count is zero")
        ),
        ("ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range"),
    )
    counts = {"currentReplicas": (target.get("status") or {}).get("replicas", 0), "desiredReplicas": desired}
    world.update_status(autoscaler, _with(world, {**status, **counts}, words))


def _with(world: World, status: Object, words: tuple[tuple[str, str, str, str], ...]) -> Object:
    conditions = status.get("conditions") or []
    for type_, is_so, reason, message in words:
        conditions = set_condition(conditions, type_, is_so, now=world.stamp(), reason=reason, message=message)
    return {**status, "conditions": [{k: v for k, v in c.items() if k != "lastProbeTime"} for c in conditions]}
