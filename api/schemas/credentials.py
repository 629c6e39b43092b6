"""Credentials of registries and Git servers in the contract. No response holds one."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from api.schemas.base import Input, Text
from domain.credentials import EnteredCredential
from domain.words import CredentialKind

_SECRET = Field(min_length=1, max_length=65_536)


class AnonymousCredential(Input):
    """No credential, for what anybody may read."""

    kind: Literal["anonymous"]

    def to_entered(self) -> EnteredCredential:
        return EnteredCredential(kind=CredentialKind.ANONYMOUS)


class BasicCredential(Input):
    """A name and a password, or a token that serves as one."""

    kind: Literal["basic"]
    username: Text = Field(min_length=1, max_length=500, examples=["stagecoach"])
    password: Annotated[SecretStr, _SECRET]

    def to_entered(self) -> EnteredCredential:
        secret = self.password.get_secret_value()
        return EnteredCredential(kind=CredentialKind.BASIC, username=self.username, secret=secret)


class BearerCredential(Input):
    """A bearer token that the server accepts as it is."""

    kind: Literal["bearer"]
    token: Annotated[SecretStr, _SECRET]

    def to_entered(self) -> EnteredCredential:
        return EnteredCredential(kind=CredentialKind.BEARER, secret=self.token.get_secret_value())


Credential = Annotated[AnonymousCredential | BasicCredential | BearerCredential, Field(discriminator="kind")]
