"""What a step needs to begin: read from the rows, or passed on by the use case that has just written them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.secret_text import SecretValues
from domain.stored.spec import OperationSpec
from services.errors import NotFoundError


@dataclass(frozen=True, kw_only=True)
class OperationSnapshot:
    """The rows of an operation as they were at `read_at` (monotonic clock)."""

    operation: OperationRecord
    spec: OperationSpec
    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    clusters: Mapping[str, ClusterRecord]
    secrets: SecretValues | None
    read_at: float = field(default_factory=time.monotonic)

    @classmethod
    async def read(cls, database: Database, operation_id: str) -> Self:
        """Raises `NotFoundError` and `UnknownVersionError`."""
        async with database.read() as tx:
            operation = await tx.operations.get(operation_id)
            spec = await tx.operations.spec(operation_id)
            if operation is None or spec is None:
                raise NotFoundError("operation", operation_id)
            source = operation.source_app_environment_id
            targets = await tx.app_environments.some([operation.app_environment_id, *([source] if source else ())])
            target = targets[operation.app_environment_id]  # an operation is deleted with it
            return cls(
                operation=operation,
                spec=spec,
                target=target,
                source=targets.get(source) if source else None,
                clusters=await _clusters(tx, operation, target),
                secrets=await tx.operations.secrets(operation_id),
            )


@dataclass(frozen=True, kw_only=True)
class WarmStart:
    """What the use case passes to the first step in the same process, so that nothing is read twice.

    It is used once and may hold values of Secrets; after a crash, and for a retry, there is none. `work` is what the
    use case has built for the operation's worker.
    """

    snapshot: OperationSnapshot
    work: object | None = field(default=None, repr=False)


async def _clusters(
    tx: Transaction, operation: OperationRecord, target: AppEnvironmentRecord
) -> dict[str, ClusterRecord]:
    """The operation's clusters by id: nearly always those of its environment, which were read with it."""
    known = {each.id: each for each in target.environment.clusters}
    others = {each.cluster_id for each in operation.clusters if each.cluster_id} - known.keys()
    return known | await tx.clusters.some(others) if others else known
