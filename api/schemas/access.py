"""Sessions in the contract, and the caller's identity."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from api.schemas.base import Input, Moment, Output
from domain.actors import ActorKind
from domain.words import Role
from services.people.access import Identity, Proof


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
    bound: bool = Field(description="Whether the caller has any role anywhere. Without one, it sees nothing.")
    provider: str | None = Field(description="The OpenID provider that signed the person in.")
    groups: list[str] = Field(description="The person's groups, as the provider named them at the last sign-in.")
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
            bound=bool(identity.actor.holdings.bindings),
            provider=identity.person.provider if identity.person else None,
            groups=list(identity.person.groups) if identity.person else [],
            by=proof.by,
            expires_at=identity.expires_at,
            csrf_token=csrf_token,
        )


class SessionRead(Output):
    """Who is signed in."""

    me: Me | None = Field(description="Null if the request carries no session and no token.")
