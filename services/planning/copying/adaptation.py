"""What one target cluster has otherwise: addresses, ports and replicas that it keeps. Pure."""

from domain.cluster_api import FIELD_MANAGER
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.account_secrets import SERVICE_ACCOUNT, with_generated_of
from services.planning.copying.blank_images import with_images_of
from services.planning.copying.checks import CopyTarget, problem, repeated_lists
from services.planning.objects.autoscalers import autoscaler_of
from services.planning.objects.field_ownership import field_owners
from services.planning.objects.identity import kind_name
from services.planning.objects.workloads import pod_spec, template_path


def adapted(desired: Manifest, live: Manifest | None, target: CopyTarget) -> tuple[Manifest, tuple[Problem, ...]]:
    """The object adapted to this cluster, and the problems that say how."""
    if live is not None:
        desired = with_images_of(live, desired)
        desired = _with_default_account(desired, live)
    if kind_name(desired.kind) == "Service":
        desired = _with_live_health_check_port(desired, live)
        return _single_stack(desired, target)
    if live is not None and desired.id.group_kind == SERVICE_ACCOUNT:
        return with_generated_of(live, desired), ()
    return _autoscaled(desired, live, target)


_ACCOUNT = "serviceAccountName"


def _with_default_account(desired: Manifest, live: Manifest) -> Manifest:
    """Names the account `default` where the source names none and ours in the target would be removed.

    A server keeps the alias `serviceAccount` beside the name and fills the name in from it, so that an apply without
    the name changes nothing (kubernetes/kubernetes#72519; `Convert_v1_PodSpec_To_core_PodSpec` in pkg/apis/core/v1).
    """
    steps = template_path(desired.kind)
    named = _ACCOUNT in (pod_spec(live) or {})
    if steps is None or not named or _ACCOUNT in (pod_spec(desired) or {_ACCOUNT: ""}):
        return desired
    owners = field_owners(live).owners_of(tuple(f"f:{step}" for step in (*steps, "spec", _ACCOUNT)))
    if owners != {FIELD_MANAGER}:
        return desired
    adapted = Manifest(desired.edited())
    (pod_spec(adapted) or {})[_ACCOUNT] = "default"
    return adapted


def _with_live_health_check_port(desired: Manifest, live: Manifest | None) -> Manifest:
    """Without its health check port where the live Service has one, which the server keeps and lets nobody change.

    `validateHealthCheckNodePort` in pkg/apis/core/validation.
    """
    if live is None or not (_has_health_check(live) and _has_health_check(desired)):
        return desired
    if not live.spec.get("healthCheckNodePort") or "healthCheckNodePort" not in desired.spec:
        return desired
    body = desired.edited()
    del body["spec"]["healthCheckNodePort"]
    return Manifest(body)


def _has_health_check(service: Manifest) -> bool:
    return service.spec.get("type") == "LoadBalancer" and service.spec.get("externalTrafficPolicy") == "Local"


def _single_stack(desired: Manifest, target: CopyTarget) -> tuple[Manifest, tuple[Problem, ...]]:
    if not target.facts.single_stack or desired.spec.get("ipFamilyPolicy") != "RequireDualStack":
        return desired, ()
    body = desired.edited()
    del body["spec"]["ipFamilyPolicy"]
    return Manifest(body), (
        problem(
            target,
            desired,
            "single-stack",
            Severity.WARNS,
            f"{desired.id.label} requires two address families; cluster {target.facts.cluster} has one.",
            "spec.ipFamilyPolicy",
        ),
    )


def _autoscaled(desired: Manifest, live: Manifest | None, target: CopyTarget) -> tuple[Manifest, tuple[Problem, ...]]:
    autoscaler = autoscaler_of(desired, live, target.facts.autoscalers)
    if live is None or autoscaler is None or "replicas" not in desired.spec:
        return desired, ()
    body = desired.edited()
    owners = field_owners(live).owners_of(("f:spec", "f:replicas"))
    if owners == {FIELD_MANAGER} or repeated_lists(desired):
        # If we omitted it, the replicas would drop to 1 until the autoscaler acts: a field that only we own is removed,
        # and a replace resets every omitted field (Kubernetes docs, "Transferring Ownership").
        body["spec"]["replicas"] = live.spec.get("replicas", 1)
    else:
        del body["spec"]["replicas"]
    return Manifest(body), (
        problem(
            target,
            desired,
            "replicas-autoscaled",
            Severity.WARNS,
            f"{autoscaler} keeps control of the replicas of {desired.id.label}.",
            "spec.replicas",
        ),
    )
