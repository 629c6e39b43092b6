"""Proposes lines as a pull request, and follows what people make of it.

Converges: the branch of a proposal is named by the operation and its lines, so that one which a killed process has
pushed, or opened a pull request from, is found again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from domain.hand_overs import OwnerEdit, OwnerProgress, OwnerState
from domain.words import GitProvider
from services.execution.git_files import read_files
from services.git.access import GitAccess
from services.git.errors import GitBranchUnknownError, GitHeadMovedError, GitPullRequestRefusedError
from services.git.providers.calls import NewPullRequest, PullRequest, PullState
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories, NewCommit
from services.planning.git.review_branches import review_branch

_MOST = 20  # pull requests of the same lines in one operation: each but the last was closed, or reverted after a merge
_TRIES = 3  # where another cluster of the operation proposes the same at the same time


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Lines for the branch `base`, and where they are proposed."""

    access: GitAccess
    provider: GitProvider
    operation: str
    base: str
    edits: tuple[OwnerEdit, ...]

    @property
    def way_back(self) -> "Proposal":
        return replace(self, edits=tuple(each.reversed() for each in self.edits))


class GitReviews:
    """`ask_every`: after how many seconds an open pull request is looked at again; people take hours."""

    def __init__(self, git: GitRepositories, pulls: PullRequests, *, ask_every: float) -> None:
        self._git = git
        self._pulls = pulls
        self._ask_every = ask_every
        self._open: dict[tuple[str, str], tuple[float, OwnerProgress]] = {}

    async def propose(self, proposal: Proposal, message: str, *, before_write: Callable[[], Awaitable[None]]) -> bool:
        """Have an open pull request; False where there is one. Raises `GitError`s, `OwnerChangedError`, and what
        `before_write` raises.
        """
        for _ in range(_TRIES):
            head, found = (await self._pull_requests(proposal))[-1]
            if found is not None and found.state is PullState.OPEN:
                return False
            await before_write()
            try:
                await self._push(proposal, head, message)
                await self._open_from(proposal, head, message)
            except (GitHeadMovedError, GitPullRequestRefusedError):
                head, found = (await self._pull_requests(proposal))[-1]
                if found is None:
                    continue
            return True
        raise GitPullRequestRefusedError(
            proposal.access.server,
            f"No pull request could be opened into {proposal.base}: its rules forbid it, or others push all the time.",
        )

    async def withdraw(self, proposal: Proposal, *, before_write: Callable[[], Awaitable[None]]) -> None:
        """Close the open pull request, if there is one. Raises `GitError`s."""
        _, found = (await self._pull_requests(proposal))[-1]
        if found is not None and found.state is PullState.OPEN:
            await before_write()
            await self._pulls.close(proposal.access, proposal.provider, found)

    async def look(self, proposal: Proposal) -> OwnerProgress:
        """What has become of the pull request, whose lines the branch has not yet. Raises `GitError`s."""
        opened = [pull for _, pull in await self._pull_requests(proposal) if pull is not None]
        if not opened:
            return OwnerProgress(
                state=OwnerState.FAILED,
                reason="PullRequestGone",
                message=f"There is no pull request any more that brings the new lines to {proposal.base}.",
            )
        latest = opened[-1]
        match latest.state:
            case PullState.OPEN:
                conflicts = " It has conflicts, which somebody has to solve first." if latest.conflicts else ""
                return OwnerProgress(
                    state=OwnerState.WAITING,
                    reason="PullRequestOpen",
                    message=f"The pull request {latest.url} waits to be merged.{conflicts}",
                )
            case PullState.MERGED:
                return OwnerProgress(
                    state=OwnerState.FAILED,
                    reason="Reverted",
                    message=f"The pull request {latest.url} was merged, and {proposal.base} has the former lines: "
                    "somebody has reverted them.",
                )
            case PullState.CLOSED:
                return OwnerProgress(
                    state=OwnerState.FAILED,
                    reason="PullRequestClosed",
                    message=f"The pull request {latest.url} was closed without being merged.",
                )

    def remembered(self, proposal: Proposal) -> OwnerProgress | None:
        """What was seen of an open pull request a moment ago."""
        seen, progress = self._open.get(_key(proposal), (0.0, None))
        return progress if time.monotonic() - seen < self._ask_every else None

    def remember(self, proposal: Proposal, progress: OwnerProgress) -> None:
        """So that `remembered` finds it, while it waits."""
        self._open.pop(_key(proposal), None)
        if progress.state is OwnerState.WAITING:
            self._open[_key(proposal)] = (time.monotonic(), progress)

    async def _pull_requests(self, proposal: Proposal) -> Sequence[tuple[str, PullRequest | None]]:
        """The branches of these lines with their pull requests: ended ones, and at last an open one or none yet."""
        found: list[tuple[str, PullRequest | None]] = []
        for number in range(1, _MOST + 1):
            head = review_branch(proposal.operation, proposal.edits, number=number)
            pull = await self._pulls.find(proposal.access, proposal.provider, head=head, base=proposal.base)
            found.append((head, pull))
            if pull is None or pull.state is PullState.OPEN:
                break
        return found

    async def _push(self, proposal: Proposal, head: str, message: str) -> None:
        """The branch with the lines, unless a killed process has pushed it. Raises `GitError`s, `OwnerChangedError`."""
        try:
            await read_files(self._git, proposal.access, head, proposal.edits)
        except GitBranchUnknownError:
            found = await read_files(self._git, proposal.access, proposal.base, proposal.edits)
            commit = NewCommit(
                branch=proposal.base, parent=found.commit, texts=found.lacking, message=message, new_branch=head
            )
            await self._git.push(proposal.access, commit)

    async def _open_from(self, proposal: Proposal, head: str, message: str) -> None:
        title, _, text = message.partition("\n\n")
        new = NewPullRequest(head=head, base=proposal.base, title=title, text=text)
        await self._pulls.open(proposal.access, proposal.provider, new)


def _key(proposal: Proposal) -> tuple[str, str]:
    return proposal.access.url.human_repr(), review_branch(proposal.operation, proposal.edits, number=1)
