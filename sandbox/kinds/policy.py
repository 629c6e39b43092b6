"""Autoscalers, disruption budgets, quotas and limits."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import duplicate, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_selector
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)


def _default_autoscaler(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if behavior := spec.get("behavior"):
        _default_behavior(behavior)


def _default_behavior(behavior: dict[str, Any]) -> None:
    all_pods = {"type": "Percent", "value": 100, "periodSeconds": 15}
    up = behavior.setdefault("scaleUp", {})
    up.setdefault("stabilizationWindowSeconds", 0)
    up.setdefault("policies", [{"type": "Pods", "value": 4, "periodSeconds": 15}, all_pods])
    down = behavior.setdefault("scaleDown", {})
    down.setdefault("policies", [dict(all_pods)])
    for rules in (up, down):
        rules.setdefault("selectPolicy", "Max")


def _validate_autoscaler(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    low, high, target = spec["minReplicas"], spec.get("maxReplicas", 0), spec.get("scaleTargetRef") or {}
    if low < 1:
        yield invalid("spec.minReplicas", low, "must be greater than or equal to 1")
    if high < 1:
        yield invalid("spec.maxReplicas", high, "must be greater than 0")
    elif high < low:
        yield invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
    for name in ("kind", "name"):
        if not target.get(name):
            yield required(f"spec.scaleTargetRef.{name}")
    kinds = {
        "Resource": "resource",
        "Pods": "pods",
        "Object": "object",
        "External": "external",
        "ContainerResource": "containerResource",
    }
    for index, metric in enumerate(spec["metrics"]):
        kind = metric.get("type")
        if not kind:
            yield required(f"spec.metrics[{index}].type", "must specify a metric source type")
        elif kind not in kinds:
            yield unsupported(f"spec.metrics[{index}].type", kind, kinds)
        elif kinds[kind] not in metric:
            yield required(
                f"spec.metrics[{index}].{kinds[kind]}", "must populate information for the given metric source"
            )
        else:
            yield from _validate_metric(metric[kinds[kind]], kind, f"spec.metrics[{index}].{kinds[kind]}")
    for direction, rules in (spec.get("behavior") or {}).items():
        for index, policy in enumerate(rules.get("policies") or ()):
            yield from _validate_scaling_policy(policy, f"spec.behavior.{direction}.policies[{index}]")


def _validate_metric(source: dict[str, Any], kind: str, at: str) -> Iterator[Cause]:
    target = source.get("target") or {}
    options = ("AverageValue", "Utilization", "Value")
    if not target.get("type"):
        yield required(f"{at}.target.type", "must specify a metric target type")
    if target.get("type") not in options:
        yield invalid(f"{at}.target.type", target.get("type", ""), "must be either Utilization, Value, or AverageValue")
    for name in ("value", "averageValue"):
        if name in target and formats.quantity(target[name]) <= 0:
            yield invalid(f"{at}.target.{name}", target[name], "must be positive")
    if target.get("averageUtilization", 1) < 1:
        yield invalid(f"{at}.target.averageUtilization", target["averageUtilization"], "must be greater than 0")
    if kind not in {"Resource", "ContainerResource"}:
        return
    if not source.get("name"):
        yield required(f"{at}.name", "must specify a resource name")
    chosen = target.keys() & {"averageUtilization", "averageValue"}
    if not chosen:
        yield required(f"{at}.target.averageUtilization", "must set either a target raw value or a target utilization")
    elif len(chosen) > 1:
        yield forbidden(f"{at}.target.averageValue", "may not set both a target raw value and a target utilization")


def _validate_scaling_policy(policy: dict[str, Any], at: str) -> Iterator[Cause]:
    if policy.get("type") not in {"Pods", "Percent"}:
        yield unsupported(f"{at}.type", policy.get("type", ""), ("Pods", "Percent"))
    for name in ("value", "periodSeconds"):
        if policy.get(name, 0) <= 0:
            yield invalid(f"{at}.{name}", policy.get(name, 0), "must be greater than zero")


def _validate_budget(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        value = spec.get(name)
        if isinstance(value, str) and not (value.endswith("%") and value[:-1].isdecimal()):
            yield invalid(f"spec.{name}", value, _PERCENT)
        elif isinstance(value, str) and int(value[:-1]) > 100:
            yield invalid(f"spec.{name}", value, "must not be greater than 100%")
        elif isinstance(value, int) and value < 0:
            yield invalid(f"spec.{name}", value, "must be greater than or equal to 0")
    yield from validate_selector(spec.get("selector"), "spec.selector")
    options = ("AlwaysAllow", "IfHealthyBudget")
    if spec.get("unhealthyPodEvictionPolicy", options[0]) not in options:
        yield unsupported("spec.unhealthyPodEvictionPolicy", spec["unhealthyPodEvictionPolicy"], options)


_SCOPES = (
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
)
_AMOUNTS = ("cpu", "memory", "ephemeral-storage")
_QUOTA_NAMES = frozenset(
    {
        *_AMOUNTS,
        *(f"{kind}.{amount}" for kind in ("limits", "requests") for amount in _AMOUNTS),
        *("pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers"),
        *("resourcequotas", "secrets", "configmaps", "persistentvolumeclaims", "requests.storage"),
    }
)


def _validate_quota(obj: Object) -> Iterator[Cause]:
    for scope in (obj.get("spec") or {}).get("scopes") or ():
        if scope not in _SCOPES:
            yield invalid("spec.scopes", obj["spec"]["scopes"], "unsupported scope")
    for name, amount in ((obj.get("spec") or {}).get("hard") or {}).items():
        if formats.quantity(amount) < 0:
            yield invalid(f"spec.hard[{name}]", amount, "must be greater than or equal to 0")
        if problem := formats.qualified_name(name):
            yield invalid(f"spec.hard[{name}]", name, problem)
        elif "/" not in name and name not in _QUOTA_NAMES and not name.startswith(("requests.hugepages", "hugepages")):
            yield invalid(f"spec.hard[{name}]", name, "must be a standard resource for quota")
        elif formats.quantity(amount) % 1 != 0 and name in {"pods", "services", "secrets", "configmaps"}:
            yield invalid(f"spec.hard[{name}]", amount, "must be an integer")


def _default_limits(obj: Object) -> None:
    """For containers: the default limit is the maximum; the default request is that limit, or else the minimum."""
    for limit in (obj.get("spec") or {}).get("limits") or ():
        if limit.get("type") != "Container":
            continue
        default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
        request = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
        for name, amounts in (("default", default), ("defaultRequest", request)):
            if amounts:
                limit[name] = amounts


def _validate_limits(obj: Object) -> Iterator[Cause]:
    seen: set[str] = set()
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or ()):
        at, kind = f"spec.limits[{index}]", limit.get("type", "")
        if kind not in {"Container", "PersistentVolumeClaim", "Pod"} and "/" not in kind:
            yield invalid(f"{at}.type", kind, "must be a standard limit type or fully qualified")
        if kind in seen:
            yield duplicate(f"{at}.type", kind)
        seen.add(kind)
        if kind == "Pod":
            for name in ("default", "defaultRequest"):
                if limit.get(name):
                    yield forbidden(f"{at}.{name}", "may not be specified when `type` is 'Pod'")
        yield from _validate_bounds(limit, at)


_ORDER = (("min", "max"), ("min", "default"), ("min", "defaultRequest"), ("defaultRequest", "default"))


def _validate_bounds(limit: dict[str, Any], at: str) -> Iterator[Cause]:
    """Min ≤ defaultRequest ≤ default ≤ max, as far as they are given."""
    for low, high in (*_ORDER, ("defaultRequest", "max"), ("default", "max")):
        for name, amount in (limit.get(low) or {}).items():
            other = (limit.get(high) or {}).get(name)
            if other is not None and formats.quantity(amount) > formats.quantity(other):
                detail = f"{low} value {amount} is greater than {high} value {other}"
                yield invalid(f"{at}.{low}[{name}]", amount, detail)


POLICY = {
    ("autoscaling", "horizontalpodautoscalers"): Rules(
        default=_default_autoscaler,
        validate=_validate_autoscaler,
        empty={"spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0}, "status": {}},
        status={"desiredReplicas": 0, "currentMetrics": None},
    ),
    ("policy", "poddisruptionbudgets"): Rules(
        default=lambda obj: obj.setdefault("spec", {}),
        replaced_by_version=True,
        validate=_validate_budget,
        empty={"spec": {}, "status": {}},
        status={"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
        generation=True,
    ),
    ("", "resourcequotas"): Rules(
        default=lambda obj: obj.setdefault("spec", {}),
        validate=_validate_quota,
        empty={"spec": {}, "status": {}},
        status={},
    ),
    ("", "limitranges"): Rules(
        created_by_replacing=True, default=_default_limits, validate=_validate_limits, empty={"spec": {"limits": None}}
    ),
}
