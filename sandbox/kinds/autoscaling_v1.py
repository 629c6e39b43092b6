"""Autoscalers in autoscaling/v1, which has one metric: all others are in annotations."""

from typing import Any

import orjson

from sandbox.store import Object, thaw

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _BEHAVIOR = _PREFIX + "metrics", _PREFIX + "behavior"
_SHOWN_ONLY = (_PREFIX + "conditions", _PREFIX + "current-metrics")
_PERCENTAGE = "targetCPUUtilizationPercentage"
_V1_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")


def to_v2(autoscaler: Object) -> Object:
    """The autoscaler in autoscaling/v2; what was left out stays out."""
    obj: Object = {**thaw(autoscaler), "apiVersion": "autoscaling/v2"}
    spec, annotations = obj.get("spec"), obj.get("metadata", {}).get("annotations")
    noted = {name: annotations.pop(name, None) for name in (_METRICS, _BEHAVIOR, *_SHOWN_ONLY)} if annotations else {}
    if annotations == {}:
        del obj["metadata"]["annotations"]
    if spec is None:
        return obj
    metrics = [_metric_to_v2(metric) for metric in _read(noted.get(_METRICS)) or ()]
    if (percentage := spec.pop(_PERCENTAGE, None)) is not None:
        target = {"type": "Utilization", "averageUtilization": percentage}
        metrics.insert(0, {"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    if behavior := _read(noted.get(_BEHAVIOR)):
        spec["behavior"] = _renamed(behavior, str.lower)
    if status := obj.get("status"):
        obj["status"] = {name: status[name] for name in _V1_STATUS if name in status}
    return obj


def to_v1(autoscaler: Object) -> Object:
    """The autoscaler in autoscaling/v1."""
    obj: Object = {**thaw(autoscaler), "apiVersion": "autoscaling/v1"}
    spec, noted = obj["spec"], {}
    others = []
    for metric in spec.pop("metrics", ()):
        target = (metric.get("resource") or {}).get("target") or {}
        if metric["type"] == "Resource" and metric["resource"]["name"] == "cpu" and "averageUtilization" in target:
            spec[_PERCENTAGE] = target["averageUtilization"]
        else:
            others.append(_metric_to_v1(metric))
    if others:
        noted[_METRICS] = orjson.dumps(others).decode()
    if behavior := spec.pop("behavior", None):
        noted[_BEHAVIOR] = orjson.dumps(_renamed(behavior, str.upper)).decode()
    status = obj.get("status") or {}
    if status.get("conditions"):
        noted[_SHOWN_ONLY[0]] = orjson.dumps(status["conditions"]).decode()
    obj["status"] = {"currentReplicas": 0} | {name: status[name] for name in _V1_STATUS if name in status}
    if noted:
        obj["metadata"]["annotations"] = (obj["metadata"].get("annotations") or {}) | noted
    return obj


def _read(text: str | None) -> Any:
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None


def _metric_to_v1(metric: Object) -> Object:
    """The flat form: `targetAverageUtilization` rather than `target`."""
    source: Object = dict(next(v for k, v in metric.items() if k != "type"))
    target, named = source.pop("target", {}), source.pop("metric", None)
    if named:
        source["metricName"] = named["name"]
    for name in ("value", "averageValue", "averageUtilization"):
        if name in target:
            source["target" + name[0].upper() + name[1:]] = target[name]
    return {"type": metric["type"], next(k for k in metric if k != "type"): source}


def _metric_to_v2(metric: Object) -> Object:
    source: Object = dict(next(v for k, v in metric.items() if k != "type"))
    kinds = {"targetAverageUtilization": "Utilization", "targetAverageValue": "AverageValue", "targetValue": "Value"}
    target: Object = {}
    for name, kind in kinds.items():
        if name in source:
            target |= {"type": kind, name[len("target")].lower() + name[len("target") + 1 :]: source.pop(name)}
    if "metricName" in source:
        source["metric"] = {"name": source.pop("metricName")}
    return {"type": metric["type"], next(k for k in metric if k != "type"): source | {"target": target}}


def _renamed(value: Any, change: Any) -> Any:
    """The same with the first letter of each member's name changed, as Go's own names differ from those in JSON."""
    if isinstance(value, dict):
        return {change(k[0]) + k[1:]: _renamed(v, change) for k, v in value.items() if v is not None}
    return [_renamed(v, change) for v in value] if isinstance(value, list) else value
