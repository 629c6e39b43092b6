"""LimitRanges: the default requests and limits of containers, and their bounds.

Applied at admission, as by the LimitRanger of a real server: defaults first, then bounds; one answer lists all
violations.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from sandbox.errors import StatusError
from sandbox.kinds.formats import quantity
from sandbox.resources import Resource
from sandbox.store import Object, Store

_CONTAINERS = ("initContainers", "containers")
Amounts = Mapping[str, Mapping[str, str]]
"""`requests` and `limits`, by resource."""


def set_defaults(store: Store, resource: Resource, obj: Object) -> None:
    """Give a new pod's containers the defaults of its namespace."""
    if resource.group_resource != "pods":
        return
    for limit in _limits(store, obj):
        if limit.get("type") != "Container":
            continue
        for container in _containers(obj):
            amounts = container.setdefault("resources", {})
            for kind, defaults in (("limits", limit.get("default")), ("requests", limit.get("defaultRequest"))):
                for name, amount in (defaults or {}).items():
                    if name not in (amounts.get(kind) or {}):
                        amounts.setdefault(kind, {})[name] = amount


def check(store: Store, resource: Resource, obj: Object) -> None:
    """Raises `StatusError` 403 for a pod or claim beyond the bounds of its namespace."""
    if resource.group_resource not in {"pods", "persistentvolumeclaims"}:
        return
    problems: list[str] = []
    for limit in _limits(store, obj):
        kind = limit.get("type", "")
        for amounts in _asked(resource, kind, obj):
            problems += _problems(limit, kind, amounts)
    if problems:
        name = obj["metadata"]["name"]
        detail = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        message = f'{resource.plural} "{name}" is forbidden: {detail}'
        raise StatusError(403, "Forbidden", message, name=name, kind=resource.plural)


def _limits(store: Store, obj: Object) -> Iterator[Mapping[str, Any]]:
    for entry in store.select("", "limitranges", obj["metadata"]["namespace"]):
        yield from (entry.object.get("spec") or {}).get("limits") or ()


def _containers(pod: Object) -> Iterator[dict[str, Any]]:
    for kind in _CONTAINERS:
        yield from pod["spec"].get(kind) or ()


def _asked(resource: Resource, kind: str, obj: Object) -> Iterable[Amounts]:
    """What a kind of limit looks at."""
    match kind, resource.plural:
        case "Container", "pods":
            return [c.get("resources") or {} for c in _containers(obj)]
        case "Pod", "pods":
            return [_sum(c.get("resources") or {} for c in obj["spec"].get("containers") or ())]
        case "PersistentVolumeClaim", "persistentvolumeclaims":
            return [obj["spec"].get("resources") or {}]
        case _:
            return ()


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    total: dict[str, dict[str, Fraction]] = {"requests": {}, "limits": {}}
    for one in amounts:
        for kind, of_kind in total.items():
            for name, amount in (one.get(kind) or {}).items():
                of_kind[name] = of_kind.get(name, Fraction()) + quantity(amount)
    return {k: {n: _decimal(a) for n, a in v.items()} for k, v in total.items()}


def _decimal(amount: Fraction) -> str:
    return str(int(amount)) if amount.denominator == 1 else f"{int(amount * 1000)}m"


def _problems(limit: Mapping[str, Any], kind: str, asked: Amounts) -> Iterator[str]:
    requests, limits = asked.get("requests") or {}, asked.get("limits") or {}
    for name, bound in (limit.get("min") or {}).items():
        if name not in requests:
            yield f"minimum {name} usage per {kind} is {bound}.  No request is specified"
        elif quantity(requests[name]) < quantity(bound):
            yield f"minimum {name} usage per {kind} is {bound}, but request is {requests[name]}"
    for name, bound in (limit.get("max") or {}).items():
        claim = kind == "PersistentVolumeClaim"
        wanted, word = (requests, "request") if claim else (limits, "limit")
        if name not in wanted:
            yield f"maximum {name} usage per {kind} is {bound}.  No {word} is specified"
        elif quantity(wanted[name]) > quantity(bound):
            yield f"maximum {name} usage per {kind} is {bound}, but {word} is {wanted[name]}"
    for name, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
        if quantity(requests.get(name, "0")) <= 0 or name not in limits:
            yield f"{name} max limit to request ratio per {kind} is {ratio}, but no request or limit is specified"
        elif quantity(limits[name]) / quantity(requests[name]) > quantity(ratio):
            yield f"{name} max limit to request ratio per {kind} is {ratio}, but provided ratio is greater"
