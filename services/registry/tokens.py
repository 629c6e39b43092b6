"""Proving ourselves to a registry: the token dance of the distribution specification, and what it brought, remembered.

A token is kept until shortly before it runs out, for one registry, credential and repository; whoever comes while one
is being fetched waits for that one. Nothing is written anywhere.
"""

import asyncio
import json
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
from services.registry.transport import Answer, Ask

Send = Callable[[RegistryAccess, Ask, str | None, Budget], Awaitable[Answer]]  # takes turns and tries again

_MOST_KEPT = 4096
_DEFAULT_SECONDS = 60.0  # of the specification, where a token service does not say
_MARGIN_SECONDS = 10.0
_LONGEST_SECONDS = 3600.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")


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
    refused: bool = False  # whoever waits need not try: so many wrong passwords lock an account


@dataclass(frozen=True)
class _Grant:
    header: str = field(repr=False)
    until: float  # on the monotonic clock


class Grants:
    """What is shown to a registry; `send` asks token services."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: OrderedDict[_Key, _Grant] = OrderedDict()
        self._fetching: dict[_Key, _Fetching] = {}

    def known(self, access: RegistryAccess, repository: str | None) -> str | None:
        """What was accepted before and still holds; a token that somebody configured is shown at once."""
        if isinstance(access.credential, Bearer):
            return access.credential.header
        grant = self._kept.get(_key(access, repository))
        return grant.header if grant and grant.until > time.monotonic() else None

    async def obtain(
        self, access: RegistryAccess, subject: Subject, refusal: Answer, *, refused: str | None, budget: Budget
    ) -> str:
        """What to show instead of `refused`. Raises `RegistryDeniedError` where there is nothing."""
        challenge = challenge_of(refusal.headers.getall("WWW-Authenticate", []), access, subject)
        if isinstance(access.credential, Bearer):
            raise RegistryDeniedError(
                subject, "the registry does not accept the token. Check that it has not run out and may read there."
            )
        key = _key(access, subject.repository)
        fetching = self._fetching.setdefault(key, _Fetching())
        fetching.users += 1
        try:
            async with _held(fetching.lock, subject, budget):
                if (known := self.known(access, subject.repository)) and known != refused:
                    return known  # somebody else fetched it meanwhile
                if fetching.refused:
                    raise denied(access, subject)
                grant = await self._grant(access, subject, challenge, refused=refused, budget=budget)
                self._keep(key, grant)
                return grant.header
        except RegistryDeniedError:
            fetching.refused = True
            raise
        finally:
            fetching.users -= 1
            if not fetching.users:
                del self._fetching[key]

    def _keep(self, key: _Key, grant: _Grant) -> None:
        self._kept[key] = grant
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    async def _grant(
        self,
        access: RegistryAccess,
        subject: Subject,
        challenge: BearerChallenge | BasicChallenge | None,
        *,
        refused: str | None,
        budget: Budget,
    ) -> _Grant:
        basic = access.credential.header if isinstance(access.credential, Basic) else None
        match challenge:
            case BearerChallenge():
                return await self._fetched(access, subject, challenge, basic=basic, budget=budget)
            case BasicChallenge() if basic and basic != refused:
                return _Grant(header=basic, until=float("inf"))
            case BasicChallenge() | None:
                raise denied(access, subject)

    async def _fetched(
        self, access: RegistryAccess, subject: Subject, challenge: BearerChallenge, *, basic: str | None, budget: Budget
    ) -> _Grant:
        scope = f"repository:{subject.repository}:pull" if subject.repository else None
        ask = Ask(subject=subject, url=challenge.url(scope), limit=MAX_TOKEN_BYTES)
        answer = await self._send(access, ask, basic, budget)
        if answer.status in {400, 401, 403, 404}:
            raise denied(access, subject)
        if answer.status != 200:
            raise RegistryMalformedError(subject, f"the registry's token service answers with {answer.status}.")
        token, seconds = _read_token(answer.body, subject)
        lifetime = min(seconds, _LONGEST_SECONDS)
        return _Grant(header=f"Bearer {token}", until=time.monotonic() + lifetime - min(_MARGIN_SECONDS, lifetime / 2))


@asynccontextmanager
async def _held(lock: asyncio.Lock, subject: Subject, budget: Budget) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(budget.left()):
            await lock.acquire()
    except TimeoutError:
        raise RegistryUnreachableError(
            subject, "the registry's token service had not answered when the time was up."
        ) from None
    try:
        yield
    finally:
        lock.release()


def denied(access: RegistryAccess, subject: Subject) -> RegistryDeniedError:
    if isinstance(access.credential, Basic | Bearer):
        return RegistryDeniedError(
            subject,
            "the registry does not accept the credential, or the credential may not read there, or there is no such "
            f"repository. Check the spelling, and the credential that is registered for {access.host}.",
        )
    return RegistryDeniedError(
        subject,
        "the registry shows this to nobody unknown, or there is no such repository. Check the spelling, or register "
        f"a credential for {access.host}.",
    )


def _read_token(body: bytes, subject: Subject) -> tuple[str, float]:
    """The token, and for how many seconds it holds."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        token = answer.get("token") or answer.get("access_token")
        seconds = answer.get("expires_in")
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return token, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _DEFAULT_SECONDS
    raise RegistryMalformedError(subject, "the registry's token service answers without a token.")


def _key(access: RegistryAccess, repository: str | None) -> _Key:
    return _Key(access.host.lower(), access.plain_http, access.credential, repository)
