"""Registries and polls in the contract. A credential goes in and never comes out."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StrictBool

from api.schemas.base import Input, Moment, Output, PageRead, Text
from db.records import PollRecord, RegistryRecord
from domain.words import CredentialKind
from services.pushes.registries import NewRegistry

_SECRET = Field(min_length=1, max_length=65_536)


class AnonymousCredential(Input):
    """Nothing is shown: for registries that anybody may read."""

    kind: Literal["anonymous"]

    def to_registry(self, *, plain_http: bool) -> NewRegistry:
        return NewRegistry(plain_http=plain_http, kind=CredentialKind.ANONYMOUS)


class BasicCredential(Input):
    """A name and a password, or a token that serves as one."""

    kind: Literal["basic"]
    username: Text = Field(min_length=1, max_length=500, examples=["stagecoach"])
    password: Annotated[SecretStr, _SECRET]

    def to_registry(self, *, plain_http: bool) -> NewRegistry:
        secret = self.password.get_secret_value()
        return NewRegistry(plain_http=plain_http, kind=CredentialKind.BASIC, username=self.username, secret=secret)


class BearerCredential(Input):
    """A token that the registry itself takes as it is."""

    kind: Literal["bearer"]
    token: Annotated[SecretStr, _SECRET]

    def to_registry(self, *, plain_http: bool) -> NewRegistry:
        return NewRegistry(plain_http=plain_http, kind=CredentialKind.BEARER, secret=self.token.get_secret_value())


RegistryCredential = Annotated[AnonymousCredential | BasicCredential | BearerCredential, Field(discriminator="kind")]


class RegistryPut(Input):
    """How a registry is asked."""

    plain_http: StrictBool = Field(default=False, description="Only for a registry of one's own that speaks no TLS.")
    credential: RegistryCredential

    def to_registry(self) -> NewRegistry:
        return self.credential.to_registry(plain_http=self.plain_http)


class RegistryRead(Output):
    """A registry that is asked what tags mean."""

    host: str = Field(description="As in image names, with its port.", examples=["registry.example:5000"])
    plain_http: bool
    credential: CredentialKind = Field(description="Of which kind; the credential itself is never shown.")
    username: str | None = Field(description="Of a `basic` credential.")
    last_seen_at: Moment | None = Field(description="When it last answered as it should.")
    last_error: str | None = Field(description="Why it did not, when it was last asked.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: RegistryRecord) -> Self:
        shown = {name: value for name, value in vars(record).items() if name not in {"secret", "kind"}}
        return cls.model_validate({**shown, "credential": record.kind})


class RegistryPage(PageRead[RegistryRead]):
    """Registries, by host."""


class RegistryCheckRequest(Input):
    """What to ask: nothing but whether it is there, how many tags a repository has, or what a tag means."""

    repository: Text | None = Field(
        None, min_length=1, max_length=255, description="Without the registry.", examples=["shop/web"]
    )
    tag: Text | None = Field(None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples=["1.4.2"])


class RegistryCheckRead(Output):
    """What a registry answered just now."""

    host: str
    repository: str | None
    tag: str | None
    well: bool
    code: str | None = Field(description="Of what is wrong, for programs.", examples=["registry-denied"])
    detail: str | None = Field(description="What is wrong, and what to do.")
    tags: int | None = Field(description="How many tags the repository has, where no tag was named.")
    digest: str | None = Field(description="What the tag means: of several platforms, the index.")
    media_type: str | None
    platforms: list[str] = Field(examples=[["linux/amd64", "linux/arm64"]])
    built_at: Moment | None


class PollPut(Input):
    """How often a repository is looked at."""

    interval_seconds: int = Field(ge=60, le=7 * 86_400, examples=[300])


class PollRead(Output):
    """A repository that is looked at from time to time."""

    repository: str = Field(description="With its registry.", examples=["registry.example/shop/web"])
    interval_seconds: int
    next_at: Moment
    last_at: Moment | None = Field(description="When it was last looked at with success; null until the first time.")
    last_error: str | None = Field(description="Why the last look came to nothing.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: PollRecord) -> Self:
        return cls.model_validate({**vars(record), "interval_seconds": record.seconds})


class PollPage(PageRead[PollRead]):
    """Polls, by repository."""
