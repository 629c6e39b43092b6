"""What stands in for issuers and clusters where tokens of CI jobs are exchanged."""

from collections.abc import Awaitable, Callable
from typing import Any

from db.trusts import TrustRecord
from services.kube.gateway import ReviewedToken
from services.people.issuer_keys import IssuerUnavailableError
from tests.support.ci_tokens import jwks

Trusting = Callable[..., Awaitable[TrustRecord]]


class Keys:
    """Publishes the test's key for every issuer; `away` as when none can be reached."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[str] = []

    async def fetch(self, issuer: str, *, key_id: str | None) -> bytes:
        self.asked.append(issuer)
        if self.away:
            raise IssuerUnavailableError("The issuer cannot be reached.")
        return jwks()


class ReviewingClusters:
    """Clusters that review tokens: by name, whose token each says that it is, or the error that it raises."""

    def __init__(self) -> None:
        self.says: dict[str, str | Exception | None] = {}
        self.asked: list[tuple[str, str]] = []

    async def gateway(self, credential: Any) -> Any:
        clusters = self

        class Gateway:
            async def review_token(self, token: str, *, audience: str, **_: Any) -> ReviewedToken:
                clusters.asked.append((credential.name, audience))
                says = clusters.says[credential.name]
                if isinstance(says, Exception):
                    raise says
                return ReviewedToken(username=says)

        return Gateway()
