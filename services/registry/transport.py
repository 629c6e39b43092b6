"""HTTP to registries: the one module here that speaks it, and the one where aiohttp's errors end.

Every address is vetted at the moment of connecting, redirects too, which registries use to hand blobs out of a
storage of somebody else's. What proves us to the registry stays with it: another host is never shown it, nor is the
same one in the clear. Nothing here judges a status, retries or waits for a turn.
"""

import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from services.net.addresses import AddressPolicy, VettingResolver
from services.registry.budget import Budget, RegistryLimits
from services.registry.errors import RegistryAddressRefusedError, RegistryMalformedError, Subject
from services.registry.transport_errors import error_of_transport

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_DNS_SECONDS = 60
_KEEPALIVE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request; `limit` bounds the body of its answer. `repr` shows no credential."""

    subject: Subject
    url: URL
    limit: int
    method: Literal["GET", "HEAD"] = "GET"
    accept: str = "application/json"
    follow: bool = False  # redirects


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`own`: it came from where it was asked of, not from where a redirect led."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    own: bool

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class Transport:
    """One session for all registries; without a bound of its own, because each registry's turns are one."""

    def __init__(self, *, addresses: AddressPolicy, limits: RegistryLimits, trust: ssl.SSLContext | None) -> None:
        self._addresses = addresses
        self._limits = limits
        self._names = ThreadPoolExecutor(max_workers=16, thread_name_prefix="registry-names")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=trust or True,
                limit=0,
                keepalive_timeout=_KEEPALIVE_SECONDS,
                ttl_dns_cache=_DNS_SECONDS,
                resolver=VettingResolver(addresses, threads=self._names, timeout=limits.connect),
            ),
            headers={"User-Agent": "stagecoach", "Accept-Encoding": "identity"},  # digests are of the bytes as stored
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        await self._session.close()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def send(self, ask: Ask, *, authorization: str | None, budget: Budget) -> Answer:
        """One attempt. Raises `RegistryUnreachableError` and its kin, and `RegistryMalformedError`."""
        url = ask.url
        for _ in range(_MOST_REDIRECTS + 1):
            self._vet(url, ask.subject)
            answer = await self._once(ask, url, authorization=authorization, budget=budget)
            if not ask.follow or answer.status not in _REDIRECTS:
                return answer
            target = _target(url, answer.headers.get("Location", ""), ask.subject)
            if target.origin() != url.origin():
                authorization = None  # for good: coming back does not bring it back
            url = target
        raise RegistryMalformedError(ask.subject, "the registry leads from one address to the next without an end.")

    async def _once(self, ask: Ask, url: URL, *, authorization: str | None, budget: Budget) -> Answer:
        headers = {"Accept": ask.accept} | ({"Authorization": authorization} if authorization else {})
        seconds = min(self._limits.answer, budget.left())
        timeout = aiohttp.ClientTimeout(total=max(seconds, 0.001), sock_connect=min(self._limits.connect, seconds))
        try:
            async with self._session.request(
                ask.method, url, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                body, whole = await _read(response, ask.limit)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise error_of_transport(error, subject=ask.subject, server=url.authority, seconds=seconds) from None
        if response.status == 200 and not whole:
            raise RegistryMalformedError(
                ask.subject, f"the registry's answer is larger than {ask.limit // 1024} KiB, which no image needs."
            )
        own = url.origin() == ask.url.origin()
        return Answer(status=response.status, headers=response.headers, body=body, own=own)

    def _vet(self, url: URL, subject: Subject) -> None:
        """Only names come to a resolver in aiohttp, so an address that is written out is looked at here."""
        host = url.host or ""
        if ":" not in host and not host.replace(".", "").isdigit():
            return  # a name, by aiohttp's own rule
        try:
            refusal = self._addresses.refusal(host)
        except ValueError:
            refusal = "it is an address in disguise"
        if refusal is not None:
            raise RegistryAddressRefusedError(subject, f"{url.authority} is not connected to: {refusal}.")


def _target(url: URL, location: str, subject: Subject) -> URL:
    """Where a redirect leads; never from https to anything less."""
    try:
        target = url.join(URL(location, encoded=True))  # a signed address must stay as it is written
    except ValueError:
        target = URL()
    if target.scheme not in {"http", "https"} or not target.host or target.user or target.password:
        raise RegistryMalformedError(subject, "the registry redirects to what is no address.")
    if url.scheme == "https" and target.scheme != "https":
        raise RegistryAddressRefusedError(subject, f"the registry redirects to {target.host} without https.")
    return target


async def _read(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes of the body, and whether that is all of it."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > limit:
            response.close()  # the connection with it: the rest is not waited for
            return b"".join(chunks), False
        chunks.append(chunk)
    return b"".join(chunks), True
