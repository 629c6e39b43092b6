"""Operations of one app environment as they were, for what they say about what a cluster should have. Values only."""

from dataclasses import dataclass
from datetime import datetime

from domain.images import ContainerKey
from domain.words import FailurePolicy, OperationKind, OperationState, Outcome


@dataclass(frozen=True, kw_only=True)
class PastCluster:
    """How an operation ended on one cluster; `outcome` None: it has not.

    `containers` are those whose images it was to bring there. They are known where it did not reach the cluster, and
    None for what brings more than images.
    """

    cluster_id: str | None
    name: str
    outcome: Outcome | None
    containers: frozenset[ContainerKey] | None = None


@dataclass(frozen=True, kw_only=True)
class PastOperation:
    """An operation in brief. `failure` is its failure policy; `secret_names` are of values that a person typed in.

    `takes_back` is the operation that a rollback takes back. It is known where a cluster was not reached.
    """

    id: str
    kind: OperationKind
    state: OperationState
    ended_at: datetime | None
    failure: FailurePolicy | None
    secret_names: tuple[str, ...]
    clusters: tuple[PastCluster, ...]
    takes_back: str | None = None
