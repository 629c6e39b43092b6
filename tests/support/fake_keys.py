"""Keys of providers without a network: a transport that records its requests, and a source of the samples' keys."""

import asyncio

from multidict import CIMultiDict, CIMultiDictProxy

from services.registry.budget import Budget
from services.registry.deliveries import Confirmation, FetchedKeys, KeyUrl
from services.registry.errors import RegistryUnreachableError, Subject
from services.registry.keys import KeysUnavailableError
from services.registry.transport import Answer, RegistryRequest
from tests.support.report_cases import keys_of


class FakeKeySender:
    """Answers every request with `status` and `body`, or raises `RegistryUnreachableError`."""

    def __init__(self, *, status: int = 200, body: bytes = b"key k1", reachable: bool = True) -> None:
        self.status, self.body, self.reachable = status, body, reachable
        self.asked: list[RegistryRequest] = []

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer:
        assert authorization is None
        self.asked.append(request)
        await asyncio.sleep(0)
        if not self.reachable:
            raise RegistryUnreachableError(Subject(host="x"), "no connection.")
        return Answer(status=self.status, headers=CIMultiDictProxy(CIMultiDict()), body=self.body, own=True)


class FakeProviderKeys:
    """Returns the keys of the cases; `away` as when Amazon and Google cannot be reached."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.confirmed: list[str] = []

    async def fetch(self, key: KeyUrl) -> FetchedKeys:
        if self.away:
            raise KeysUnavailableError("The provider does not answer.")
        return keys_of(key)

    async def confirm(self, confirmation: Confirmation) -> None:
        if self.away:
            raise KeysUnavailableError("The provider does not answer.")
        self.confirmed.append(confirmation.url)
