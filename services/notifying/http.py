"""HTTP to where notifications go: the module of this wing that uses aiohttp, whose errors end here.

Every address is vetted at the moment of connecting. Redirects are not followed: they would lead a signed body, or a
token, to an address that nobody entered.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

import aiohttp
from yarl import URL

from services.net.addresses import AddressPolicy, AddressRefused, VettingResolver
from services.net.causes import causes
from services.notifying.errors import SendError

_SECONDS = 15.0  # for the whole exchange; Standard Webhooks asks senders for 15 to 30
_CONNECT_SECONDS = 5.0
_DNS_SECONDS = 60
_MOST_BYTES = 64 * 1024  # of an answer
_AT_ONCE = 50
_UNAVAILABLE = frozenset({429, 503})
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """An answer of any status; the body may be cut. `asked`: how long it asks to wait."""

    status: int
    body: bytes
    asked: timedelta | None

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class HttpDoor:
    """One session for all channels. Use it as an async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine.
    """

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        self._addresses = addresses
        self._trust = trust
        self._names = ThreadPoolExecutor(max_workers=8, thread_name_prefix="notification-names")
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._opened = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._trust or True,
                limit=_AT_ONCE,
                ttl_dns_cache=_DNS_SECONDS,
                resolver=VettingResolver(self._addresses, threads=self._names, timeout=_CONNECT_SECONDS),
            ),
            headers={"User-Agent": "stagecoach"},
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._opened is not None
        await self._opened.close()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """One try. Raises `SendError` where there is no answer."""
        assert self._opened is not None
        url = URL(address, encoded=True)  # as it was entered: its query may be signed
        server = url.host or ""
        if refusal := self._addresses.host_refusal(url.raw_host or ""):  # aiohttp resolves names only
            raise SendError(f"Stagecoach does not connect to {server}: {refusal}.")
        timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=_CONNECT_SECONDS)
        try:
            async with self._opened.post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                found = await _read(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SendError(why(error, server)) from None
        asked = _asked(response.headers.get("Retry-After")) if response.status in _UNAVAILABLE else None
        return HttpAnswer(status=response.status, body=found, asked=asked)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of the body; the rest of a longer one stays unread, with its connection."""
    body = b""
    while len(body) < _MOST_BYTES and (chunk := await response.content.readany()):
        body += chunk
    if not response.content.at_eof():
        response.close()
    return body[:_MOST_BYTES]


def refused(answer: HttpAnswer, server: str) -> SendError:
    """The error for an answer that is not 2xx."""
    if answer.status == 410:
        return SendError(f"{server} answered 410: it wants no more notifications.", status=410, gone=True)
    if 300 <= answer.status < 400:
        return SendError(
            f"{server} answered {answer.status}, a redirect, which Stagecoach does not follow. Enter its target.",
            status=answer.status,
        )
    return SendError(f"{server} answered {answer.status}.", status=answer.status, asked=answer.asked)


def why(error: BaseException, server: str) -> str:  # noqa: PLR0911 - one guard after the other reads best
    """Why there was no answer, without the text of an exception: some quote addresses."""
    for cause in causes(error):
        if isinstance(cause, AddressRefused):
            return f"Stagecoach does not connect to {server}: {cause}."
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
            reason = cause.verify_message.rstrip(".")
            return f"The certificate of {server} is not trusted ({reason}). Add its authority to those of the machine."
    if isinstance(error, asyncio.TimeoutError):
        return f"{server} did not answer within {_SECONDS:.0f} seconds."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"The name {server} does not resolve to an address."
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return f"TLS with {server} failed."
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return f"Connecting to {server} failed: {os.strerror(number) if number else 'the connection was closed'}."
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return f"{server} does not answer with valid HTTP."
    return f"{server} closed the connection."


def _asked(header: str | None) -> timedelta | None:
    """`Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). None for what is neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return timedelta(seconds=min(int(header), _LONGEST_WAIT.total_seconds()))
    try:
        wait = parsedate_to_datetime(header) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)
