"""Looking after registered clusters from time to time, so that lists say what is reachable now and not a week ago.

One small question for each cluster, all at once. Several replicas may do it side by side: they write the same.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import structlog

from db.records import ClusterRecord
from db.transaction import Database
from services.inventory.clusters import reachability_of
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, CredentialRefusedError, KubeconfigRefusedError
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out

_log = structlog.get_logger(__name__)
_AT_ONCE = 16


class ClusterProber:
    """Goes round as long as the context is open, the first time at once."""

    def __init__(self, db: Database, pool: ClusterPool, *, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._limits = limits
        self._going: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._going = asyncio.create_task(self._go_on(), name="cluster rounds")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._going is not None
        self._going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._going

    async def probe_all(self) -> None:
        """Ask every cluster for its version, and keep what was seen."""
        async with self._db.read() as tx:
            clusters = await tx.clusters.all()
        deadline = Deadline.after(self._limits.probe)

        async def ask(cluster: ClusterRecord) -> str | None:
            try:
                gateway = await self._pool.gateway(credential_of(cluster))
                return (await gateway.version(deadline=deadline)).git_version
            except AccessDeniedError:  # it answers, and tells its version to few
                return None
            except KubeconfigRefusedError as error:  # the settings no longer allow what is stored
                raise CredentialRefusedError(error.detail, cluster=cluster.name) from None

        answers = await fan_out(clusters, ask, limit=_AT_ONCE, deadline=deadline, name=lambda cluster: cluster.name)
        for answer in answers:
            if answer.error is None:
                await self._seen(answer.item, answer.result)
            else:
                await self._missed(answer.item, answer.error)

    async def _seen(self, cluster: ClusterRecord, version: str | None) -> None:
        async with self._db.begin() as tx:
            await tx.clusters.seen(cluster.id, server_version=version)

    async def _missed(self, cluster: ClusterRecord, error: ClusterError) -> None:
        async with self._db.begin() as tx:
            await tx.clusters.missed(cluster.id, reachability=reachability_of(error), error=error.detail)

    async def _go_on(self) -> None:
        while True:
            try:
                await self.probe_all()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, as a database that is away: the next round may do
                _log.warning("a round over the clusters was not finished", error=type(error).__qualname__)
            await asyncio.sleep(self._limits.rounds)
