"""Commits the lines that bring workloads their images, for images that were handed over to Git repositories.

Converges: lines that are there count as done, whoever committed them, so a process that was killed between the push and
its answer is followed by one that commits nothing. Clusters that share a file share a commit. A push stands on the
head that was read just before it; where somebody else was faster, the lines are looked for anew. Where the repository
takes pull requests, the lines are proposed by one (`git_reviews`).
"""

from db.transaction import Database
from domain.hand_overs import HandOver, OwnerEdit, OwnerProgress, OwnerState
from services.errors import StagecoachError
from services.execution.git_files import read_files
from services.execution.git_reviews import GitReviews, Proposal
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.git.errors import GitHeadMovedError
from services.git.repositories import GitRepositories, NewCommit
from services.kube.deadline import Deadline
from services.planning.git.commit_message import commit_message
from services.reading.git_access import OpenedRepository, opened_repository
from services.reading.hand_overs.planning import WorkloadPlace

_TRIES = 5  # where others push at the same time


class GitDeliverer:
    """`services.execution.handing_over.Deliverer` for files of Git repositories."""

    def __init__(self, db: Database, git: GitRepositories, reviews: GitReviews) -> None:
        self._db = db
        self._git = git
        self._reviews = reviews

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError`, `GitError`s, `NotFoundError`, `ClusterError`s."""
        del deadline  # an exchange with a Git server is bounded by itself
        opened = await opened_repository(self._db, work.asked.owner.name)
        target = f"{place.target.application.name} in {place.target.environment.name}"
        message = commit_message(work.asked.changes, operation=work.operation, target=target)
        branch = work.asked.owner.namespace
        if opened.pull_requests is None:
            return await self._commit(opened, branch, work, message, place)
        proposal = _proposal(opened, branch, work.operation, work.edits)
        found = await read_files(self._git, opened.access, branch, work.edits)
        if not found.lacking:
            # What was not merged yet needs no way back, and must not be merged any more.
            await self._reviews.withdraw(proposal.way_back, before_write=place.gateway.before_write)
            return False
        return await self._reviews.propose(proposal, message, before_write=place.gateway.before_write)

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Whether the branch has the lines, or their pull request waits."""
        del place, deadline
        branch = handed.owner.namespace
        try:
            opened = await opened_repository(self._db, handed.owner.name)
            if opened.pull_requests is None:
                return await self._at_head(opened, handed)
            proposal = _proposal(opened, branch, operation, handed.edits)
            return self._reviews.remembered(proposal) or await self._reviewed(opened, handed, proposal)
        except OwnerChangedError as changed:
            return OwnerProgress(state=OwnerState.FAILED, reason="FileChanged", message=changed.detail)
        except StagecoachError as error:  # what delivers from there may do so all the same
            return OwnerProgress(state=OwnerState.HANDED_OVER, reason="RepositoryUnread", message=error.detail)

    async def _commit(
        self, opened: OpenedRepository, branch: str, work: OwnerWork, message: str, place: WorkloadPlace
    ) -> bool:
        for attempt in range(_TRIES):
            found = await read_files(self._git, opened.access, branch, work.edits)
            if not found.lacking:
                return False
            await place.gateway.before_write()
            try:
                await self._git.push(
                    opened.access, NewCommit(branch=branch, parent=found.commit, texts=found.lacking, message=message)
                )
            except GitHeadMovedError:
                if attempt == _TRIES - 1:
                    raise
            else:
                return True
        raise AssertionError("the last attempt returns or raises")

    async def _reviewed(self, opened: OpenedRepository, handed: HandOver, proposal: Proposal) -> OwnerProgress:
        found = await self._at_head(opened, handed)
        if found.state is OwnerState.FAILED:  # the branch has not the lines
            pull = await self._reviews.look(proposal)
            # It may have been merged between the two looks.
            found = await self._at_head(opened, handed) if pull.state is OwnerState.FAILED else pull
            found = pull if found.state is OwnerState.FAILED else found
        self._reviews.remember(proposal, found)
        return found

    async def _at_head(self, opened: OpenedRepository, handed: HandOver) -> OwnerProgress:
        """Whether the branch has the lines. Raises `OwnerChangedError`, `GitError`s."""
        found = await read_files(self._git, opened.access, handed.owner.namespace, handed.edits)
        title, commit = _capital(handed.owner.title), found.commit[:8]
        if found.lacking:
            return OwnerProgress(
                state=OwnerState.FAILED,
                reason="Reverted",
                message=f"{title} has the former lines again at commit {commit}: somebody has reverted them.",
            )
        return OwnerProgress(
            state=OwnerState.HANDED_OVER,
            reason="Committed",
            message=f"{title} has the new image at commit {commit}; whoever delivers the workload from there has not "
            "brought it yet.",
        )


def _proposal(opened: OpenedRepository, base: str, operation: str, edits: tuple[OwnerEdit, ...]) -> Proposal:
    assert opened.pull_requests is not None, "else lines are pushed"
    return Proposal(access=opened.access, provider=opened.pull_requests, operation=operation, base=base, edits=edits)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
