"""Whether the objects that a copy creates fit into the quotas and limit ranges of the target namespace. Pure.

The API server enforces object counts and storage requests at the write, so exceeding them blocks; it enforces compute
resources and limit ranges when pods are created, so exceeding those warns (Kubernetes docs, "Resource Quotas", "Limit
Ranges").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.pod_amounts import asked_for, broken_bounds, usage_of
from services.planning.objects.quantities import amount
from services.planning.objects.quotas import exceeded, not_told, without_scopes
from services.planning.objects.workloads import is_workload


@dataclass(frozen=True, kw_only=True)
class NewObject:
    """An object that would be created, and the plural resource name under which its cluster serves it."""

    manifest: Manifest
    plural: str


_COUNTED_BY_NAME = frozenset(
    {"configmaps", "secrets", "services", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "pods"}
)
_MOST_NAMED = 4


def quota_problems(
    cluster: str,
    quotas: Iterable[Manifest],
    made: tuple[NewObject, ...],
    limit_ranges: Sequence[Manifest] = (),
) -> Iterator[Problem]:
    """One problem for each quota and resource name that would be exceeded on `cluster` by the `made` objects."""
    limiting = without_scopes(quotas)
    demand = _demand(made, limit_ranges) if limiting else {}
    for quota in limiting:
        yield from _unspecified(cluster, quota, made, limit_ranges)
        for each in exceeded(quota, demand):
            at_write = each.name.startswith(("count/", "services")) or each.name in _COUNTED_BY_NAME - {"pods"}
            at_write = (at_write and each.name != "count/pods") or each.name == "requests.storage"
            yield Problem(
                code="quota-exceeded",
                severity=Severity.BLOCKS if at_write else Severity.WARNS,
                detail=f"Quota {quota.name} {each.sentence} and {each.more} more would be needed.",
                cluster=cluster,
                resource=quota.id,
                field=f"spec.hard[{each.name}]",
            )


def limit_problems(cluster: str, limit_ranges: Sequence[Manifest], made: Iterable[NewObject]) -> Iterator[Problem]:
    """The bounds of LimitRanges for which the `made` workloads get no pods."""
    for new in made:
        for bound in broken_bounds(new.manifest, limit_ranges):
            where = f"container {bound.container}" if bound.container else "its pods"
            yield Problem(
                code="limits-refuse-pods",
                severity=Severity.WARNS,
                detail=f"{new.manifest.id.label}, {where}: LimitRange {bound.limit_range.name} wants {bound.sentence}. "
                "No pod of it is created.",
                cluster=cluster,
                resource=new.manifest.id,
                field=bound.container,
            )


def _unspecified(
    cluster: str, quota: Manifest, made: tuple[NewObject, ...], limit_ranges: Sequence[Manifest]
) -> Iterator[Problem]:
    """Workloads whose containers do not say how much they need of what the quota counts: their pods are refused."""
    found: dict[str, list[str]] = {}
    for new in made:
        lacking = not_told(quota, new.manifest, limit_ranges)
        if lacking:
            found.setdefault(", ".join(lacking), []).append(new.manifest.id.label)
    for lacking_names, labels in found.items():
        more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
        yield Problem(
            code="quota-needs-resources",
            severity=Severity.WARNS,
            detail=f"Quota {quota.name} counts {lacking_names}, of which containers of "
            f"{', '.join(labels[:_MOST_NAMED])}{more} do not say how much they need, and no LimitRange of the "
            "namespace says it for them: their pods are refused.",
            cluster=cluster,
            resource=quota.id,
            field="spec.hard",
        )


def _demand(made: tuple[NewObject, ...], limit_ranges: Sequence[Manifest]) -> Mapping[str, Decimal]:
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
        for name, number in (*_storage(new.manifest), *_compute(new.manifest, limit_ranges)):
            sums[name] = sums.get(name, Decimal(0)) + number
    return {**{name: Decimal(count) for name, count in demand.items()}, **sums}


def _storage(manifest: Manifest) -> Iterator[tuple[str, Decimal]]:
    if kind_name(manifest.kind) == "PersistentVolumeClaim":
        yield "requests.storage", amount(paths.value(manifest.body, "spec.resources.requests.storage")) or Decimal(0)


def _compute(manifest: Manifest, limit_ranges: Sequence[Manifest]) -> Iterator[tuple[str, Decimal]]:
    """The summed requests and limits of a workload's pods."""
    asked = asked_for(manifest, limit_ranges)
    if asked is None or not is_workload(manifest.kind) or kind_name(manifest.kind) == "CronJob.batch":
        return
    pods = manifest.spec.get("replicas", manifest.spec.get("parallelism", 1))
    for name, number in usage_of(asked).items():
        yield name, number * pods
