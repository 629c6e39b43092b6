"""A question to a registry until it is answered: in its turn, with what proves us, and again where it fails."""

import random
import ssl
from collections import OrderedDict

from yarl import URL

from services.net.addresses import AddressPolicy
from services.registry.budget import Budget, RegistryLimits
from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryBusyError, RegistryError, RegistryUnreachableError
from services.registry.tokens import Grants, denied
from services.registry.transport import Answer, Ask, Transport
from services.registry.turns import Turns

_MOST_TURNS = 1024


class Asking:
    """One transport for all registries, and for each its turns and what it accepted. Opened before it is used."""

    def __init__(
        self,
        *,
        addresses: AddressPolicy,
        limits: RegistryLimits,
        trust: ssl.SSLContext | None,
        chance: random.Random,
    ) -> None:
        self._addresses = addresses
        self._limits = limits
        self._trust = trust
        self._chance = chance
        self._transport: Transport | None = None
        self._turns: OrderedDict[URL, Turns] = OrderedDict()
        self._grants = Grants(self._send)

    async def open(self) -> None:
        """On the loop that it will be used on."""
        self._transport = Transport(addresses=self._addresses, limits=self._limits, trust=self._trust)

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.close()

    async def ask(self, access: RegistryAccess, ask: Ask, budget: Budget) -> Answer:
        """With what proves us, once more where the registry asks for it. Raises `RegistryDeniedError`."""
        shown = self._grants.known(access, ask.subject.repository)
        answer = await self._send(access, ask, shown, budget)
        if answer.status == 401 and answer.own:
            shown = await self._grants.obtain(access, ask.subject, answer, refused=shown, budget=budget)
            answer = await self._send(access, ask, shown, budget)
        if answer.status in {401, 403} and answer.own:
            raise denied(access, ask.subject)
        return answer

    async def _send(self, access: RegistryAccess, ask: Ask, authorization: str | None, budget: Budget) -> Answer:
        """In turn, and again where the registry fails. Raises `RegistryBusyError`, `RegistryUnreachableError`."""
        assert self._transport is not None, "RegistryClients is entered before it is used"
        turns = self._turns_at(access)
        error: RegistryError | None = None
        for attempt in range(self._limits.attempts):
            try:
                async with turns.turn(ask.subject, budget) as began:
                    answer = await self._transport.send(ask, authorization=authorization, budget=budget)
            except RegistryUnreachableError as unreachable:
                error = unreachable
                if unreachable.terminal:
                    raise
                turns.failed(began=began)
            except RegistryBusyError:
                if attempt and isinstance(error, RegistryUnreachableError):
                    raise error from None  # it says more than that the registry fails
                raise
            else:
                if answer.status != 429 and answer.status < 500:
                    turns.succeeded()
                    return answer
                after = answer.headers.get("Retry-After")
                if answer.status == 429:
                    turns.asked_to_wait(began=began, retry_after=after)
                else:
                    turns.failed(began=began, retry_after=after)
                error = turns.busy(ask.subject)
        assert error is not None
        raise error

    def _turns_at(self, access: RegistryAccess) -> Turns:
        origin = access.origin
        turns = self._turns.setdefault(origin, Turns(self._limits, chance=self._chance))
        self._turns.move_to_end(origin)
        if len(self._turns) > _MOST_TURNS:
            oldest = next(iter(self._turns))
            if self._turns[oldest].idle:
                del self._turns[oldest]
        return turns
