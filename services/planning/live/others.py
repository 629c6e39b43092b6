"""What is kept of objects that are no workloads: what `health.non_workloads` reads, and images that they name. Pure.

Their members are of whatever types their definitions say, so they are read as JSON, and what does not fit is left out.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Raw

from domain.resources import Kind
from services.json_bounds import parse
from services.planning.live.shapes import ABSENT
from services.planning.objects.custom_images import may_name_images, only_images

_CONDITIONS = frozenset(
    {"Ready", "Reconciling", "Stalled"}  # kstatus
    | {"AbleToScale", "ScalingActive", "ScalingLimited"}  # autoscalers
    | {"NamesAccepted", "Established", "Available"}  # definitions, and registrations of API servers
)
_READ = ("type", "status", "reason", "lastTransitionTime")


def trim_spec(kind: Kind, spec: Raw) -> Raw:
    """The images that a custom resource names, and the type of a Service."""
    found = _mapping(spec)
    if may_name_images(kind):
        return _encoded(only_images(found))
    return _encoded({"type": found["type"]} if isinstance(found.get("type"), str) else {})


def trim_status(kind: Kind, status: Raw) -> Raw:
    found = _mapping(status)
    conditions = found.get("conditions")
    cut: dict[str, Any] = {
        "observedGeneration": _of(int, found.get("observedGeneration")),
        "phase": _of(str, found.get("phase")),
        "conditions": [
            {name: each[name] for name in _read_of(kind) if isinstance(each.get(name), str)}
            for each in (conditions if isinstance(conditions, list) else ())
            if isinstance(each, dict) and each.get("type") in _CONDITIONS
        ],
    }
    balancer = found.get("loadBalancer")
    if isinstance(balancer, dict) and balancer.get("ingress"):
        cut["loadBalancer"] = {"ingress": [{}]}  # that it has an address is all that is read
    return _encoded({name: value for name, value in cut.items() if value not in (None, [], "")})


def _read_of(kind: Kind) -> tuple[str, ...]:
    return _READ if kind.name == "HorizontalPodAutoscaler" else _READ[:-1]


def _of(type_: type, value: Any) -> Any:
    return value if isinstance(value, type_) and not isinstance(value, bool) else None


def _mapping(value: Raw) -> Mapping[str, Any]:
    found = parse(bytes(value)) if value is not ABSENT else None
    return found if isinstance(found, dict) else {}


def _encoded(value: Mapping[str, Any]) -> Raw:
    return Raw(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)) if value else ABSENT
