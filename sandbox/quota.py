"""ResourceQuotas: what the objects of a namespace use, and the refusal of writes that exceed a quota."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sandbox.admission import forbidden
from sandbox.kinds.formats import quantity
from sandbox.resources import Resource
from sandbox.store import Object, Store

_COUNTED = {"pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "resourcequotas"}


def check_quota(store: Store, resource: Resource, new: Object, old: Object | None) -> None:
    """Refuse what would go beyond a ResourceQuota of the namespace. Usage is counted, not read from its status."""
    namespace, name = new["metadata"].get("namespace", ""), new["metadata"]["name"]
    quotas = store.select("", "resourcequotas", namespace) if namespace else []
    if not quotas:
        return
    wanted = usage(resource, new)
    for amount, before in (usage(resource, old) if old else {}).items():
        wanted[amount] -= before
    for quota in quotas:
        hard: Mapping[str, str] = (quota.object.get("spec") or {}).get("hard") or {}
        spec: Mapping[str, Any] = quota.object.get("spec") or {}
        if not covers(spec, resource.group_resource, new):
            continue
        if resource.plural == "pods" and not resource.group and old is None:
            _require_amounts(resource, new, quota.object["metadata"]["name"], hard)
        asked = {n: w for n, w in wanted.items() if w > 0 and n in hard}
        if not asked:
            continue
        used = used_in(store, namespace, asked, spec)
        over = sorted(n for n, w in asked.items() if used[n] + w > quantity(hard[n]))
        if over:
            raise forbidden(
                resource,
                name,
                f"exceeded quota: {quota.object['metadata']['name']}, "
                f"requested: {_amounts(asked, over)}, used: {_amounts(used, over)}, "
                f"limited: {','.join(f'{n}={hard[n]}' for n in over)}",
            )


def _amounts(numbers: Mapping[str, Fraction], names: list[str]) -> str:
    return ",".join(f"{n}={format_amount(numbers[n])}" for n in names)


def format_amount(number: Fraction) -> str:
    """A quantity, as whole numbers, binary sizes or thousandths."""
    if number.denominator != 1:
        return f"{int(number * 1000)}m"
    whole = int(number)
    for power, suffix in ((3, "Gi"), (2, "Mi"), (1, "Ki")):
        if whole and whole % 1024**power == 0:
            return f"{whole // 1024**power}{suffix}"
    return str(whole)


def used_in(store: Store, namespace: str, names: Any, spec: Mapping[str, Any]) -> defaultdict[str, Fraction]:
    """How much of each named amount the objects of a namespace use that a quota's spec covers."""
    total: defaultdict[str, Fraction] = defaultdict(Fraction)
    wanted = set(names)
    for entry in store.in_namespace(namespace):
        if not covers(spec, entry.key.resource, entry.object):
            continue
        for name, amount in _usage(entry.key.group, entry.key.resource, entry.object):
            if name in wanted:
                total[name] += amount
    return total


def covers(spec: Mapping[str, Any], plural: str, obj: Object) -> bool:
    """Whether a quota counts an object: one with scopes counts only the pods that are in all of them."""
    expressions = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    chosen: list[tuple[str, str, tuple[str, ...]]] = [
        *((scope, "Exists", ()) for scope in spec.get("scopes") or ()),
        *((e["scopeName"], e["operator"], tuple(e.get("values") or ())) for e in expressions),
    ]
    return not chosen or (plural == "pods" and all(_in_scope(obj["spec"], *one) for one in chosen))


def _in_scope(pod: Mapping[str, Any], scope: str, operator: str, values: tuple[str, ...]) -> bool:
    match scope:
        case "Terminating":
            return "activeDeadlineSeconds" in pod
        case "NotTerminating":
            return "activeDeadlineSeconds" not in pod
        case "BestEffort":
            return not _asks_for_anything(pod)
        case "NotBestEffort":
            return _asks_for_anything(pod)
        case "PriorityClass":
            return _chosen(pod.get("priorityClassName"), operator, values)
        case _:
            return False


def _asks_for_anything(pod: Mapping[str, Any]) -> bool:
    containers = [*(pod.get("containers") or ()), *(pod.get("initContainers") or ())]
    amounts = [(c.get("resources") or {}).get(kind) for c in containers for kind in ("requests", "limits")]
    return any(amounts)


def _chosen(value: str | None, operator: str, values: tuple[str, ...]) -> bool:
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return bool(value)
        case _:
            return not value


def usage(resource: Resource, obj: Object) -> defaultdict[str, Fraction]:
    """What one object uses, by the names that quotas have for it."""
    total: defaultdict[str, Fraction] = defaultdict(Fraction)
    for name, amount in _usage(resource.group, resource.plural, obj):
        total[name] += amount
    return total


def _usage(group: str, plural: str, obj: Object) -> Iterator[tuple[str, Fraction]]:
    if not group and plural == "pods" and (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
        return
    yield f"count/{plural}.{group}" if group else f"count/{plural}", Fraction(1)
    if group:
        return
    if plural in _COUNTED:
        yield plural, Fraction(1)
    match plural:
        case "services":
            kind = obj["spec"].get("type")
            if kind == "LoadBalancer":
                yield "services.loadbalancers", Fraction(1)
            if kind in {"NodePort", "LoadBalancer"}:
                yield "services.nodeports", Fraction(len(obj["spec"].get("ports") or ()))
        case "persistentvolumeclaims":
            storage = (obj["spec"]["resources"].get("requests") or {}).get("storage", "0")
            yield "requests.storage", quantity(storage)
        case "pods":
            yield from _pod_amounts(obj)
        case _:
            pass


def _pod_amounts(pod: Object) -> Iterator[tuple[str, Fraction]]:
    for container in pod["spec"].get("containers") or ():
        resources = container.get("resources") or {}
        for name, amount in (resources.get("requests") or {}).items():
            yield f"requests.{name}", quantity(amount)
            if name in {"cpu", "memory"}:
                yield name, quantity(amount)
        for name, amount in (resources.get("limits") or {}).items():
            yield f"limits.{name}", quantity(amount)


def _require_amounts(resource: Resource, pod: Object, quota: str, hard: Mapping[str, str]) -> None:
    """Where a quota limits cpu or memory, every pod has to say how much it wants."""
    limited = [
        n for n in hard if n in {"cpu", "memory"} or n.startswith(("requests.cpu", "requests.memory", "limits."))
    ]
    lacking: dict[str, list[str]] = {}
    for name in sorted(limited):
        kind, _, amount = name.rpartition(".")
        for container in pod["spec"].get("containers") or ():
            if amount not in ((container.get("resources") or {}).get(kind or "requests") or {}):
                lacking.setdefault(name, []).append(container["name"])
    if lacking:
        detail = "; ".join(f"{n} for: {','.join(c)}" for n, c in lacking.items())
        raise forbidden(resource, pod["metadata"]["name"], f"failed quota: {quota}: must specify {detail}")
