"""Git repositories in the contract. No response holds a credential."""

from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Input, Moment, Output, PageRead, Text
from api.schemas.credentials import Credential
from api.schemas.image_edits import ChangedLineRead, ImageChangeInput
from db.records.git_repositories import GitRepositoryRecord
from domain.words import CredentialKind, GitProvider
from services.inventory.git_repositories import NewGitRepository

Branch = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=250,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_+#@=-]*([./][A-Za-z0-9_+#@=-]+)*$",
        examples=["main"],
    ),
]
FilePath = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=1000,
        pattern=r"^[^/\x00-\x1f]+(/[^/\x00-\x1f]+)*$",
        description="From the root of the repository, with single slashes.",
        examples=["apps/shop/production/values.yaml"],
    ),
]


class GitRepositoryPut(Input):
    """Where a repository is, and with which credential it is read."""

    url: Text = Field(
        min_length=1,
        max_length=2000,
        description="What it is cloned from over HTTP, without a credential.",
        examples=["https://git.example/shop/config.git"],
    )
    credential: Credential
    pull_requests: GitProvider | None = Field(
        None,
        description="Whose pull requests (GitLab: merge requests) bring changes; left out: they are pushed to the "
        "branch itself. The credential is used for the provider's API as well.",
    )

    def to_repository(self) -> NewGitRepository:
        return NewGitRepository(url=self.url, credential=self.credential.to_entered(), pull_requests=self.pull_requests)


class GitRepositoryRead(Output):
    """A Git repository with files that name images."""

    name: str
    url: str
    credential: CredentialKind = Field(description="The kind of credential; the credential itself is never shown.")
    username: str | None = Field(description="Of a `basic` credential.")
    pull_requests: GitProvider | None = Field(
        description="Whose pull requests bring changes; null where they are pushed to the branch itself."
    )
    last_seen_at: Moment | None = Field(description="When its server last answered successfully.")
    last_error: str | None = Field(description="Why the last request failed; null if it succeeded.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: GitRepositoryRecord) -> Self:
        shown = {name: value for name, value in vars(record).items() if name not in {"id", "secret", "kind"}}
        return cls.model_validate({**shown, "credential": record.kind})


class GitRepositoryPage(PageRead[GitRepositoryRead]):
    """Git repositories, by name."""


class GitRepositoryCheckRequest(Input):
    """What to check: the repository alone, a branch of it, or a file there."""

    branch: Branch | None = Field(None, description="Left out: the one that the repository names first.")
    path: FilePath | None = None


class GitRepositoryCheckRead(Output):
    """The result of a check."""

    name: str
    branch: str | None = Field(description="The one that was read; without one in the request, the repository's first.")
    path: str | None
    well: bool = Field(description="Whether the check succeeded.")
    commit: str | None = Field(description="The newest commit of the branch; null if the check failed.")
    code: str | None = Field(
        description="Names the problem, for programs; null if there is none.", examples=["git-denied"]
    )
    detail: str | None = Field(description="The problem, and what to do.")


class GitImageEditRequest(ImageChangeInput):
    """A file at the head of a branch, where it names an image, and which image takes the place of which."""

    branch: Branch | None = Field(None, description="Left out: the one that the repository names first.")
    path: FilePath


class GitImageEditRead(Output):
    """What changes in the file. Nothing is written."""

    branch: str
    commit: str = Field(description="The commit in which the file was read.")
    path: str
    lines: list[ChangedLineRead] = Field(description="What changes; empty if the file names the image already.")
