"""Sends a request to a registry until it is answered: throttled, authorized, and repeated where the registry fails."""

import random
import ssl
from collections import OrderedDict
from dataclasses import replace

from yarl import URL

from services.net.addresses import AddressPolicy
from services.registry.budget import Budget, RegistryLimits
from services.registry.credentials import Anonymous, RegistryAccess
from services.registry.errors import RegistryBusyError, RegistryError, RegistryUnreachableError
from services.registry.throttle import Throttle
from services.registry.tokens import Scope, TokenCache, denied
from services.registry.transport import Answer, RegistryRequest, Transport

_MAX_THROTTLES = 1024


class RegistryCaller:
    """One transport for all registries, and for each its throttle and tokens. `open` it before use."""

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
        self._throttles: OrderedDict[URL, Throttle] = OrderedDict()
        self._tokens = TokenCache(self._send_with_retries)

    async def open(self) -> None:
        """Open the transport, on the event loop that will use it."""
        self._transport = Transport(addresses=self._addresses, limits=self._limits, trust=self._trust)

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.close()

    async def send(self, access: RegistryAccess, request: RegistryRequest, budget: Budget) -> Answer:
        """The registry's answer, after authorization where it requires that.

        Raises `RegistryDeniedError`, `RegistryBusyError`, `RegistryUnreachableError`, `RegistryMalformedError`.
        """
        if request.url.origin() != access.origin:  # an upload may be stored elsewhere, by a URL that is proof enough
            return await self._send_with_retries(access, request, None, budget)
        scope = Scope(request.subject.repository, pushes=request.pushes, mounted_from=request.mounted_from)
        authorization = self._tokens.cached(access, scope)
        answer = await self._send_with_retries(access, request, authorization, budget)
        if answer.status == 401 and answer.own:
            authorization = await self._tokens.obtain(
                access, request.subject, scope, answer, refused=authorization, budget=budget
            )
            answer = await self._send_with_retries(access, request, authorization, budget)
        shown = authorization is not None and not isinstance(access.credential, Anonymous)
        if answer.status in {401, 403} and answer.own:
            raise denied(access, request.subject, shown=shown, pushes=request.pushes)
        return replace(answer, shown=shown, asked=authorization is not None)

    async def _send_with_retries(
        self, access: RegistryAccess, request: RegistryRequest, authorization: str | None, budget: Budget
    ) -> Answer:
        """Throttled attempts. Raises `RegistryBusyError`, `RegistryUnreachableError`."""
        assert self._transport is not None, "RegistryClients is entered before it is used"
        throttle = self._throttle_of(access)
        error: RegistryError | None = None
        for attempt in range(self._limits.attempts if request.repeatable else 1):
            try:
                async with throttle.slot(request.subject, budget) as began:
                    answer = await self._transport.send(request, authorization=authorization, budget=budget)
            except RegistryUnreachableError as unreachable:
                error = unreachable
                if unreachable.terminal:
                    raise
                throttle.failed(began=began)
            except RegistryBusyError:
                if attempt and isinstance(error, RegistryUnreachableError):
                    raise error from None  # why the attempt before failed says more
                raise
            else:
                if answer.status != 429 and answer.status < 500:
                    throttle.succeeded()
                    return answer
                if answer.status == 500 and request.of_tag and throttle.answered_lately:
                    return answer  # registries fail so for a tag whose parts are gone, and serve the others
                after = answer.headers.get("Retry-After")
                if answer.status == 429:
                    throttle.rate_limited(began=began, retry_after=after)
                else:
                    throttle.failed(began=began, retry_after=after)
                error = throttle.busy(request.subject)
        assert error is not None
        raise error

    def _throttle_of(self, access: RegistryAccess) -> Throttle:
        origin = access.origin
        throttle = self._throttles.setdefault(origin, Throttle(self._limits, chance=self._chance))
        self._throttles.move_to_end(origin)
        if len(self._throttles) > _MAX_THROTTLES:
            oldest = next(iter(self._throttles))
            if self._throttles[oldest].idle:
                del self._throttles[oldest]
        return throttle
