"""Commits lines to a branch of a Git repository, or proposes them by a pull request, and tells what becomes of them.

Converges: lines that are there count as done, whoever committed them, so a process that was killed between the push and
its answer is followed by one that commits nothing. Clusters that share a file share a commit. A push stands on the
head that was read just before it; where somebody else was faster, the lines are looked for anew. Where the repository
takes pull requests, the lines are proposed by one (`git_reviews`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from db.transaction import Database
from domain.hand_overs import OwnerAddress, OwnerEdit, OwnerProgress, OwnerState
from services.errors import StagecoachError
from services.execution.git_files import FilesAtHead, read_files
from services.execution.git_reviews import GitReviews, Proposal
from services.execution.handing_over import OwnerChangedError
from services.git.errors import GitHeadMovedError
from services.git.repositories import GitRepositories, NewCommit
from services.reading.git_access import OpenedRepository, opened_repository

_TRIES = 5  # where others push at the same time


@dataclass(frozen=True, kw_only=True)
class GitChange:
    """The lines of an operation for a branch, which is the `owner`."""

    owner: OwnerAddress
    operation: str
    edits: tuple[OwnerEdit, ...]


class GitChanges:
    """Makes changes, and looks at them."""

    def __init__(self, db: Database, git: GitRepositories, reviews: GitReviews) -> None:
        self._db = db
        self._git = git
        self._reviews = reviews

    async def make(self, change: GitChange, message: str, *, before_write: Callable[[], Awaitable[None]]) -> bool:
        """Commit or propose the lines; False where that was done before.

        Raises `OwnerChangedError`, `GitError`s, `NotFoundError`, and what `before_write` raises.
        """
        opened = await opened_repository(self._db, change.owner.name)
        if opened.pull_requests is None:
            return await self._commit(opened, change, message, before_write=before_write)
        proposal = _proposal(opened, change)
        if not (await self.read(change, opened)).lacking:
            # What was not merged yet needs no way back, and must not be merged any more.
            await self._reviews.withdraw(proposal.way_back, before_write=before_write)
            return False
        return await self._reviews.propose(proposal, message, before_write=before_write)

    async def read(self, change: GitChange, opened: OpenedRepository | None = None) -> FilesAtHead:
        """The files at the head of the branch. Raises `OwnerChangedError`, `GitError`s, `NotFoundError`."""
        opened = opened or await opened_repository(self._db, change.owner.name)
        return await read_files(self._git, opened.access, change.owner.namespace, change.edits)

    async def look(self, change: GitChange) -> OwnerProgress:
        """Whether the branch has the lines, or their pull request waits."""
        try:
            opened = await opened_repository(self._db, change.owner.name)
            if opened.pull_requests is None:
                return await self._at_head(opened, change)
            proposal = _proposal(opened, change)
            return self._reviews.remembered(proposal) or await self._reviewed(opened, change, proposal)
        except OwnerChangedError as changed:
            return OwnerProgress(state=OwnerState.FAILED, reason="FileChanged", message=changed.detail)
        except StagecoachError as error:  # what delivers from there may do so all the same
            return OwnerProgress(state=OwnerState.HANDED_OVER, reason="RepositoryUnread", message=error.detail)

    async def _commit(
        self,
        opened: OpenedRepository,
        change: GitChange,
        message: str,
        *,
        before_write: Callable[[], Awaitable[None]],
    ) -> bool:
        for attempt in range(_TRIES):
            found = await self.read(change, opened)
            if not found.lacking:
                return False
            await before_write()
            new = NewCommit(branch=change.owner.namespace, parent=found.commit, texts=found.lacking, message=message)
            try:
                await self._git.push(opened.access, new)
            except GitHeadMovedError:
                if attempt == _TRIES - 1:
                    raise
            else:
                return True
        raise AssertionError("the last attempt returns or raises")

    async def _reviewed(self, opened: OpenedRepository, change: GitChange, proposal: Proposal) -> OwnerProgress:
        found = await self._at_head(opened, change)
        if found.state is OwnerState.FAILED:  # the branch has not the lines
            pull = await self._reviews.look(proposal)
            # It may have been merged between the two looks.
            found = await self._at_head(opened, change) if pull.state is OwnerState.FAILED else pull
            found = pull if found.state is OwnerState.FAILED else found
        self._reviews.remember(proposal, found)
        return found

    async def _at_head(self, opened: OpenedRepository, change: GitChange) -> OwnerProgress:
        """Whether the branch has the lines. Raises `OwnerChangedError`, `GitError`s."""
        found = await self.read(change, opened)
        title, commit = _capital(change.owner.title), found.commit[:8]
        if found.lacking:
            return OwnerProgress(
                state=OwnerState.FAILED,
                reason="Reverted",
                message=f"{title} has the former lines again at commit {commit}: somebody has reverted them.",
            )
        return OwnerProgress(
            state=OwnerState.HANDED_OVER,
            reason="Committed",
            message=f"{title} has the new lines at commit {commit}; whoever delivers from there has not brought them "
            "yet.",
        )


def _proposal(opened: OpenedRepository, change: GitChange) -> Proposal:
    assert opened.pull_requests is not None, "else lines are pushed"
    return Proposal(
        access=opened.access,
        provider=opened.pull_requests,
        operation=change.operation,
        base=change.owner.namespace,
        edits=change.edits,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
