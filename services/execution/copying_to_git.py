"""Copies to a Git folder: commits the files of a copy, and waits until the cluster has what they say.

Nothing is written to the cluster: the tool that delivers from the folder does that. The copy is done once the cluster
has the objects.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.declared_kinds import Declaration, DeclaredKinds
from domain.hand_overs import HandOver, OwnerProgress, OwnerState
from domain.resources import Manifest, ResourceId
from domain.stored.plans import StoredCopyPlan
from domain.stored.rollouts import ExpectedRollout
from domain.words import Action, EventType, Outcome
from services.execution.copying import rolls_out
from services.execution.git_changes import GitChange, GitChanges
from services.execution.handing_over import OwnerChangedError
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.execution.worker import ClusterTask
from services.git.errors import GitError
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway
from services.planning.git.arrivals import lacking_of
from services.planning.git.commit_message import copy_message
from services.planning.git.filed_objects import UnreadableFileError
from services.planning.health.values import HealthPolicy
from services.planning.objects.declared_images import containers_of
from services.reading.objects_by_name import read_objects

_LOOK_EVERY = 2.0  # seconds, at the cluster
_ASK_EVERY = 5.0  # seconds, at the Git server: others read there, too
_RESUMING = 30.0  # seconds at least after a restart, though the time has run out meanwhile


class CopyToGit:
    """The part of a copy on one cluster that is delivered from Git."""

    def __init__(self, changes: GitChanges, policy: HealthPolicy) -> None:
        self._changes = changes
        self._policy = policy

    async def write(
        self, task: ClusterTask, plan: StoredCopyPlan, handed: HandOver, gateway: ClusterGateway, log: Progress
    ) -> ClusterResult:
        """Commit or propose the files. The result expects the objects that the plan writes.

        Raises `OwnerChangedError`, `GitError`s, `NotFoundError`, `ClusterError`s.
        """
        written = _written(plan, task.cluster.name)
        if not handed.edits:
            return ClusterResult(outcome=Outcome.UNCHANGED)
        message = copy_message(
            tuple(written),
            source=plan.source.environment if plan.source is not None else "manifests",
            operation=task.operation.id,
            target=f"{task.target.application.name} in {task.target.environment.name}",
        )
        if await self._changes.make(_change(task, handed), message, before_write=gateway.before_write):
            for each, action in written.items():
                await log.report(
                    EventType.RESOURCE_APPLIED, resource=each, action=action.value, owner=handed.owner.title
                )
        now = datetime.now(UTC)
        expected = tuple(
            ExpectedRollout(resource=each, uid="", generation=None, since=now, handed_over=handed) for each in written
        )
        return ClusterResult(outcome=None, expected=expected)

    async def arrived(
        self,
        task: ClusterTask,
        expected: Sequence[ExpectedRollout],
        handed: HandOver,
        gateway: ClusterGateway,
        log: Progress,
        *,
        declared: DeclaredKinds,
        cancelled: Cancelled,
    ) -> ClusterResult | tuple[ExpectedRollout, ...]:
        """Wait until the cluster has all of them: the rollouts to watch then, or the result where that fails.

        While a pull request is open, or people let it wait otherwise, nothing times out. Without outcome when
        cancelled.
        """
        resources = [each.resource for each in expected]
        deadline = Deadline.after(self._left(expected))
        reported: OwnerProgress | None = None
        asked = float("-inf")
        progress = _UNDERWAY
        while True:
            if await cancelled():
                return ClusterResult(outcome=None, expected=tuple(expected))
            if time.monotonic() - asked >= _ASK_EVERY:
                progress = await self._changes.look(_change(task, handed))
                asked = time.monotonic()
            live, lacking = await self._lacking(task, handed, resources, gateway)
            if not lacking:
                return tuple(
                    _rollout(each, declared.of(each.kind)) for each in live.values() if rolls_out(each, declared)
                )
            if progress != reported:
                await _report(log, next(iter(lacking)), progress)
                reported = progress
            if progress.state is OwnerState.FAILED:
                return _failed("not-delivered", progress.message, next(iter(lacking)))
            if progress.state is OwnerState.WAITING:
                deadline = Deadline.after(self._policy.timeout_cap)
            elif deadline.passed:
                resource, lack = next(iter(lacking.items()))
                return _failed(
                    "delivery-timeout",
                    f"{resource.label} {lack} on cluster {task.cluster.name}. {progress.message} Look why at what "
                    "delivers from there, and retry to watch it again.",
                    resource,
                )
            await asyncio.sleep(_LOOK_EVERY)

    async def _lacking(
        self, task: ClusterTask, handed: HandOver, resources: Sequence[ResourceId], gateway: ClusterGateway
    ) -> tuple[dict[ResourceId, Manifest], dict[ResourceId, str]]:
        """The objects on the cluster, and what each of them lacks."""
        try:
            files = await self._changes.read(_change(task, handed))
            deadline = Deadline.after(self._policy.silence)
            live = await read_objects(gateway, task.namespace, resources, deadline=deadline)
            if files.lacking:
                return live, dict.fromkeys(resources, "is not in Git yet")
            return live, lacking_of(handed.edits, files.texts, {each: live.get(each) for each in resources})
        except (ClusterError, GitError, OwnerChangedError) as error:
            return {}, dict.fromkeys(resources, f"could not be looked at: {error.detail}")
        except UnreadableFileError as unreadable:
            return {}, dict.fromkeys(resources, f"could not be looked at: {unreadable.reason}")

    def _left(self, expected: Sequence[ExpectedRollout]) -> float:
        """Seconds, of which a restart takes none away."""
        begun = max((each.since for each in expected if each.since is not None), default=datetime.now(UTC))
        return max(_RESUMING, self._policy.timeout_cap - (datetime.now(UTC) - begun).total_seconds())


_UNDERWAY = OwnerProgress(state=OwnerState.HANDED_OVER, reason="Underway", message="It was handed over.")


def _written(plan: StoredCopyPlan, cluster: str) -> dict[ResourceId, Action]:
    stored = plan.clusters[cluster]
    assert stored is not None, "a cluster that does not answer blocks the plan"
    return {each.resource: each.action for each in stored.resources if each.action in {Action.CREATE, Action.UPDATE}}


def _change(task: ClusterTask, handed: HandOver) -> GitChange:
    return GitChange(owner=handed.owner, operation=task.operation.id, edits=handed.edits)


def _rollout(live: Manifest, declaration: Declaration | None) -> ExpectedRollout:
    """That of the object as it came: a kustomization may have given it another image than its file."""
    return ExpectedRollout(
        resource=live.id,
        uid=live.uid or "",
        generation=live.generation,
        images={container.name: container.image for container in containers_of(live, declaration)},
        since=datetime.now(UTC),
        declared=declaration,
    )


async def _report(log: Progress, resource: ResourceId, progress: OwnerProgress) -> None:
    await log.report(
        EventType.ROLLOUT_PROGRESSED,
        resource=resource,
        state=progress.state.value,
        reason=progress.reason,
        message=progress.message,
    )


def _failed(code: str, detail: str, resource: ResourceId) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail, resource=resource)
