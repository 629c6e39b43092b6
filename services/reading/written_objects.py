"""Reads the objects that Stagecoach wrote to the clusters of an app environment, as they are now. Reads only."""

from collections.abc import Mapping

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.written import FieldTree
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import Clusters
from services.planning.drift.accepting_fields import WrittenFacts
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import require_given
from services.reading.objects_by_name import by_kind, read_kind

_Written = Mapping[ResourceId, FieldTree]


async def read_written(
    db: Database, clusters: Clusters, target: AppEnvironmentRecord, *, deadline: Deadline
) -> tuple[WrittenFacts, ...]:
    """By cluster, the primary one first. Raises `NamespaceNotGivenError`; what a cluster raises is its failure."""
    assert target.id is not None, "what is configured has a row"
    assert target.namespace is not None, "what is configured has a namespace"
    require_given(target, target.namespace)
    namespace, own = target.namespace, frozenset(target.resources)
    async with db.read() as tx:
        written = {
            each.name: {
                resource: fields
                for resource, fields in (await tx.written.of(target.id, each.name)).items()
                if resource in own
            }
            for each in target.environment.clusters
        }

    async def read(cluster: ClusterRecord) -> WrittenFacts:
        try:
            return await _read(clusters, cluster, namespace, written[cluster.name], deadline)
        except StagecoachError as error:
            return _failed(cluster.name, error)

    answers = await fan_out(target.environment.clusters, read, deadline=deadline, name=lambda each: each.name)
    return tuple(
        _failed(answer.item.name, answer.error) if answer.error is not None else answer.result for answer in answers
    )


async def _read(
    clusters: Clusters, cluster: ClusterRecord, namespace: str, written: _Written, deadline: Deadline
) -> WrittenFacts:
    live: dict[ResourceId, Manifest] = {}
    unread: set[ResourceId] = set()
    if written:
        gateway = await clusters.gateway(credential_of(cluster))
        for kind, names in by_kind(written).items():
            try:
                found = await read_kind(gateway, namespace, kind, names, deadline=deadline)
            except AccessDeniedError:
                unread |= {ResourceId(kind=kind, name=name) for name in names}
            else:
                live |= {ResourceId(kind=kind, name=each.name): each for each in found}
    return WrittenFacts(cluster=cluster.name, written=written, live=live, unread=frozenset(unread))


def _failed(cluster: str, error: StagecoachError) -> WrittenFacts:
    failure = Problem(
        code=error.code,
        severity=Severity.BLOCKS,
        detail=f"What the cluster has of what was written is not known: {error.detail} Accept once it answers, or name "
        "another cluster.",
        cluster=cluster,
    )
    return WrittenFacts(cluster=cluster, written={}, live={}, failure=failure)
