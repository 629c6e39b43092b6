"""Runs the Job of a hook or check: makes it once, follows it to its end, keeps its log.

Converges: the Job's name is the run's, so one that was made before a crash is found and not made again. That it began
is recorded before it is made. Nothing is deleted: the cluster removes the Job after its time to live.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind, RunState
from domain.images import ContainerImage
from domain.resources import Manifest, ResourceId
from domain.stored.hooks import JobTemplate
from services.execution.hook_logs import JobLog, read_job_log
from services.execution.progress import Cancelled
from services.execution.run_records import Clock, RunRecords, utc_now
from services.kube.deadline import Deadline
from services.kube.errors import AlreadyExistsError, ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.health.assessment import assess
from services.planning.health.values import Health, HealthPolicy, HealthState, Observations
from services.planning.rings.job_template import (
    JOB,
    LEAST_TTL_SECONDS,
    JobTemplateError,
    is_job_of,
    make_job,
    refused_dangers,
)
from services.planning.rings.log_redaction import tail_of
from services.reading.explanations import with_nodes
from services.reading.informer import Informer, run_informer
from services.reading.nodes import NodeReader
from services.reading.rollout_children import children_of, supporting_kinds

_LOOK_EVERY = 1.0  # seconds, though nothing has changed
_MAKE_AGAIN = 2.0  # seconds before a creation whose fate is unknown is tried again
_SPARE = 60.0  # seconds in which a Job that is over its time ends, and its log is read
_CANCELLED = RunEnd(
    state=RunState.CANCELLED,
    detail="The operation was cancelled. The Job, where it was made, goes on: Stagecoach deletes nothing.",
)


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """A Job to run: from which template, with which images of the operation, in which namespace.

    `allowed` are the dangers that the environment allows for good.
    """

    key: RunKey
    template: JobTemplate
    images: Sequence[ContainerImage]
    namespace: str
    allowed: frozenset[str]


async def run_job(
    run: JobRun,
    gateway: ClusterGateway,
    records: RunRecords,
    *,
    policy: HealthPolicy,
    cancelled: Cancelled,
    clock: Clock = utc_now,
) -> RunEnd:
    """How it ended; recorded. Raises `WritePausedError` where a stop is in the way of making the Job."""
    begun = await records.begin(run.key, RunKind.JOB)
    if begun.end is not None:
        return begun.end
    end = await _Running(run, begun, gateway, records, policy=policy, cancelled=cancelled, clock=clock).end()
    await records.end(begun.key, end)
    return end


class _Running:
    """One run that has begun and not ended."""

    def __init__(
        self,
        run: JobRun,
        begun: HookRun,
        gateway: ClusterGateway,
        records: RunRecords,
        *,
        policy: HealthPolicy,
        cancelled: Cancelled,
        clock: Clock,
    ) -> None:
        self._run = run
        self._begun = begun
        self._gateway = gateway
        self._records = records
        # A hook's Job is followed to its end, however long it works without trouble.
        self._policy = replace(policy, job_steady=float("inf"))
        self._cancelled = cancelled
        self._clock = clock
        self._key = begun.key

    async def end(self) -> RunEnd:
        try:
            job = make_job(
                self._run.template.manifest,
                self._key,
                images=self._run.images,
                namespace=self._run.namespace,
                seconds=self._run.template.seconds,
            )
        except JobTemplateError as error:
            return self._failed(error.detail)
        refused = refused_dangers(job, namespace=self._run.namespace, allowed=self._run.allowed)
        if refused:
            what = ", ".join(f"{each.what} ({each.path})" for each in refused)
            return self._failed(
                f"Its Job {what}. An administrator can allow '{refused[0].danger}' for good in the environment's "
                "policy."
            )
        deadline = Deadline.after(self._seconds_left() + _SPARE)
        try:
            found = await self._made(job, deadline)
            return found if isinstance(found, RunEnd) else await self._followed(found, deadline)
        except ClusterUnreachableError as error:
            return RunEnd(state=RunState.LOST, detail=f"The Job {job.name} was not followed to its end: {error.detail}")
        except ClusterError as error:
            return self._failed(f"The Job {job.name} could not be run on {self._gateway.cluster}: {error.detail}")

    def _seconds_left(self) -> float:
        ends = self._begun.begun_at + timedelta(seconds=self._run.template.seconds)
        return max(0.0, (ends - self._clock()).total_seconds())

    async def _made(self, job: Manifest, deadline: Deadline) -> Manifest | RunEnd:
        """The Job on the cluster, made now or found; or why there is none. Raises `ClusterError`."""
        silent_since: float | None = None
        while True:
            if await self._cancelled():
                return _CANCELLED
            try:
                live = await self._gateway.get(JOB, job.name, namespace=self._run.namespace, deadline=deadline)
                if live is None:
                    lost = self._lost(job)
                    if lost is not None:
                        return lost
                    live = await self._gateway.create(job, namespace=self._run.namespace, deadline=deadline)
            except AlreadyExistsError:
                continue  # made meanwhile: by this run, whose answer was lost, or by somebody else
            except ClusterError as error:
                silent_since = silent_since or time.monotonic()
                silent = time.monotonic() - silent_since >= self._policy.silence
                if error.terminal or silent or deadline.left() <= _MAKE_AGAIN + _SPARE:
                    raise
                await asyncio.sleep(_MAKE_AGAIN)  # whether it was made is asked again
                continue
            if not is_job_of(live, self._key):
                return self._failed(f"Another Job has the name {job.name}. Delete it, and retry the operation.")
            if self._begun.job_uid is None:
                await self._records.made(self._key, job=live.name, uid=live.uid or "")
            return live

    def _lost(self, job: Manifest) -> RunEnd | None:
        """Why a Job that is not there must not be made: it was there, or may have been, and has run perhaps."""
        if self._begun.job_uid is not None:
            return self._failed(f"The Job {job.name} is gone: somebody deleted it. Whether it succeeded is not known.")
        if (self._clock() - self._begun.begun_at).total_seconds() >= LEAST_TTL_SECONDS:
            return self._failed(
                f"Nobody followed the Job {job.name} for so long that it may have run and been removed. Retry the "
                "operation to run it again."
            )
        return None

    async def _followed(self, job: Manifest, deadline: Deadline) -> RunEnd:
        """The end of a Job that is there."""
        resource = ResourceId(kind=JOB, name=job.name)
        observations: Observations = {}
        last: Health | None = None
        async with run_informer(
            self._gateway,
            self._run.namespace,
            watched={JOB},
            polled=supporting_kinds([resource]),
            deadline=deadline,
        ) as informer:
            nodes = NodeReader(self._gateway, deadline=deadline)
            while not deadline.passed:
                if await self._cancelled():
                    return _CANCELLED
                silent = informer.silent_for >= self._policy.silence
                if informer.error is not None and (informer.error.terminal or silent):
                    raise informer.error
                if informer.ready:
                    last = await self._look(informer, nodes, resource, observations)
                    ended = await self._ended(last, informer.find(JOB, job.name), job)
                    if ended is not None:
                        return ended
                    observations = last.observations
                await informer.change(_LOOK_EVERY)
        told = f" {last.message}" if last is not None else ""
        return self._failed(f"The Job {job.name} did not end within {self._run.template.seconds} seconds.{told}")

    async def _look(
        self, informer: Informer, nodes: NodeReader, resource: ResourceId, observations: Observations
    ) -> Health:
        now = self._clock()
        live = informer.find(resource.kind, resource.name)
        found = [live] if live is not None else []
        children = await with_nodes(children_of(informer), found, nodes, now=now)
        return assess(live, now=now, policy=self._policy, children=children, written=True, observations=observations)

    async def _ended(self, health: Health, live: Manifest | None, job: Manifest) -> RunEnd | None:
        if live is None:
            return self._failed(f"The Job {job.name} is gone: somebody deleted it. Whether it succeeded is not known.")
        match health.state:
            case HealthState.READY:
                return _with_log(
                    RunEnd(state=RunState.PASSED, detail=f"The Job {job.name} has completed."), await self._log(live)
                )
            case HealthState.FAILED | HealthState.TERMINATING:
                return _with_log(self._failed(f"The Job {job.name}: {health.message}"), await self._log(live))
            case _:
                return None

    async def _log(self, job: Manifest) -> JobLog:
        return await read_job_log(
            self._gateway, job, namespace=self._run.namespace, deadline=Deadline.after(_SPARE / 2)
        )

    def _failed(self, detail: str) -> RunEnd:
        return RunEnd(state=RunState.FAILED, detail=detail)


def _with_log(end: RunEnd, log: JobLog) -> RunEnd:
    """The end with the log; what failed says the log's last lines, too."""
    detail = end.detail
    if end.state is RunState.FAILED and log.text and (tail := tail_of(log.text)):
        detail = f"{detail} Its log ends: {tail}"
    elif log.problem is not None:
        detail = f"{detail} {log.problem}"
    return replace(end, detail=detail, log=log.text, log_cut=log.cut)
