"""Authorizes requests to a registry: fetches and caches tokens as the distribution specification defines.

A token is cached in memory until shortly before it expires, for one registry, credential and repository; concurrent
callers share one fetch. https://distribution.github.io/distribution/spec/auth/token/
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.registry.budget import MAX_TOKEN_BYTES, Budget
from services.registry.challenge import BasicChallenge, BearerChallenge, challenge_of
from services.registry.credentials import Basic, Bearer, Credential, RegistryAccess
from services.registry.errors import RegistryDeniedError, RegistryMalformedError, RegistryUnreachableError, Subject
from services.registry.json_answers import read_answer
from services.registry.transport import Answer, RegistryRequest

Send = Callable[[RegistryAccess, RegistryRequest, str | None, Budget], Awaitable[Answer]]  # throttled, with retries

_MAX_TOKENS = 4096
_DEFAULT_SECONDS = 60.0  # the specification's default for a missing `expires_in`
_MARGIN_SECONDS = 10.0
_LONGEST_SECONDS = 3600.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")
_NOT_ASKED_FOR = (
    "without saying how to log in (it sent no challenge in WWW-Authenticate), so the credential was not shown to it. "
    "Container runtimes cannot log in to it either: check a proxy in front of it, which may remove the header."
)


@dataclass(frozen=True)
class _Key:
    host: str
    plain_http: bool
    credential: Credential
    repository: str | None


@dataclass
class _Fetching:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    refused: bool = False  # callers that wait do not try again: many wrong passwords can lock an account


@dataclass(frozen=True)
class _Authorization:
    header: str = field(repr=False)
    until: float  # on the monotonic clock


class TokenCache:
    """The `Authorization` headers of registries; `send` sends requests to token services."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._authorizations: OrderedDict[_Key, _Authorization] = OrderedDict()
        self._fetching: dict[_Key, _Fetching] = {}

    def cached(self, access: RegistryAccess, repository: str | None) -> str | None:
        """The header of a token that is still valid, or of a configured token; None where there is neither."""
        if isinstance(access.credential, Bearer):
            return access.credential.header
        authorization = self._authorizations.get(_key(access, repository))
        return authorization.header if authorization and authorization.until > time.monotonic() else None

    async def obtain(
        self, access: RegistryAccess, subject: Subject, refusal: Answer, *, refused: str | None, budget: Budget
    ) -> str:
        """The header to send instead of `refused`. Raises `RegistryDeniedError` where there is none."""
        challenge = challenge_of(refusal.headers.getall("WWW-Authenticate", []), access, subject)
        if challenge is None and isinstance(access.credential, Basic):
            raise RegistryDeniedError(subject, f"it answered {refusal.status} {_NOT_ASKED_FOR}")
        if isinstance(access.credential, Bearer):
            raise RegistryDeniedError(
                subject,
                "the registry does not accept the token. Check that it has not expired and may pull there.",
            )
        key = _key(access, subject.repository)
        fetching = self._fetching.setdefault(key, _Fetching())
        fetching.users += 1
        try:
            async with _held(fetching.lock, subject, budget):
                if (known := self.cached(access, subject.repository)) and known != refused:
                    return known  # another caller fetched it meanwhile
                if fetching.refused:
                    raise denied(access, subject)
                authorization = await self._authorize(access, subject, challenge, refused=refused, budget=budget)
                self._keep(key, authorization)
                return authorization.header
        except RegistryDeniedError:
            fetching.refused = True
            raise
        finally:
            fetching.users -= 1
            if not fetching.users:
                del self._fetching[key]

    def _keep(self, key: _Key, authorization: _Authorization) -> None:
        self._authorizations[key] = authorization
        self._authorizations.move_to_end(key)
        while len(self._authorizations) > _MAX_TOKENS:
            self._authorizations.popitem(last=False)

    async def _authorize(
        self,
        access: RegistryAccess,
        subject: Subject,
        challenge: BearerChallenge | BasicChallenge | None,
        *,
        refused: str | None,
        budget: Budget,
    ) -> _Authorization:
        basic = access.credential.header if isinstance(access.credential, Basic) else None
        match challenge:
            case BearerChallenge():
                return await self._fetched(access, subject, challenge, basic=basic, budget=budget)
            case BasicChallenge() if basic and basic != refused:
                return _Authorization(header=basic, until=float("inf"))
            case BasicChallenge() | None:
                raise denied(access, subject)

    async def _fetched(
        self, access: RegistryAccess, subject: Subject, challenge: BearerChallenge, *, basic: str | None, budget: Budget
    ) -> _Authorization:
        scope = f"repository:{subject.repository}:pull" if subject.repository else None
        request = RegistryRequest(subject=subject, url=challenge.url(scope), limit=MAX_TOKEN_BYTES, follow=False)
        answer = await self._send(access, request, basic, budget)
        if answer.status in {400, 401, 403, 404}:
            raise denied(access, subject)
        if answer.status != 200:
            raise RegistryMalformedError(subject, f"the registry's token service answered {answer.status}.")
        token, seconds = _read_token(answer.body, subject)
        lifetime = min(seconds, _LONGEST_SECONDS)
        return _Authorization(
            header=f"Bearer {token}", until=time.monotonic() + lifetime - min(_MARGIN_SECONDS, lifetime / 2)
        )


@asynccontextmanager
async def _held(lock: asyncio.Lock, subject: Subject, budget: Budget) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(budget.left()):
            await lock.acquire()
    except TimeoutError:
        raise RegistryUnreachableError(subject, "the registry's token service did not answer in time.") from None
    try:
        yield
    finally:
        lock.release()


def denied(access: RegistryAccess, subject: Subject, *, shown: bool = True) -> RegistryDeniedError:
    """The error of a request that stays refused: registries do not distinguish the reasons.

    `shown`: whether the registry was shown the credential, or a token that was had for it.
    """
    if isinstance(access.credential, Basic) and not shown:
        return RegistryDeniedError(subject, f"it refuses the request {_NOT_ASKED_FOR}")
    if isinstance(access.credential, Basic | Bearer):
        return RegistryDeniedError(
            subject,
            "the registry does not accept the credential, or the credential may not pull, or the repository does not "
            f"exist. Check the name, and the credential that is registered for {access.host}.",
        )
    return RegistryDeniedError(
        subject,
        "the registry requires a credential, or the repository does not exist. Check the name, or register "
        f"a credential for {access.host}.",
    )


def _read_token(body: bytes, subject: Subject) -> tuple[str, float]:
    """The token, and the seconds that it is valid."""
    answer = read_answer(body)
    if isinstance(answer, dict):
        token = answer.get("token") or answer.get("access_token")
        seconds = answer.get("expires_in")
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return token, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _DEFAULT_SECONDS
    raise RegistryMalformedError(subject, "the registry's token service answered without a token.")


def _key(access: RegistryAccess, repository: str | None) -> _Key:
    return _Key(access.host.lower(), access.plain_http, access.credential, repository)
