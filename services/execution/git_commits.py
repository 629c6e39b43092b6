"""Hands images over to Git repositories: the lines of files that bring workloads their images."""

from domain.hand_overs import HandOver, OwnerProgress
from services.execution.git_changes import GitChange, GitChanges
from services.execution.handing_over import OwnerWork
from services.kube.deadline import Deadline
from services.planning.git.commit_message import commit_message
from services.reading.hand_overs.planning import WorkloadPlace


class GitDeliverer:
    """`services.execution.handing_over.Deliverer` for files of Git repositories."""

    def __init__(self, changes: GitChanges) -> None:
        self._changes = changes

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError`, `GitError`s, `NotFoundError`, `ClusterError`s."""
        del deadline  # an exchange with a Git server is bounded by itself
        target = f"{place.target.application.name} in {place.target.environment.name}"
        message = commit_message(work.asked.changes, operation=work.operation, target=target)
        change = GitChange(owner=work.asked.owner, operation=work.operation, edits=work.edits)
        return await self._changes.make(change, message, before_write=place.gateway.before_write)

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Whether the branch has the lines, or their pull request waits."""
        del place, deadline
        return await self._changes.look(GitChange(owner=handed.owner, operation=operation, edits=handed.edits))
