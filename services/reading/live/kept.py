"""What the publisher and the follower need of the memory in which a process keeps records."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from services.planning.live.records import LiveRecord, RecordKey
from services.reading.live.changes import Changes, KindState


class Kept(Protocol):
    """The records and the states of streams, by cluster."""

    def apply(self, changes: Changes) -> None: ...

    def restate(self, cluster_id: str, states: Iterable[KindState]) -> None:
        """These are all the streams that the cluster has."""

    def states(self, cluster_id: str) -> tuple[KindState, ...]: ...

    def keys(self, cluster_id: str) -> tuple[RecordKey, ...]: ...

    def records(self, cluster_id: str, namespace: str) -> Mapping[tuple[str, str], tuple[LiveRecord, ...]]:
        """By group and name of the kind."""


def records_of(kept: Kept, cluster_id: str) -> dict[RecordKey, LiveRecord]:
    """All records of a cluster."""
    namespaces = {key.namespace for key in kept.keys(cluster_id)}
    return {
        record.key: record
        for namespace in namespaces
        for records in kept.records(cluster_id, namespace).values()
        for record in records
    }
