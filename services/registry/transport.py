"""HTTP to registries: the one module of this package that uses aiohttp, whose errors end here.

Every address is vetted at the moment of connecting, also of redirects, by which registries serve blobs from the storage
of a third party. A credential is sent to the registry's own origin only: never to another host, nor to the same host
over plain HTTP. Statuses, retries and throttling are the business of `caller`.
"""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, Protocol

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from services.net.addresses import AddressPolicy, VettingResolver
from services.registry.budget import Budget, RegistryLimits
from services.registry.errors import RegistryAddressRefusedError, RegistryMalformedError, Subject
from services.registry.transport_errors import error_of_transport

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITH_CONTENT = frozenset({200, 206})
_MAX_REDIRECTS = 5
_DNS_SECONDS = 60
_KEEPALIVE_SECONDS = 60


class BodyReader(Protocol):
    """Takes a body chunk by chunk. Once it is `done`, the rest is not received."""

    @property
    def done(self) -> bool:
        """Whether further chunks change nothing."""
        ...

    def feed(self, chunk: bytes) -> None:
        """Read the next chunk."""
        ...


Content = bytes | Callable[[], AsyncIterator[bytes]]  # the latter is begun anew by each attempt


@dataclass(frozen=True, kw_only=True)
class RegistryRequest:
    """One request; `limit` bounds the body of its answer. `repr` shows no credential."""

    subject: Subject
    url: URL
    limit: int
    method: Literal["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"] = "GET"
    accept: str = "application/json"
    follow: bool = True  # redirects: registries may answer any request with one
    of_tag: bool = False  # about one image, so that a failure (500) need not be the whole registry's
    reader: Callable[[int], BodyReader] | None = None  # of each attempt by its status, for a body that is not kept
    content: Content | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True  # the same request again does the same
    pushes: bool = False  # needs the right to push
    mounted_from: str | None = None  # another repository of the registry, from which it needs the right to pull


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; `own`: it came from the registry's own origin, not from where a redirect led.

    `shown`: the registry was shown a credential, or a token that was had for one. `asked`: it let nobody in without.
    """

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    own: bool
    shown: bool = False
    asked: bool = False
    read: BodyReader | None = None  # what the request's reader made of the body of a 200 or 206

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class Transport:
    """One session for all registries. It bounds no connections: each registry has a throttle."""

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
            headers={
                "User-Agent": "stagecoach",
                "Accept-Encoding": "identity",
            },  # digests are those of the stored bytes
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        await self._session.close()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer:
        """One attempt, with up to five redirects where the request follows them.

        Raises `RegistryUnreachableError`, `RegistryAddressRefusedError`, `RegistryCertificateError` and
        `RegistryMalformedError`.
        """
        url = request.url
        for _ in range(_MAX_REDIRECTS + 1):
            self._vet(url, request.subject)
            answer = await self._once(request, url, authorization=authorization, budget=budget)
            if not request.follow or answer.status not in _REDIRECTS:
                return answer
            target = target_of(url, answer.headers.get("Location", ""), request.subject)
            if target.origin() != url.origin():
                authorization = None  # also for a redirect back to the origin
            url = target
        raise RegistryMalformedError(request.subject, "the registry redirects too often.")

    async def _once(self, request: RegistryRequest, url: URL, *, authorization: str | None, budget: Budget) -> Answer:
        proof = {"Authorization": authorization} if authorization else {}
        headers = {**request.headers, "Accept": request.accept, **proof}
        content = _begun(request.content)
        seconds = min(self._limits.answer, budget.left())
        reader = None
        timeout = aiohttp.ClientTimeout(total=max(seconds, 0.001), sock_connect=min(self._limits.connect, seconds))
        try:
            async with self._session.request(
                request.method, url, data=content, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if request.reader is not None and response.status in _WITH_CONTENT:
                    reader = request.reader(response.status)
                body, whole = await _read(response, request.limit, reader)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise error_of_transport(error, subject=request.subject, server=url.authority, seconds=seconds) from None
        if response.status in _WITH_CONTENT and not whole:
            raise RegistryMalformedError(
                request.subject,
                f"the registry's answer is larger than {request.limit // 1024} KiB, the most that is read.",
            )
        own = url.origin() == request.url.origin()
        return Answer(status=response.status, headers=response.headers, body=body, own=own, read=reader)

    def _vet(self, url: URL, subject: Subject) -> None:
        """Aiohttp calls the resolver for names only, so an address is vetted here."""
        refusal = self._addresses.host_refusal(url.raw_host or "")
        if refusal is not None:
            raise RegistryAddressRefusedError(subject, f"Stagecoach does not connect to {url.authority}: {refusal}.")


def _begun(content: Content | None) -> AsyncIterator[bytes] | io.BytesIO | None:
    """What aiohttp sends; of bytes a file, which it sends bit by bit."""
    if callable(content):
        return content()
    return None if content is None else io.BytesIO(content)


def target_of(url: URL, location: str, subject: Subject) -> URL:
    """The target of a redirect, or of an upload. Raises where it is no URL, or leads from https to http."""
    try:
        target = url.join(URL(location, encoded=True))  # a signed URL must not be normalised
    except ValueError:
        target = URL()
    if target.scheme not in {"http", "https"} or not target.host or target.user or target.password:
        raise RegistryMalformedError(subject, "the registry leads to an invalid URL.")
    if url.scheme == "https" and target.scheme != "https":
        raise RegistryAddressRefusedError(
            subject,
            f"the registry leads to {target.host} without https. "
            "A proxy in front of it has to pass X-Forwarded-Proto on, or the registry has to be told its address.",
        )
    return target


async def _read(response: aiohttp.ClientResponse, limit: int, reader: BodyReader | None) -> tuple[bytes, bool]:
    """At most `limit` bytes of the body, and whether the body is complete; with a `reader` they are not kept."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > limit:
            response.close()  # and its connection: the rest is not read
            return b"".join(chunks), False
        if reader is None:
            chunks.append(chunk)
        else:
            reader.feed(chunk)
            await asyncio.sleep(0)  # what is there already is read without waiting, and others wait for the event loop
            if reader.done:
                response.close()
                break
    return b"".join(chunks), True
