"""Git repositories, as queries return them."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.words import CredentialKind, GitProvider


@dataclass(frozen=True, kw_only=True)
class GitRepositoryRecord:
    """A Git repository with its credential; `url` is what it is cloned from.

    `pull_requests` is whose interface opens them for changes; None where these are pushed to the branch itself.
    """

    id: str
    name: str
    url: str
    kind: CredentialKind
    username: str | None
    secret: str | None = field(repr=False)
    pull_requests: GitProvider | None
    last_seen_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime
