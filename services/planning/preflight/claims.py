"""Whether a StatefulSet's next pods would get their volumes: the storage classes of claims that are not bound. Pure.

A StatefulSet makes the claim of a pod with the pod (Kubernetes docs, "StatefulSets", "Stable Storage"); one that is
bound stays so, whatever became of its class. A class without an object is no mistake where an administrator has made
PersistentVolumes of that class by hand (Kubernetes docs, "Persistent Volumes", "Class"), so this warns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.objects.classes import BETA_STORAGE_CLASS
from services.planning.preflight.replacement import replicas_of
from services.planning.preflight.values import PlannedOn, PreflightFacts

_MOST = 200  # ordinals that are looked at
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class LackingClaim:
    """A claim that has no volume yet; `storage_class` is None for the cluster's default."""

    name: str
    storage_class: str | None


def lacking_claims(workload: Manifest, bound: frozenset[str]) -> tuple[LackingClaim, ...]:
    """The claims of the workload's pods that are not bound, without those that take no class (`""`)."""
    if (workload.kind.group, workload.kind.name) != ("apps", "StatefulSet"):
        return ()
    start = (workload.spec.get("ordinals") or {}).get("start", 0)
    found = []
    for template in workload.spec.get("volumeClaimTemplates") or ():
        name = str((template.get("metadata") or {}).get("name", ""))
        wanted = _class_of(template)
        for ordinal in range(start, start + min(replicas_of(workload), _MOST)):
            claim = f"{name}-{workload.name}-{ordinal}"
            if claim not in bound and wanted != "":
                found.append(LackingClaim(name=claim, storage_class=wanted))
    return tuple(found)


def claims(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """The storage classes for which pods of the workloads that change would wait."""
    around = facts.surroundings
    if around is None or around.claims is None or around.storage_classes is None:
        return
    names = {each.name for each in around.storage_classes}
    has_default = any(each.annotations.get(_IS_DEFAULT) == "true" for each in around.storage_classes)
    for workload in planned.replaced(facts):
        by_class: dict[str | None, str] = {}
        for claim in lacking_claims(workload, around.claims):
            if claim.storage_class not in names and not (claim.storage_class is None and has_default):
                by_class.setdefault(claim.storage_class, claim.name)
        for storage_class, claim_name in by_class.items():
            what = f"storage class {storage_class}" if storage_class else "default storage class"
            yield Problem(
                code="storage-class-missing",
                severity=Severity.WARNS,
                detail=f"{workload.id.label} needs the claim {claim_name}, which is not bound, and the cluster has no "
                f"{what}: its pod stays Pending unless somebody has made a PersistentVolume for it.",
                cluster=facts.cluster,
                resource=workload.id,
                field="spec.volumeClaimTemplates",
            )


def _class_of(template: Mapping[str, Any]) -> str | None:
    """The annotation still comes first (`GetPersistentVolumeClaimClass` in pkg/apis/core/v1/helper)."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    named = annotations.get(BETA_STORAGE_CLASS, (template.get("spec") or {}).get("storageClassName"))
    return None if named is None else str(named)
