"""Tokens that act for somebody, and service accounts, in the contract. A secret is in the response that creates it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import Field, StrictBool

from api.schemas.actors import ActorRead
from api.schemas.base import Input, Moment, MomentInput, Name, Output, PageRead, Text
from db.service_accounts import ServiceAccountRecord
from domain.words import Role
from services.people.service_accounts import AccountChanges
from services.people.tokens import IssuedTokenView, NewToken
from services.planning.people.names import LONGEST_NAME
from services.planning.people.token_lifetimes import DEFAULT_LIFETIME, LONGEST_LIFETIME

TokenName = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="Without line breaks and other characters that cannot be seen, without spaces at its ends, and not "
        "one under which Stagecoach itself acts, as `poll`.",
        examples=["ci of shop"],
    ),
]
_EXPIRY = f"Without it, the token lives for {DEFAULT_LIFETIME.days} days."


class _TokenInput(Input):
    """What all new tokens have: a name, a role and an expiry."""

    name: TokenName
    role: Role
    expires_at: MomentInput | None = Field(
        None,
        description=f"{_EXPIRY} At most {LONGEST_LIFETIME.days} days from now; later, or null for never, only by an "
        "administrator.",
    )

    @property
    def expiry(self) -> datetime | None:
        """An explicit null stands for never."""
        return self.expires_at if "expires_at" in self.model_fields_set else datetime.now(UTC) + DEFAULT_LIFETIME


class TokenCreate(_TokenInput):
    """A token that acts as itself, with its role everywhere."""

    expires_at: MomentInput | None = Field(None, description=f"{_EXPIRY} Null: it never expires.")


class ScopedTokenCreate(_TokenInput):
    """A token that acts for a person or a service account: with its rights, within this role and scope."""

    role: Role = Field(description="At most the rights of this role.")
    applications: list[Name] | None = Field(
        None, min_length=1, max_length=200, description="Only on these applications; null for all."
    )
    environments: list[Name] | None = Field(
        None, min_length=1, max_length=200, description="Only in these environments; null for all."
    )

    def to_token(self) -> NewToken:
        return NewToken(
            name=self.name,
            role=self.role,
            expires_at=self.expiry,
            applications=None if self.applications is None else tuple(self.applications),
            environments=None if self.environments is None else tuple(self.environments),
        )


class TokenRead(Output):
    """A token, without its secret."""

    id: str
    name: str
    role: Role
    acts_for: ActorRead | None = Field(
        description="Whose rights it has, within its role and scope; null: it acts as itself, with its role everywhere."
    )
    applications: list[str] | None = Field(description="The applications that it is for; null: all.")
    environments: list[str] | None = Field(description="The environments that it is for; null: all.")
    created_by: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None


class TokenPage(PageRead[TokenRead]):
    """Tokens, the newest first; revoked and expired ones too."""


class TokenCreated(TokenRead):
    """A token with its secret, which is never shown again."""

    token: str = Field(description="Send it as `Authorization: Bearer …`.", examples=["stgs_…"])

    @classmethod
    def of(cls, issued: IssuedTokenView) -> Self:
        return cls.model_validate({**vars(issued.view), "token": issued.secret})


class ServiceAccountCreate(Input):
    """A program that acts by tokens of its own; bindings say what it may do."""

    name: TokenName
    description: Text = Field("", max_length=500)


class ServiceAccountPatch(Input):
    """What to change; members that are left out stay."""

    name: TokenName | None = None
    description: Text | None = Field(None, max_length=500)
    disabled: StrictBool | None = Field(None, description="True refuses its tokens until it is enabled again.")

    def to_changes(self) -> AccountChanges:
        return AccountChanges(name=self.name, description=self.description, disabled=self.disabled)


class ServiceAccountRead(Output):
    """A service account."""

    id: str
    name: str
    description: str
    owner: ActorRead = Field(description="Who answers for it, and may issue its tokens.")
    created_at: Moment
    disabled_at: Moment | None

    @classmethod
    def of(cls, account: ServiceAccountRecord) -> Self:
        return cls.reading(account)


class ServiceAccountPage(PageRead[ServiceAccountRead]):
    """Service accounts, by name: all of them for an administrator, else those that the caller owns."""
