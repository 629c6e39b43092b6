"""The errors of what is asked of Git servers; those of dulwich and aiohttp never leave this package.

A `GitError` names the repository and says what to do. It quotes nothing that a server sent, and no address with a
credential in it: a hostile server could place text of its own, or an echo of the credential, in an answer.
"""

from services.errors import Category, StagecoachError


class GitError(StagecoachError):
    """What was asked of a Git server failed; `server` is its host.

    `terminal` is False where the same may succeed later although nothing is changed.
    """

    code = "git-error"
    title = "The Git server answered with an error"
    category = Category.UPSTREAM
    terminal = True

    def __init__(self, server: str, detail: str) -> None:
        super().__init__(f"{server}: {detail}")
        self.server = server


class GitAddressError(GitError):
    """An address that is none of a repository. The text does not repeat it: people paste addresses with tokens."""

    code = "git-address-invalid"
    title = "The address of the Git repository is not valid"
    category = Category.INVALID


class GitUnreachableError(GitError):
    """No connection, or no answer over it in time."""

    code = "git-unreachable"
    title = "The Git server cannot be reached"
    terminal = False


class GitAddressRefusedError(GitUnreachableError):
    """The address is one that Stagecoach does not connect to: metadata services, link-local, plain HTTP, …"""

    code = "git-address-refused"
    title = "The Git server's address is not allowed"
    terminal = True


class GitBusyError(GitError):
    """The server limits the rate of requests (429) or fails (5xx)."""

    code = "git-busy"
    title = "The Git server is overloaded or failing"
    terminal = False


class GitDeniedError(GitError):
    """The credential is missing, not accepted, or lacks a right."""

    code = "git-denied"
    title = "The Git server refuses the credential"


class GitRepositoryUnknownError(GitError):
    """There is no such repository, or the server hides it from those who may not see it."""

    code = "git-repository-unknown"
    title = "The Git server has no such repository"


class GitBranchUnknownError(GitError):
    code = "git-branch-unknown"
    title = "The Git repository has no such branch"


class GitFileUnusableError(GitError):
    """There is no such file at the head of the branch, or it is a link, too large, or no text."""

    code = "git-file-unusable"
    title = "The file of the Git repository cannot be used"


class GitHeadMovedError(GitError):
    """Somebody else has pushed to the branch meanwhile. Nothing was pushed."""

    code = "git-head-moved"
    title = "The branch of the Git repository has moved meanwhile"
    category = Category.CONFLICT
    terminal = False


class GitPushRefusedError(GitError):
    """The branch is protected, or a hook of the server does not take the commit."""

    code = "git-push-refused"
    title = "The Git server does not take the commit"


class GitPullRequestRefusedError(GitError):
    """The provider does not open or close a pull request."""

    code = "git-pull-request-refused"
    title = "The Git server does not take the pull request"


class GitMalformedError(GitError):
    """The answer is none of a Git server, or is too large."""

    code = "git-malformed"
    title = "The Git server's answer is not valid"


# The server answers, and says of a repository, a branch or a file that it is not there, or cannot be used.
OF_THE_REPOSITORY = (GitRepositoryUnknownError, GitBranchUnknownError, GitFileUnusableError)
