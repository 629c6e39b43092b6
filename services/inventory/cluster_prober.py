"""Probes all registered clusters at an interval, so that lists show which of them are reachable now.

One request to each cluster, all at once. Several replicas may probe side by side: they write the same.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import structlog

from db.records.inventory import ClusterRecord
from db.transaction import Database
from services.inventory.cluster_reachability import lost_after, reachability_of, record_answer, record_miss
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, CredentialRefusedError, KubeconfigRefusedError
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out

_log = structlog.get_logger(__name__)
_AT_ONCE = 16


class ClusterProber:
    """Probes every `limits.probe_interval` seconds while the context is open, the first time at once."""

    def __init__(self, db: Database, pool: ClusterPool, *, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._limits = limits
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._probe_forever(), name="cluster-prober")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def probe_all(self) -> None:
        """Read every cluster's version once and record its reachability; a cluster's error is recorded, not raised."""
        async with self._db.read() as tx:
            clusters = await tx.clusters.all()
        deadline = Deadline.after(self._limits.probe)

        async def probe(cluster: ClusterRecord) -> str | None:
            try:
                gateway = await self._pool.gateway(credential_of(cluster))
                return (await gateway.version(deadline=deadline)).git_version
            except AccessDeniedError:  # reachable: this API server shows its version to few
                return None
            except KubeconfigRefusedError as error:  # the settings no longer allow the stored kubeconfig
                raise CredentialRefusedError(error.detail, cluster=cluster.name) from None

        probes = await fan_out(clusters, probe, limit=_AT_ONCE, deadline=deadline, name=lambda cluster: cluster.name)
        for probed in probes:
            if probed.error is None:
                await self._seen(probed.item, probed.result)
            else:
                await self._missed(probed.item, probed.error)

    async def _seen(self, cluster: ClusterRecord, version: str | None) -> None:
        async with self._db.begin() as tx:
            await record_answer(tx, cluster, server_version=version)

    async def _missed(self, cluster: ClusterRecord, error: ClusterError) -> None:
        async with self._db.begin() as tx:
            await record_miss(
                tx,
                cluster,
                reachability=reachability_of(error),
                error=error.detail,
                lost_after=lost_after(self._limits),
            )

    async def _probe_forever(self) -> None:
        while True:
            try:
                await self.probe_all()
            except Exception as error:  # noqa: BLE001 - as an unreachable database: the next probe may succeed
                _log.warning("probing the clusters failed", error=type(error).__qualname__)
            await asyncio.sleep(self._limits.probe_interval)
