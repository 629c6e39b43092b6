"""ResourceQuotas and LimitRanges."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import IMMUTABLE, duplicate, forbidden, invalid, required
from sandbox.kinds.rules import Rules
from sandbox.store import Object

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


_COUNTS = frozenset({"pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "resourcequotas"})
_CLASH = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_WITHOUT_VALUES = frozenset({*_SCOPES} - {"PriorityClass", "VolumeAttributesClass"})


def _validate_quota(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    yield from _validate_hard(spec.get("hard") or {}, "spec.hard")
    yield from _validate_scopes(spec)
    yield from _validate_scope_selector(spec)


def _validate_quota_status(obj: Object) -> Iterator[Cause]:
    for part in ("hard", "used"):
        yield from _validate_hard((obj.get("status") or {}).get(part) or {}, f"status.{part}")


def _validate_hard(amounts: dict[str, str], field: str) -> Iterator[Cause]:
    for name, amount in amounts.items():
        at = f"{field}[{name}]"
        if formats.quantity(amount) < 0:
            yield invalid(at, amount, "must be greater than or equal to 0")
        if problem := formats.qualified_name(name):
            yield invalid(at, name, problem)
        elif "/" not in name and name not in _QUOTA_NAMES and not name.startswith(("requests.hugepages", "hugepages")):
            yield invalid(at, name, "must be a standard resource for quota")
        elif formats.quantity(amount) % 1 != 0 and name in _COUNTS:
            yield invalid(at, amount, "must be an integer")


def _validate_scopes(spec: dict[str, Any]) -> Iterator[Cause]:
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid("spec.scopes", scopes, "unsupported scope")
        for name in spec.get("hard") or {}:
            if not _counts_in_scope(scope, name):
                yield invalid("spec.scopes", scopes, "unsupported scope applied to resource")
    if any(one in scopes and other in scopes for one, other in _CLASH):
        yield invalid("spec.scopes", scopes, "conflicting scopes")


def _counts_in_scope(scope: str, name: str) -> bool:
    """Scopes choose among pods, so that only what pods use can be limited in one."""
    if scope not in _SCOPES or name not in _QUOTA_NAMES:
        return True
    if scope == "VolumeAttributesClass":
        return name in {"persistentvolumeclaims", "requests.storage"}
    return name == "pods" or (scope != "BestEffort" and name.rpartition(".")[2] in {"cpu", "memory"})


def _validate_scope_selector(spec: dict[str, Any]) -> Iterator[Cause]:
    field = "spec.scopeSelector.matchExpressions"
    expressions = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    for expression in expressions:
        scope, operator = expression.get("scopeName", ""), expression.get("operator", "")
        values = expression.get("values") or []
        if scope not in _SCOPES:
            yield invalid(f"{field}.scopeName", scope, "unsupported scope")
        for name in spec.get("hard") or {}:
            if not _counts_in_scope(scope, name):
                yield invalid(field, spec["scopeSelector"], "unsupported scope applied to resource")
        if scope in _WITHOUT_VALUES and operator != "Exists":
            detail = "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
            detail += "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
            detail += "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
            yield invalid(f"{field}.operator", operator, detail)
        match operator:
            case "In" | "NotIn":
                if not values:
                    detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
                    yield required(f"{field}.values", detail)
            case "Exists" | "DoesNotExist":
                if values:
                    detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
                    yield invalid(f"{field}.values", values, detail)
            case _:
                yield invalid(f"{field}.operator", operator, "not a valid selector operator")
    chosen = {expression.get("scopeName") for expression in expressions}
    if any(chosen >= set(pair) for pair in _CLASH):
        yield invalid(field, expressions, "conflicting scopes")


def _forbid_quota(new: Object, old: Object) -> Iterator[Cause]:
    scopes = new["spec"].get("scopes") or []
    if set(scopes) != set(old["spec"].get("scopes") or []):
        yield invalid("spec.scopes", scopes, IMMUTABLE)


_BOUNDS = ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")


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
        for bound in _BOUNDS:
            for name in limit.get(bound) or {}:
                if kind in {"Container", "Pod"} and "/" not in name and not name.startswith((*_AMOUNTS, "hugepages-")):
                    detail = "must be a standard resource for containers"
                    yield invalid(f"{at}.{bound}[{name}]", name, detail)
        if kind == "Pod":
            for name in ("default", "defaultRequest"):
                if limit.get(name):
                    yield forbidden(f"{at}.{name}", "may not be specified when `type` is 'Pod'")
        if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(b) or {}) for b in ("min", "max")):
            detail = "either minimum or maximum storage value is required, but neither was provided"
            yield required(f"{at}.limits", detail)
        yield from _validate_bounds(limit, at)
        yield from _validate_ratios(limit, at)


def _validate_ratios(limit: dict[str, Any], at: str) -> Iterator[Cause]:
    for name, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
        field = f"{at}.maxLimitRequestRatio[{name}]"
        if formats.quantity(ratio) < 1:
            yield invalid(field, ratio, f"ratio {ratio} is less than 1")
        low, high = ((limit.get(bound) or {}).get(name) for bound in ("min", "max"))
        if low and high and formats.quantity(low) > 0:
            most = formats.quantity(high) / formats.quantity(low)
            if formats.quantity(ratio) > most:
                yield invalid(field, ratio, f"ratio {ratio} is greater than max/min = {float(most):f}")


_WORDS = {"min": "min", "max": "max", "default": "default", "defaultRequest": "default request"}
_ORDER = (("min", "max"), ("min", "default"), ("min", "defaultRequest"), ("defaultRequest", "default"))


def _validate_bounds(limit: dict[str, Any], at: str) -> Iterator[Cause]:
    """Min ≤ defaultRequest ≤ default ≤ max, as far as they are given."""
    for low, high in (*_ORDER, ("defaultRequest", "max"), ("default", "max")):
        for name, amount in (limit.get(low) or {}).items():
            other = (limit.get(high) or {}).get(name)
            if other is not None and formats.quantity(amount) > formats.quantity(other):
                detail = f"{_WORDS[low]} value {amount} is greater than {_WORDS[high]} value {other}"
                wrong = high if low == "min" and high != "max" else low
                yield invalid(f"{at}.{wrong}[{name}]", amount, detail)


QUOTAS = {
    ("", "resourcequotas"): Rules(
        default=lambda obj: obj.setdefault("spec", {}),
        validate=_validate_quota,
        validate_status=_validate_quota_status,
        forbid=_forbid_quota,
        empty={"spec": {}, "status": {}},
        status={},
    ),
    ("", "limitranges"): Rules(
        created_by_replacing=True, default=_default_limits, validate=_validate_limits, empty={"spec": {"limits": None}}
    ),
}
