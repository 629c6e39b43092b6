"""Workloads that read what a plan brings and get no other image: their pods go on with what they have read. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.objects.identity import ObjectKey
from services.planning.objects.references import references_of
from services.planning.preflight.configuration_gap import read_whole
from services.planning.preflight.values import PlannedOn, PreflightFacts
from services.planning.releases.restarting import RESTARTABLE


def former_configuration(
    facts: PreflightFacts, planned: PlannedOn, brought: Mapping[ResourceId, Iterable[str]]
) -> Iterator[Problem]:
    """One of each such workload; `brought` are the keys that come to the cluster, by ConfigMap or Secret."""
    replaced = {each.id for each in planned.replaced(facts)}
    for workload in facts.running.manifests:
        if workload.id in replaced or workload.id.group_kind not in RESTARTABLE:
            continue
        read = [resource for resource, keys in brought.items() if _reads(workload, resource, frozenset(keys))]
        if read:
            yield Problem(
                code="reads-former-configuration",
                severity=Severity.TELLS,
                detail=f"{workload.id.label} reads {' and '.join(each.label for each in read)} and gets no other "
                "image: its pods go on with what they have read until they are restarted.",
                cluster=facts.cluster,
                resource=workload.id,
            )


def _reads(workload: Manifest, resource: ResourceId, keys: frozenset[str]) -> bool:
    """Whether its pods see any of these keys: of an object that they read as a whole, or by its name."""
    if ObjectKey.of_resource(resource) in read_whole(workload):
        return True
    return any(
        (each.group_kind, each.name) == (resource.group_kind, resource.name) and each.key in keys
        for each in references_of(workload)
    )
