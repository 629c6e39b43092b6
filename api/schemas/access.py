"""Tokens and sessions in the contract. A secret is in exactly one response: the one that creates it."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from api.schemas.base import Input, Moment, MomentInput, Output, PageRead, Text
from domain.actors import ActorKind
from domain.words import Role
from services.people.access import Identity, IssuedToken, Proof


class TokenCreate(Input):
    """A token for a person or a program."""

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S", examples=["ci of shop"])
    role: Role
    expires_at: MomentInput | None = Field(None, description="Without it, the token never expires.")


class TokenRead(Output):
    """A token, without its secret."""

    id: str
    name: str
    role: Role
    created_by: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None


class TokenPage(PageRead[TokenRead]):
    """Tokens, the newest first; revoked and expired ones too."""


class TokenCreated(TokenRead):
    """A token with its secret, which is never shown again."""

    token: str = Field(description="Send it as `Authorization: Bearer …`.", examples=["stg_…"])

    @classmethod
    def of(cls, issued: IssuedToken) -> Self:
        return cls.model_validate({**vars(issued.record), "token": issued.secret})


class SessionCreate(Input):
    """Either a token or a one-time code, as the link that `make run` prints holds one."""

    token: SecretStr | None = Field(None, min_length=1, max_length=200)
    code: SecretStr | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _exactly_one(self) -> "SessionCreate":
        if (self.token is None) == (self.code is None):
            raise ValueError("give either a token or a code")
        return self

    @property
    def plain_token(self) -> str | None:
        return self.token.get_secret_value() if self.token else None

    @property
    def plain_code(self) -> str | None:
        return self.code.get_secret_value() if self.code else None


class SignInCodeCreated(Output):
    """A code that signs one browser in, once."""

    code: str
    expires_at: Moment


class Me(Output):
    """The caller's identity."""

    name: str
    kind: ActorKind
    role: Role | None = Field(description="The highest role that the caller has everywhere, if it has one.")
    by: Literal["token", "session"] = Field(description="How the caller authenticated.")
    expires_at: Moment | None
    csrf_token: str | None = Field(
        description="For a session: the value to send as `X-CSRF-Token` with every POST, PUT, PATCH and DELETE."
    )

    @classmethod
    def of(cls, identity: Identity, proof: Proof, *, csrf_token: str | None) -> Self:
        return cls(
            name=identity.actor.name,
            kind=identity.actor.caller.ref.kind,
            role=identity.actor.role,
            by=proof.by,
            expires_at=identity.expires_at,
            csrf_token=csrf_token,
        )


class SessionRead(Output):
    """Who is signed in."""

    me: Me | None = Field(description="Null if the request carries no session and no token.")
