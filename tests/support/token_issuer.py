"""An issuer of signed tokens on this machine: its metadata and keys over real HTTP, which tests change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.ci_tokens import jwks
from tests.support.fake_api_server import FakeApiServer, answers, fake_api_server

_METADATA = ".well-known/openid-configuration"


@dataclass
class TokenIssuer:
    """`url` is its issuer: as an Enterprise Server of GitHub has it, which a trust of GitHub takes."""

    server: FakeApiServer
    path: str

    @property
    def url(self) -> str:
        return self.server.url + self.path

    def publish(self, keys: bytes, *, issuer: str | None = None) -> None:
        """Publish these keys, as those of `issuer`."""
        metadata = {"issuer": issuer or self.url, "jwks_uri": f"{self.url}/.well-known/jwks"}
        self.server.on("GET", f"{self.path}/{_METADATA}", answers(metadata))
        self.server.on("GET", f"{self.path}/.well-known/jwks", answers((200, keys.decode())))

    @property
    def asked(self) -> int:
        """How often its keys were fetched."""
        return len(self.server.asked("GET", f"{self.path}/.well-known/jwks"))


@asynccontextmanager
async def token_issuer(path: str = "/_services/token") -> AsyncIterator[TokenIssuer]:
    async with fake_api_server() as server:
        issuer = TokenIssuer(server, path)
        issuer.publish(jwks())
        yield issuer
