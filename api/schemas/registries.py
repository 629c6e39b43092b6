"""Registries and polls in the contract. No response holds a credential."""

from typing import Self

from pydantic import Field, StrictBool

from api.schemas.base import Input, Moment, Output, PageRead, Text
from api.schemas.credentials import Credential
from db.records.registries import PollRecord, RegistryRecord
from domain.words import CredentialKind
from services.pushes.registries import NewRegistry


class RegistryPut(Input):
    """How to reach a registry, and with which credential."""

    plain_http: StrictBool = Field(default=False, description="For a private registry without TLS.")
    credential: Credential

    def to_registry(self) -> NewRegistry:
        return NewRegistry(plain_http=self.plain_http, credential=self.credential.to_entered())


class RegistryRead(Output):
    """A registry at which tags are resolved to digests."""

    host: str = Field(description="As in image references, with its port.", examples=["registry.example:5000"])
    plain_http: bool
    credential: CredentialKind = Field(description="The kind of credential; the credential itself is never shown.")
    username: str | None = Field(description="Of a `basic` credential.")
    last_seen_at: Moment | None = Field(description="When it last answered successfully.")
    last_error: str | None = Field(description="Why the last request failed; null if it succeeded.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: RegistryRecord) -> Self:
        shown = {name: value for name, value in vars(record).items() if name not in {"secret", "kind"}}
        return cls.model_validate({**shown, "credential": record.kind})


class RegistryPage(PageRead[RegistryRead]):
    """Registries, by host."""


class RegistryCheckRequest(Input):
    """What to check: the registry alone, the number of tags of a repository, or the digest of a tag."""

    repository: Text | None = Field(
        None, min_length=1, max_length=255, description="Without the registry.", examples=["shop/web"]
    )
    tag: Text | None = Field(None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples=["1.4.2"])


class RegistryCheckRead(Output):
    """The result of a check."""

    host: str
    repository: str | None
    tag: str | None
    well: bool = Field(description="Whether the check succeeded.")
    code: str | None = Field(
        description="Names the problem, for programs; null if there is none.", examples=["registry-denied"]
    )
    detail: str | None = Field(
        description="The problem, and what to do. Without a problem: what the check does not prove, as that the "
        "credential is good where the registry did not ask for it."
    )
    tags: int | None = Field(description="The number of tags of the repository, if the request named no tag.")
    digest: str | None = Field(description="The digest of the tag: of a multi-platform image, the index.")
    media_type: str | None
    platforms: list[str] = Field(examples=[["linux/amd64", "linux/arm64"]])
    built_at: Moment | None


class PollPut(Input):
    """How often to poll a repository."""

    interval_seconds: int = Field(ge=60, le=7 * 86_400, examples=[300])


class PollRead(Output):
    """A polled repository."""

    repository: str = Field(description="With its registry.", examples=["registry.example/shop/web"])
    interval_seconds: int
    next_at: Moment
    last_at: Moment | None = Field(description="When the last poll that read the tags ended; null before the first.")
    last_error: str | None = Field(
        description="Why the last poll failed, or which tags it could not read; null if it succeeded."
    )
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: PollRecord) -> Self:
        return cls.model_validate({**vars(record), "interval_seconds": record.seconds})


class PollPage(PageRead[PollRead]):
    """Polls, by repository."""
