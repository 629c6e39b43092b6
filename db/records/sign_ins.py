"""Bearer tokens, and the console sessions that were opened with one or at an OpenID provider."""

from dataclasses import dataclass
from datetime import datetime

from domain.rights import Scope, Subject
from domain.words import Role


@dataclass(frozen=True, kw_only=True)
class TokenRecord:
    """A bearer token, of which only the hash is stored (and not read back).

    Without a subject it acts as itself, with its role everywhere. With one it acts for that subject, with at most its
    role in its scope.
    """

    id: str
    name: str
    role: Role
    subject: Subject | None
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SignInRecord:
    """A console session, or a one-time code for one, and the token or the person that it acts for.

    `parent_id`: the session that asked for the code, whose end is `parent_expires_at`. `provider`: of a session that
    began at an OpenID provider.
    """

    id: str
    token: TokenRecord | None
    person_id: str | None
    expires_at: datetime
    provider: str | None = None
    parent_id: str | None = None
    parent_expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SessionRecord:
    """A session as its owner sees it in a list. Times are UTC."""

    id: str
    provider: str | None
    address: str | None
    user_agent: str | None
    created_at: datetime
    expires_at: datetime
