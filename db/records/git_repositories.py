"""Git repositories, as queries return them."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.words import CredentialKind


@dataclass(frozen=True, kw_only=True)
class GitRepositoryRecord:
    """A Git repository with its credential; `url` is what it is cloned from."""

    id: str
    name: str
    url: str
    kind: CredentialKind
    username: str | None
    secret: str | None = field(repr=False)
    last_seen_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime
