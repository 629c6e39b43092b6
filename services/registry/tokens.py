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
_USED_UP = " Some registries refuse a push so where a quota is used up, or where the repository has to be made first."


@dataclass(frozen=True)
class Scope:
    """What a token is for: to pull from a repository, and to push to it; `mounted_from` is one to pull from as well."""

    repository: str | None
    pushes: bool = False
    mounted_from: str | None = None

    def spelt(self) -> tuple[str, ...]:
        """As token services are asked for it; empty for the registry as a whole."""
        own = (f"repository:{self.repository}:{'pull,push' if self.pushes else 'pull'}",) if self.repository else ()
        return (*own, f"repository:{self.mounted_from}:pull") if self.mounted_from else own


@dataclass(frozen=True)
class _Key:
    host: str
    plain_http: bool
    credential: Credential
    scope: Scope


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

    def cached(self, access: RegistryAccess, scope: Scope) -> str | None:
        """The header of a token that is still valid, or of a configured token; None where there is neither."""
        if isinstance(access.credential, Bearer):
            return access.credential.header
        authorization = self._authorizations.get(_key(access, scope))
        return authorization.header if authorization and authorization.until > time.monotonic() else None

    async def obtain(
        self,
        access: RegistryAccess,
        subject: Subject,
        scope: Scope,
        refusal: Answer,
        *,
        refused: str | None,
        budget: Budget,
    ) -> str:
        """The header to send instead of `refused`. Raises `RegistryDeniedError` where there is none."""
        challenge = challenge_of(refusal.headers.getall("WWW-Authenticate", []), access, subject)
        if challenge is None and isinstance(access.credential, Basic):
            raise RegistryDeniedError(subject, f"it answered {refusal.status} {_NOT_ASKED_FOR}")
        if isinstance(access.credential, Bearer):
            raise RegistryDeniedError(
                subject,
                "the registry does not accept the token. Check that it has not expired and may "
                f"{_right(pushes=scope.pushes)} there.",
            )
        key = _key(access, scope)
        fetching = self._fetching.setdefault(key, _Fetching())
        fetching.users += 1
        try:
            async with _held(fetching.lock, subject, budget):
                if (known := self.cached(access, scope)) and known != refused:
                    return known  # another caller fetched it meanwhile
                if fetching.refused:
                    raise denied(access, subject, pushes=scope.pushes)
                authorization = await self._authorize(access, subject, scope, challenge, refused=refused, budget=budget)
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
        scope: Scope,
        challenge: BearerChallenge | BasicChallenge | None,
        *,
        refused: str | None,
        budget: Budget,
    ) -> _Authorization:
        basic = access.credential.header if isinstance(access.credential, Basic) else None
        match challenge:
            case BearerChallenge():
                return await self._fetched(access, subject, scope, challenge, basic=basic, budget=budget)
            case BasicChallenge() if basic and basic != refused:
                return _Authorization(header=basic, until=float("inf"))
            case BasicChallenge() | None:
                raise denied(access, subject, pushes=scope.pushes)

    async def _fetched(
        self,
        access: RegistryAccess,
        subject: Subject,
        scope: Scope,
        challenge: BearerChallenge,
        *,
        basic: str | None,
        budget: Budget,
    ) -> _Authorization:
        url = challenge.url(scope.spelt(), whole=scope.pushes)
        request = RegistryRequest(subject=subject, url=url, limit=MAX_TOKEN_BYTES, follow=False)
        answer = await self._send(access, request, basic, budget)
        if answer.status in {400, 401, 403, 404}:
            raise denied(access, subject, pushes=scope.pushes)
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


def denied(
    access: RegistryAccess, subject: Subject, *, shown: bool = True, pushes: bool = False
) -> RegistryDeniedError:
    """The error of a request that stays refused: registries do not distinguish the reasons.

    `shown`: whether the registry was shown the credential, or a token that was had for it.
    """
    if isinstance(access.credential, Basic) and not shown:
        return RegistryDeniedError(subject, f"it refuses the request {_NOT_ASKED_FOR}")
    if isinstance(access.credential, Basic | Bearer):
        return RegistryDeniedError(
            subject,
            f"the registry does not accept the credential, or the credential may not {_right(pushes=pushes)}, or the "
            f"repository does not exist. Check the name, and the credential that is registered for {access.host}."
            f"{_USED_UP if pushes else ''}",
        )
    return RegistryDeniedError(
        subject,
        "the registry requires a credential, or the repository does not exist. Check the name, or register "
        f"a credential for {access.host}.",
    )


def _right(*, pushes: bool) -> str:
    return "pull and push" if pushes else "pull"


def _read_token(body: bytes, subject: Subject) -> tuple[str, float]:
    """The token, and the seconds that it is valid."""
    answer = read_answer(body)
    if isinstance(answer, dict):
        token = answer.get("token") or answer.get("access_token")
        seconds = answer.get("expires_in")
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return token, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _DEFAULT_SECONDS
    raise RegistryMalformedError(subject, "the registry's token service answered without a token.")


def _key(access: RegistryAccess, scope: Scope) -> _Key:
    return _Key(access.host.lower(), access.plain_http, access.credential, scope)
