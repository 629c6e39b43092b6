"""Whether two values are the same once an API server has stored them: spellings, defaults, and what it drops. Pure.

For built-in kinds the rules are those of their Go types; values of custom resources are compared as JSON.
"""

from typing import Any

from domain.resources import Kind
from services.planning.objects.quantities import same_amount

# The defaults that a server writes into atomic lists and maps (`SetDefaults_*` in pkg/apis/*/v1/defaults.go). A field
# that an apply omits there is no difference if it has this value.
_DEFAULTS_INSIDE_ATOMIC: dict[str, tuple[Any, ...]] = {
    "protocol": ("TCP",),
    "apiVersion": ("v1",),
    "divisor": ("0", 0),
    "defaultMode": (420,),
    "volumeMode": ("Filesystem",),
    "kind": ("PersistentVolumeClaim",),
    "pathType": ("ImplementationSpecific",),
    "expirationSeconds": (3600,),
    "apiGroup": ("", "rbac.authorization.k8s.io"),
    "group": ("",),
    "weight": (1,),
    "effect": ("",),
    "operator": ("Equal",),
    "status": ({"phase": "Pending"}, {}, "True"),
    "optional": (False,),
    "allocationMode": ("ExactCount",),
    "count": (1,),
    "creationTimestamp": (None,),
}

_QUANTITY_MAPS = ("requests", "limits", "hard", "capacity", "default", "defaultRequest", "max", "min")
_QUANTITY_FIELDS = ("sizeLimit", "averageValue", "divisor")

# For these fields the server distinguishes "empty" from "not set"; it drops any other empty object.
_KEPT_WHEN_EMPTY = frozenset({"emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector", "spec"})
# The zero values that `omitempty` drops on the way to storage (core/v1 types.go): the server then reads "not set".
_DROPPED_WHEN_FALSE = frozenset(
    {"hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "paused", "readOnly", "publishNotReadyAddresses"}
)
_DROPPED_WHEN_ZERO = frozenset(
    {"initialDelaySeconds", "minReadySeconds", "nodePort", "hostPort", "healthCheckNodePort"}
)
_DROPPED_WHEN_EMPTY = ("env[].value", "envFrom[].prefix", "volumeMounts[].subPath", "containers[].workingDir")
# Maps, of which storage knows no empty ones.
_MAPS = frozenset({"matchLabels", "labels", "annotations", "nodeSelector"})
# Texts that `omitempty` drops inside of atomic lists and maps (tolerations, subjects, key references), and the name of
# an EndpointSlice's port, which a server fills in with an empty text.
_TEXTS_DROPPED_WHEN_EMPTY = frozenset({"effect", "key", "value", "namespace", "name"})


def with_filled_limits(kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
    """A LimitRange with what a server fills in: defaults from the maximum, default requests from these or the minimum.

    `SetDefaults_LimitRangeItem` in pkg/apis/core/v1/defaults.go. Other objects as they are.
    """
    limits = (body.get("spec") or {}).get("limits") if (kind.group, kind.name) == ("", "LimitRange") else None
    if not isinstance(limits, list):
        return body
    return {**body, "spec": {**body["spec"], "limits": [_filled(each) for each in limits]}}


def _filled(limit: Any) -> Any:
    if not isinstance(limit, dict) or limit.get("type") != "Container":
        return limit
    default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
    request = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
    filled = {"default": default, "defaultRequest": request}
    return {**limit, **{name: amounts for name, amounts in filled.items() if amounts}}


def is_not_stored(desired: Any, pattern: str) -> bool:
    """Whether an API server stores nothing for this value of a built-in kind."""
    name = pattern.rpartition(".")[2]
    return (
        desired is None
        or (desired == "" and pattern.endswith(_DROPPED_WHEN_EMPTY))
        or (desired == 0 and desired is not False and name in _DROPPED_WHEN_ZERO)
        or desired == []
        or (desired == {} and name not in _KEPT_WHEN_EMPTY)
        or (desired is False and name in _DROPPED_WHEN_FALSE)
    )


def same_leaf(live: Any, desired: Any, path: str) -> bool:
    """Whether two single values of a built-in kind are the same; quantities are compared as amounts."""
    return bool(live == desired) or _same_quantity(live, desired, path)


def _same_quantity(live: Any, desired: Any, path: str) -> bool:
    steps = path.replace("[", ".").replace("]", "").split(".")
    is_quantity = steps[-1] in _QUANTITY_FIELDS or any(step in _QUANTITY_MAPS for step in steps[-3:-1])
    return is_quantity and same_amount(live, desired)


def same_json(live: Any, desired: Any) -> bool:
    """Whether two values are the same JSON: neither is 1 the same as true, nor null the same as no field."""
    if isinstance(live, dict) and isinstance(desired, dict):
        return live.keys() == desired.keys() and all(same_json(live[key], desired[key]) for key in live)
    if isinstance(live, list) and isinstance(desired, list):
        return len(live) == len(desired) and all(map(same_json, live, desired))
    return isinstance(live, bool) == isinstance(desired, bool) and bool(live == desired)


def same_atomic(live: Any, desired: Any) -> bool:
    """Whether two atomic values of a built-in kind are the same, apart from the fields that the server defaults."""
    if isinstance(live, dict) and isinstance(desired, dict):
        return all(
            same_atomic(live[key], desired[key])
            if key in live and key in desired
            else _absent_is_same(key, live, desired)
            for key in {*live, *desired}
        )
    if isinstance(live, list) and isinstance(desired, list):
        return len(live) == len(desired) and all(map(same_atomic, live, desired))
    return bool(live == desired) or (
        isinstance(live, str) and isinstance(desired, str) and _equal_amounts(live, desired)
    )


def _equal_amounts(live: str, desired: str) -> bool:
    return live[:1].isdigit() and desired[:1].isdigit() and same_amount(live, desired)


def _absent_is_same(key: str, live: dict[str, Any], desired: dict[str, Any]) -> bool:
    value = live[key] if key in live else desired[key]
    return (
        value is None
        or value == []  # protobuf, in which built-in kinds are stored, knows no empty lists
        or (value == {} and key in _MAPS)
        or (not value and isinstance(value, str) and key in _TEXTS_DROPPED_WHEN_EMPTY)
        or value in _DEFAULTS_INSIDE_ATOMIC.get(key, ())
    )
