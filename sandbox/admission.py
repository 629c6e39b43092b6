"""What is refused although it is valid: namespaces on their way out, quotas, missing accounts and classes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sandbox.errors import Cause, StatusError, not_found
from sandbox.kinds.formats import quantity
from sandbox.resources import Resource
from sandbox.store import Key, Object, Store

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
_COUNTED = {"pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "resourcequotas"}


def forbidden(resource: Resource, name: str, detail: str, *causes: Cause) -> StatusError:
    """403 as admission answers it."""
    subject = f'{resource.group_resource} "{name}"' if name else resource.group_resource
    return StatusError(
        403,
        "Forbidden",
        f"{subject} is forbidden: {detail}",
        name=name,
        group=resource.group,
        kind=resource.plural,
        causes=causes,
    )


def check_namespace(store: Store, resource: Resource, namespace: str, name: str) -> None:
    """Nothing is made in a namespace that is not there, or will not be for long."""
    entry = store.get(Key("", "namespaces", "", namespace))
    if entry is None:
        raise not_found("namespaces", namespace)
    if entry.object["metadata"].get("deletionTimestamp"):
        raise forbidden(
            resource,
            name,
            f"unable to create new content in namespace {namespace} because it is being terminated",
            Cause(
                reason="NamespaceTerminating",
                message=f"namespace {namespace} is being terminated",
                field="metadata.namespace",
            ),
        )


def admit_pod(store: Store, resource: Resource, pod: Object) -> None:
    """A pod's account and class must exist; the class gives it its priority."""
    metadata, spec = pod["metadata"], pod["spec"]
    account = spec.get("serviceAccountName", "default")
    if account != "default" and not store.get(Key("", "serviceaccounts", metadata["namespace"], account)):
        raise forbidden(
            resource,
            metadata["name"],
            f'error looking up service account {metadata["namespace"]}/{account}: serviceaccount "{account}" not found',
        )
    if chosen := spec.get("priorityClassName"):
        found = store.get(Key("scheduling.k8s.io", "priorityclasses", "", chosen))
        if found is None and not chosen.startswith("system-"):
            raise forbidden(resource, metadata["name"], f"no PriorityClass with name {chosen} was found")
        if found:
            spec["priority"] = found.object.get("value", 0)


# Quota --------------------------------------------------------------------------------------------------------


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
        if quota.object["spec"].get("scopes") or quota.object["spec"].get("scopeSelector"):
            continue  # scoped quotas cover pods of certain classes only; none of ours do
        if resource.plural == "pods" and not resource.group and old is None:
            _require_amounts(resource, new, quota.object["metadata"]["name"], hard)
        asked = {n: w for n, w in wanted.items() if w > 0 and n in hard}
        if not asked:
            continue
        used = used_in(store, namespace, asked)
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


def used_in(store: Store, namespace: str, names: Any) -> defaultdict[str, Fraction]:
    """How much of each named amount the objects of a namespace use."""
    total: defaultdict[str, Fraction] = defaultdict(Fraction)
    wanted = set(names)
    for entry in store.in_namespace(namespace):
        for name, amount in _usage(entry.key.group, entry.key.resource, entry.object):
            if name in wanted:
                total[name] += amount
    return total


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
