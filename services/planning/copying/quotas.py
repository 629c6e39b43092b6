"""Whether the objects that a copy creates fit into the quotas of the target namespace. Pure.

The API server enforces object counts and storage requests at the write, so exceeding them blocks; it enforces compute
resources when pods are created, so exceeding those warns (Kubernetes docs, "Resource Quotas"). Quotas with scopes are
not checked here, because the pods that they count are not known before they exist.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.quantities import amount
from services.planning.objects.workloads import containers, is_workload, pod_spec


@dataclass(frozen=True, kw_only=True)
class NewObject:
    """An object that would be created, and the plural resource name under which its cluster serves it."""

    manifest: Manifest
    plural: str


_COUNTED_BY_NAME = frozenset(
    {"configmaps", "secrets", "services", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "pods"}
)
# What the admission of pods asks to be explicit where a quota counts it.
_EXPLICIT: Mapping[str, tuple[str, str]] = {
    **{name: ("requests", name) for name in ("cpu", "memory")},
    **{f"{side}.{name}": (side, name) for side in ("requests", "limits") for name in ("cpu", "memory")},
}
_MOST_NAMED = 4


def quota_problems(cluster: str, quotas: Iterable[Manifest], made: tuple[NewObject, ...]) -> Iterator[Problem]:
    """One problem for each quota and resource name that would be exceeded on `cluster` by the `made` objects."""
    limiting = tuple(quotas)
    demand = _demand(made) if limiting else {}
    for quota in limiting:
        if quota.spec.get("scopes") or quota.spec.get("scopeSelector"):
            continue
        yield from _unspecified(cluster, quota, made)
        used = quota.status.get("used") or {}
        for name, hard in (quota.status.get("hard") or quota.spec.get("hard") or {}).items():
            most, in_use, more = amount(hard), amount(used.get(name, "0")), demand.get(name, Decimal(0))
            if most is None or in_use is None or more == 0 or in_use + more <= most:
                continue
            at_write = name.startswith(("count/", "services")) or name in _COUNTED_BY_NAME - {"pods"}
            at_write = at_write or name == "requests.storage"
            yield Problem(
                code="quota-exceeded",
                severity=Severity.BLOCKS if at_write else Severity.WARNS,
                detail=f"Quota {quota.name} allows {hard} of {name}; {used.get(name, '0')} are used and "
                f"{_shown(more)} more would be needed.",
                cluster=cluster,
                resource=quota.id,
                field=f"spec.hard[{name}]",
            )


def _unspecified(cluster: str, quota: Manifest, made: tuple[NewObject, ...]) -> Iterator[Problem]:
    """Workloads whose containers do not say how much they need of what the quota counts: their pods are refused.

    Container by container, init containers too (`PodConstraintsFunc` in pkg/quota/v1/evaluator/core/pods.go).
    """
    hard = quota.status.get("hard") or quota.spec.get("hard") or {}
    counted = [name for name in hard if name in _EXPLICIT]
    found: dict[str, list[str]] = {}
    for new in made:
        lacking = sorted({name for name in counted if not _says(new.manifest, *_EXPLICIT[name])})
        if lacking:
            found.setdefault(", ".join(lacking), []).append(new.manifest.id.label)
    for lacking_names, labels in found.items():
        more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
        yield Problem(
            code="quota-needs-resources",
            severity=Severity.WARNS,
            detail=f"Quota {quota.name} counts {lacking_names}, of which containers of "
            f"{', '.join(labels[:_MOST_NAMED])}{more} do not say how much they need: their pods are refused, unless a "
            "LimitRange of the namespace says it for them.",
            cluster=cluster,
            resource=quota.id,
            field="spec.hard",
        )


def _says(manifest: Manifest, side: str, name: str) -> bool:
    """Whether every container has the amount, or the pod as a whole; a request that is not there is the limit."""
    spec = pod_spec(manifest)
    if spec is None:
        return True
    sides = ("limits",) if side == "limits" else ("requests", "limits")
    holders = [spec, *(container.body for container in containers(manifest))]
    has = [any(paths.value(each, f"resources.{one}.{name}") is not None for one in sides) for each in holders]
    return has[0] or all(has[1:])


def _shown(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _demand(made: tuple[NewObject, ...]) -> Mapping[str, Decimal]:
    demand: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for new in made:
        group = new.manifest.kind.group
        demand[f"count/{new.plural}.{group}" if group else f"count/{new.plural}"] += 1
        if not group and new.plural in _COUNTED_BY_NAME:
            demand[new.plural] += 1
        if kind_name(new.manifest.kind) == "Service":
            demand["services.loadbalancers"] += new.manifest.spec.get("type") == "LoadBalancer"
            if new.manifest.spec.get("type") in {"NodePort", "LoadBalancer"}:
                demand["services.nodeports"] += len(new.manifest.spec.get("ports") or ())
        for name, number in (*_storage(new.manifest), *_compute(new.manifest)):
            sums[name] = sums.get(name, Decimal(0)) + number
    return {**{name: Decimal(count) for name, count in demand.items()}, **sums}


def _storage(manifest: Manifest) -> Iterator[tuple[str, Decimal]]:
    if kind_name(manifest.kind) == "PersistentVolumeClaim":
        yield "requests.storage", amount(paths.value(manifest.body, "spec.resources.requests.storage")) or Decimal(0)


def _compute(manifest: Manifest) -> Iterator[tuple[str, Decimal]]:
    """The summed requests and limits of a workload's pods, without init containers, which run before the others."""
    if not is_workload(manifest.kind) or kind_name(manifest.kind) == "CronJob.batch":
        return
    spec = manifest.spec
    pods = spec.get("replicas", spec.get("parallelism", 1))
    yield "pods", Decimal(pods)
    for container in containers(manifest):
        if container.init:
            continue
        resources = container.body.get("resources") or {}
        for side in ("requests", "limits"):
            for name, quantity in (resources.get(side) or {}).items():
                number = (amount(quantity) or Decimal(0)) * pods
                yield f"{side}.{name}", number
                if side == "requests" and name in {"cpu", "memory"}:
                    yield name, number
