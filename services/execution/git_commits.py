"""Commits the lines that bring workloads their images, for images that were handed over to Git repositories.

Converges: lines that are there count as done, whoever committed them, so a process that was killed between the push and
its answer is followed by one that commits nothing. Clusters that share a file share a commit. A push stands on the
head that was read just before it; where somebody else was faster, the lines are looked for anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from db.transaction import Database
from domain.hand_overs import HandOver, OwnerEdit, OwnerProgress, OwnerState
from services.errors import StagecoachError
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.git.access import GitAccess
from services.git.errors import GitHeadMovedError
from services.git.repositories import GitRepositories, NewCommit
from services.kube.deadline import Deadline
from services.planning.git.commit_message import commit_message
from services.planning.git.line_edits import by_file, edited_lines
from services.reading.git_access import stored_access
from services.reading.hand_overs.planning import WorkloadPlace

_TRIES = 5  # where others push at the same time


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The files of one branch at its head `commit`; `lacking` are the new texts of those without their lines."""

    commit: str
    lacking: Mapping[str, str]


class GitDeliverer:
    """`services.execution.handing_over.Deliverer` for files of Git repositories."""

    def __init__(self, db: Database, git: GitRepositories) -> None:
        self._db = db
        self._git = git

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError`, `GitError`s, `NotFoundError`, `ClusterError`s."""
        del deadline  # an exchange with a Git server is bounded by itself
        branch = work.asked.owner.namespace
        access = await stored_access(self._db, work.asked.owner.name)
        target = f"{place.target.application.name} in {place.target.environment.name}"
        message = commit_message(work.asked.changes, operation=work.operation, target=target)
        for attempt in range(_TRIES):
            found = await self._read(access, branch, work.edits)
            if not found.lacking:
                return False
            await place.gateway.before_write()
            try:
                await self._git.push(
                    access, NewCommit(branch=branch, parent=found.commit, texts=found.lacking, message=message)
                )
            except GitHeadMovedError:
                if attempt == _TRIES - 1:
                    raise
            else:
                return True
        raise AssertionError("the last attempt returns or raises")

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Whether the lines are still at the head of the branch."""
        del operation, place, deadline
        branch = handed.owner.namespace
        try:
            access = await stored_access(self._db, handed.owner.name)
            found = await self._read(access, branch, handed.edits)
        except OwnerChangedError as changed:
            return OwnerProgress(state=OwnerState.FAILED, reason="FileChanged", message=changed.detail)
        except StagecoachError as error:  # what delivers from there may do so all the same
            return OwnerProgress(state=OwnerState.HANDED_OVER, reason="RepositoryUnread", message=error.detail)
        if found.lacking:
            return OwnerProgress(
                state=OwnerState.FAILED,
                reason="Reverted",
                message=f"{_capital(handed.owner.title)} has the former lines again at commit {found.commit[:8]}: "
                "somebody has reverted them.",
            )
        return OwnerProgress(
            state=OwnerState.HANDED_OVER,
            reason="Committed",
            message=f"{_capital(handed.owner.title)} has the new image at commit {found.commit[:8]}; whoever delivers "
            "the workload from there has not brought it yet.",
        )

    async def _read(self, access: GitAccess, branch: str, edits: tuple[OwnerEdit, ...]) -> _Files:
        """Raises `OwnerChangedError` where lines are neither as the plan read them nor as it wants them."""
        wanted = by_file(edits)
        found = await self._git.read(access, branch=branch, paths=wanted)
        lacking = {}
        for path, own in wanted.items():
            text = edited_lines(found.texts[path], own)
            if text is None:
                raise OwnerChangedError(
                    f"{path} has other lines on the branch {branch} than the plan read: somebody has changed the "
                    "image there meanwhile. Plan again."
                )
            if text != found.texts[path]:
                lacking[path] = text
        return _Files(commit=found.commit, lacking=lacking)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
