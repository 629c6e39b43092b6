"""What is asked of every provider. GitLab calls a pull request a merge request, and numbers it by `iid`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote

from yarl import URL


class PullState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"  # without being merged


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """`url` is for people; `conflicts`: the provider says that it cannot be merged as it is."""

    number: int
    state: PullState
    url: str
    conflicts: bool = False
    version: int = 0  # of Bitbucket Data Center, which closes nothing that has changed since


@dataclass(frozen=True, kw_only=True)
class NewPullRequest:
    """From the branch `head` into `base`."""

    head: str
    base: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request: `path` below the provider's own for the repository; with a `body` it is JSON.

    `may_lack`: 404 says that there is no such pull request.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    may_lack: bool = False


class Provider(Protocol):
    """The interface of one provider. What reads an answer raises `LookupError`, `TypeError` or `ValueError` where it
    is not as its documentation says.
    """

    def root(self, repository: URL) -> URL:
        """Where its interface has the repository, which is cloned from this address."""

    def proof(self, secret: str) -> str:
        """The value of the header Authorization."""

    def finding(self, head: str, base: str) -> Call:
        """Asks for the pull requests from one branch into the other, whatever became of them."""

    def found(self, answer: Any) -> list[PullRequest]:
        """What it answers to `finding`; None where it says that there is none."""

    def opening(self, new: NewPullRequest) -> Call:
        """Opens one."""

    def opened(self, answer: Any) -> PullRequest:
        """What it answers to `opening`."""

    def closing(self, pull: PullRequest) -> Call:
        """Closes one without merging it."""


def repository_path(repository: URL) -> list[str]:
    """The parts of its path, without what clones append: `["shop", "config"]`."""
    return repository.path.strip("/").removesuffix(".git").split("/")


def below(origin: URL, path: str) -> URL:
    """An address at the same server; `path` is encoded already."""
    return URL(f"{origin.scheme}://{origin.authority}{path}", encoded=True)


def segment(text: str) -> str:
    """One segment of a path, whatever is in it."""
    return quote(text, safe="")
