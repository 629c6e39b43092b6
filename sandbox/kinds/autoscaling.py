"""Autoscalers."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats, statuses
from sandbox.kinds.findings import forbidden, invalid, required, unsupported
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_LONGEST_WINDOW = 3600
_LONGEST_PERIOD = 1800


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
        if kind not in kinds:
            yield unsupported(f"spec.metrics[{index}].type", kind or "", kinds)
        elif kinds[kind] not in metric:
            yield required(
                f"spec.metrics[{index}].{kinds[kind]}", "must populate information for the given metric source"
            )
        else:
            yield from _validate_metric(metric[kinds[kind]], kind, f"spec.metrics[{index}].{kinds[kind]}")
        for extra in kinds.values():
            if extra in metric and extra != kinds.get(kind or ""):
                yield forbidden(f"spec.metrics[{index}].{extra}", "must populate the given metric source only")
    for direction, rules in (spec.get("behavior") or {}).items():
        yield from _validate_scaling_rules(rules, f"spec.behavior.{direction}")


def _validate_scaling_rules(rules: dict[str, Any], at: str) -> Iterator[Cause]:
    window = rules.get("stabilizationWindowSeconds", 0)
    if window < 0:
        yield invalid(f"{at}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
    if window > _LONGEST_WINDOW:
        detail = f"must be less than or equal to {_LONGEST_WINDOW}"
        yield invalid(f"{at}.stabilizationWindowSeconds", window, detail)
    options = ("Disabled", "Max", "Min")
    if rules["selectPolicy"] not in options:
        yield unsupported(f"{at}.selectPolicy", rules["selectPolicy"], options)
    if not rules.get("policies"):
        yield required(f"{at}.policies", "must specify at least one Policy")
    for index, policy in enumerate(rules.get("policies") or ()):
        yield from _validate_scaling_policy(policy, f"{at}.policies[{index}]")


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
        yield from _validate_named_metric(source, kind, at)
        return
    if not source.get("name"):
        yield required(f"{at}.name", "must specify a resource name")
    chosen = target.keys() & {"averageUtilization", "averageValue"}
    if not chosen:
        yield required(f"{at}.target.averageUtilization", "must set either a target raw value or a target utilization")
    elif len(chosen) > 1:
        yield forbidden(f"{at}.target.averageValue", "may not set both a target raw value and a target utilization")


def _validate_named_metric(source: dict[str, Any], kind: str, at: str) -> Iterator[Cause]:
    """A metric of pods, of another object, or from outside."""
    name, target = (source.get("metric") or {}).get("name"), source.get("target") or {}
    if not name:
        yield required(f"{at}.metric.name", "must specify a metric name")
    elif problem := formats.path_segment(name):
        yield invalid(f"{at}.metric.name", name, problem)
    if kind == "Object":
        for part in ("kind", "name"):
            if not (source.get("describedObject") or {}).get(part):
                yield required(f"{at}.describedObject.{part}")
    if kind == "Pods":
        if formats.quantity(target.get("averageValue", "0")) <= 0:
            yield required(f"{at}.target.averageValue", "must specify a positive target averageValue")
        return
    chosen = target.keys() & {"value", "averageValue"}
    if not chosen:
        detail = "must set either a target value for metric or a per-pod target"
        yield required(f"{at}.target.averageValue", detail)
    elif len(chosen) > 1 and kind == "External":
        yield forbidden(f"{at}.target.value", "may not set both a target value for metric and a per-pod target")


def _validate_scaling_policy(policy: dict[str, Any], at: str) -> Iterator[Cause]:
    if policy.get("type") not in {"Pods", "Percent"}:
        yield unsupported(f"{at}.type", policy.get("type", ""), ("Pods", "Percent"))
    for name in ("value", "periodSeconds"):
        if policy.get(name, 0) <= 0:
            yield invalid(f"{at}.{name}", policy.get(name, 0), "must be greater than zero")
    if policy.get("periodSeconds", 0) > _LONGEST_PERIOD:
        yield invalid(
            f"{at}.periodSeconds", policy["periodSeconds"], f"must be less than or equal to {_LONGEST_PERIOD}"
        )


AUTOSCALING = {
    ("autoscaling", "horizontalpodautoscalers"): Rules(
        default=_default_autoscaler,
        validate=_validate_autoscaler,
        validate_status=statuses.AUTOSCALER,
        empty={"spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0}, "status": {}},
        status={"desiredReplicas": 0, "currentMetrics": None},
    ),
}
