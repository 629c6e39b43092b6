"""When an object that has no rollout is healthy: claims, services, autoscalers, custom resources and others.

Pure. Built-in kinds follow Argo CD's health checks (argo-cd gitops-engine/pkg/health) where it has one, else kstatus
(sigs.k8s.io/cli-utils pkg/kstatus); custom resources are judged by `custom_resources`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from domain.resources import Manifest
from services.planning.health.custom_resources import assess_custom
from services.planning.health.values import Health, HealthState, condition, holds, moment

# Kinds without a status to wait for.
_INERT = frozenset(
    {
        ("", "ConfigMap"),
        ("", "Secret"),
        ("", "ServiceAccount"),
        ("", "LimitRange"),
        ("", "ResourceQuota"),
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy", "PodDisruptionBudget"),
    }
)


_NO_METRIC = frozenset(
    {"FailedGetResourceMetric", "FailedGetContainerResourceMetric", "FailedGetPodsMetric", "FailedGetObjectMetric"}
    | {"FailedGetExternalMetric", "FailedComputeMetricsReplicas"}
)
# The controller's own --horizontal-pod-autoscaler-cpu-initialization-period.
_FIRST_METRICS = timedelta(minutes=5)


def assess_object(manifest: Manifest, *, now: datetime) -> Health:
    """The health of an object that is no workload; the caller has checked its generation and deletion."""
    group_kind = manifest.id.group_kind
    if group_kind in _INERT:
        return _ready("It is stored.")
    if group_kind == ("autoscaling", "HorizontalPodAutoscaler"):
        return _assess_autoscaler(manifest, now=now)
    rule = _RULES.get(group_kind)
    return rule(manifest) if rule else assess_custom(manifest)


def _assess_service(service: Manifest) -> Health:
    if service.spec.get("type") == "LoadBalancer" and not _has_address(service):
        return _progressing("The load balancer has no address yet.", reason="NoAddress")
    return _ready("It is stored.")


def _assess_ingress(ingress: Manifest) -> Health:
    # Many controllers never report an address, so its absence is mentioned and is no failure.
    if _has_address(ingress):
        return _ready("It has an address.")
    return _ready("No address is reported (many controllers never do).", reason="NoAddress")


def _assess_claim(claim: Manifest) -> Health:
    match claim.status.get("phase"):
        case "Bound":
            return _ready("The volume is bound.")
        case "Lost":
            return _failed("The volume that it was bound to no longer exists.", reason="Lost")
        case _:
            return _progressing("No volume is bound yet; some classes wait for the first pod.", reason="Pending")


def _assess_autoscaler(autoscaler: Manifest, *, now: datetime) -> Health:
    """New pods have no metrics yet, and its target may be created after it: both mend themselves (argo-cd#6287)."""
    for type_, reasons in (
        ("AbleToScale", {"FailedGetScale", "FailedUpdateScale"}),
        ("ScalingActive", {*_NO_METRIC, "InvalidSelector"}),
    ):
        entry = condition(autoscaler, type_) or {}
        if entry.get("status") == "False" and entry.get("reason") in reasons:
            reason, since = str(entry["reason"]), moment(entry.get("lastTransitionTime"))
            if since is not None and now - since < _FIRST_METRICS and reason != "InvalidSelector":
                return _progressing(f"It cannot scale yet: {reason}.", reason=reason)
            return _failed(f"It cannot scale: {reason}.", reason=reason)
    if holds(autoscaler, "AbleToScale") or holds(autoscaler, "ScalingLimited"):
        return _ready("It is able to scale.")
    return _progressing("It has not reported yet.")


def _assess_definition(definition: Manifest) -> Health:
    names = condition(definition, "NamesAccepted") or {}
    if names.get("status") == "False":
        return _failed("Its names are taken by another definition.", reason=str(names.get("reason") or "NamesTaken"))
    return _ready("It is served.") if holds(definition, "Established") else _progressing("It is not served yet.")


def _assess_api_service(service: Manifest) -> Health:
    if holds(service, "Available"):
        return _ready("It is available.")
    return _progressing("It is not available.", reason=(condition(service, "Available") or {}).get("reason"))


def _assess_namespace(namespace: Manifest) -> Health:
    if namespace.status.get("phase") == "Active":
        return _ready("It is active.")
    return Health(state=HealthState.TERMINATING, message="It is being deleted.")


def assess_pod(pod: Manifest) -> Health:
    """A pod that no controller owns."""
    match pod.status.get("phase"):
        case "Succeeded":
            return _ready("It has finished.")
        case "Failed":
            return _failed("It has failed.", reason=str(pod.status.get("reason") or "Failed"))
        case "Running" if holds(pod, "Ready"):
            return _ready("It is ready.")
        case phase:
            return _progressing(f"It is {str(phase or 'pending').lower()}, not ready.")


def _has_address(manifest: Manifest) -> bool:
    return bool((manifest.status.get("loadBalancer") or {}).get("ingress"))


def _ready(message: str, *, reason: str | None = None) -> Health:
    return Health(state=HealthState.READY, reason=reason, message=message)


def _progressing(message: str, *, reason: str | None = None) -> Health:
    return Health(state=HealthState.PROGRESSING, reason=reason, message=message)


def _failed(message: str, *, reason: str) -> Health:
    return Health(state=HealthState.FAILED, reason=reason, message=message)


_RULES: dict[tuple[str, str], Callable[[Manifest], Health]] = {
    ("", "Service"): _assess_service,
    ("networking.k8s.io", "Ingress"): _assess_ingress,
    ("", "PersistentVolumeClaim"): _assess_claim,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _assess_definition,
    ("apiregistration.k8s.io", "APIService"): _assess_api_service,
    ("", "Namespace"): _assess_namespace,
}
