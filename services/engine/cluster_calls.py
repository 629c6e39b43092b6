"""Calls of the worker on one cluster of an operation: what happens there becomes the result of that cluster.

Here errors turn into values: only the detail of a `StagecoachError`, which is written for people, goes further; the
text of any other exception does not.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from db.records.inventory import ClusterRecord
from db.records.operations import OperationClusterRecord, OperationRecord
from domain.resources import ResourceId
from domain.words import Outcome
from services.engine.journal import ClusterLog, Journal
from services.engine.patience import until_it_answers
from services.engine.pausing import Pausing
from services.engine.phases import ClusterPhases
from services.engine.snapshot import OperationSnapshot
from services.errors import StagecoachError
from services.execution.gated_gateway import GatedGateway, WritePausedError
from services.execution.progress import Cancelled, ClusterResult
from services.execution.worker import ClusterTask
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway, Clusters
from services.reading.credentials import credential_of

_log = logging.getLogger("stagecoach.engine")

Call = Callable[[ClusterTask, ClusterGateway, ClusterLog], Awaitable[ClusterResult]]


class ClusterCalls:
    """The calls of one run of a step. A cluster that stops answering is waited for `silence` seconds."""

    def __init__(
        self,
        *,
        snapshot: OperationSnapshot,
        journal: Journal,
        phases: ClusterPhases,
        clusters: Clusters,
        pausing: Pausing,
        silence: float,
    ) -> None:
        self._snapshot = snapshot
        self._journal = journal
        self._phases = phases
        self._clusters = clusters
        self._pausing = pausing
        self._silence = silence

    async def gateway(self, cluster: ClusterRecord) -> ClusterGateway:
        """The cluster, whose writes wait for stops."""
        gateway = await self._clusters.gateway(credential_of(cluster))
        return GatedGateway(gateway, partial(self._pausing.before_write, cluster.id))

    async def patiently(
        self, cluster: OperationClusterRecord, call: Call, *, cancelled: Cancelled
    ) -> ClusterResult | None:
        """As `result`, for calls that write: until `cancelled`, a cluster that stops answering is waited for."""
        if self._snapshot.spec.plan.was_away(cluster.cluster_name):
            return await self.result(cluster, call)
        return await until_it_answers(partial(self.result, cluster, call), silence=self._silence, cancelled=cancelled)

    async def result(self, cluster: OperationClusterRecord, call: Call) -> ClusterResult | None:
        """The worker's result; an error becomes a result, too. None where a stop was in the way of a write."""
        known = self._snapshot.clusters.get(cluster.cluster_id or "")
        if known is None:
            return failed(
                "cluster-forgotten",
                "The cluster is no longer registered. Register it again, or make a new plan without it.",
            )
        log = ClusterLog(
            self._journal,
            place=self._snapshot.operation.app_environment_id,
            cluster=cluster.cluster_name,
            position=cluster.position,
            phases=self._phases,
        )
        # A person may retry the operation because the cluster is back: its former failures must not delay it.
        self._clusters.allow_probe(known.id)
        try:
            return await call(self._task(cluster, known), await self.gateway(known), log)
        except WritePausedError:
            return None
        except ClusterUnreachableError as error:
            return ClusterResult(outcome=Outcome.UNREACHABLE, code=error.code, detail=error.detail)
        except StagecoachError as error:
            return failed(error.code, error.detail, resource=_resource_of(error))
        except Exception as error:  # noqa: BLE001 - an unexpected error on one cluster must not end the others
            _log_unexpected(self._snapshot.operation, cluster, error)
            return failed("internal-error", "An unexpected error happened inside Stagecoach; its log says where.")

    def _task(self, cluster: OperationClusterRecord, known: ClusterRecord) -> ClusterTask:
        return ClusterTask(
            operation=self._snapshot.operation,
            spec=self._snapshot.spec,
            target=self._snapshot.target,
            source=self._snapshot.source,
            cluster=known,
            undo=cluster.undo,
            secrets=self._snapshot.secrets,
        )


def failed(code: str, detail: str, *, resource: ResourceId | None = None) -> ClusterResult:
    """A failure with a stable code and a sentence for people."""
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail, resource=resource)


def _resource_of(error: StagecoachError) -> ResourceId | None:
    return error.resource if isinstance(error, ClusterError) else None


def _log_unexpected(operation: OperationRecord, cluster: OperationClusterRecord, error: Exception) -> None:
    """Log where it was raised and not its text, which may quote a Secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    _log.error("operation %s on cluster %s: %s at %s", operation.id, cluster.cluster_name, type(error).__name__, where)
