"""Autoscalers, disruption budgets, quotas and limits."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import invalid, required, unsupported
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


def _validate_budget(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        value = spec.get(name)
        if isinstance(value, str) and not (value.endswith("%") and value[:-1].isdecimal()):
            yield invalid(f"spec.{name}", value, _PERCENT)
        elif isinstance(value, int) and value < 0:
            yield invalid(f"spec.{name}", value, "must be greater than or equal to 0")
    yield from validate_selector(spec.get("selector"), "spec.selector")


def _validate_quota(obj: Object) -> Iterator[Cause]:
    for name, amount in ((obj.get("spec") or {}).get("hard") or {}).items():
        if formats.quantity(amount) < 0:
            yield invalid(f"spec.hard[{name}]", amount, "must be greater than or equal to 0")
        if problem := formats.qualified_name(name):
            yield invalid(f"spec.hard[{name}]", name, problem)
        elif formats.quantity(amount) % 1 != 0 and name in {"pods", "services", "secrets", "configmaps"}:
            yield invalid(f"spec.hard[{name}]", amount, "must be an integer")


def _validate_limits(obj: Object) -> Iterator[Cause]:
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or ()):
        if not limit.get("type"):
            yield required(f"spec.limits[{index}].type")


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
    ("", "limitranges"): Rules(created_by_replacing=True, validate=_validate_limits, empty={"spec": {"limits": None}}),
}
