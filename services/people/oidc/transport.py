"""HTTP to OpenID providers: the one module of this folder that uses aiohttp, whose errors end here.

Every address is vetted at the moment of connecting. Redirects are not followed: a provider's endpoints are what its
discovery document says, and a redirect could carry the client's secret elsewhere.
"""

import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from yarl import URL

from services import json_bounds
from services.net.addresses import AddressPolicy, AddressRefused, VettingResolver
from services.net.causes import causes
from services.planning.people.open_id import SignInRefused
from services.planning.people.sign_in_problems import SignInProblem

_SECONDS = 10.0  # a person waits
_CONNECT_SECONDS = 5.0
_LIMIT = 1024 * 1024
_DNS_SECONDS = 60
_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; `json` is None where its body is no JSON. `repr` shows nothing of it: it may hold tokens."""

    status: int
    json: Any = field(repr=False)


class OpenIdTransport:
    """One session for one provider. `trust`: the trusted certificate authorities, where not those of the machine."""

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        self._addresses = addresses
        self._names = ThreadPoolExecutor(max_workers=2, thread_name_prefix="openid-names")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=trust or True,
                limit=_AT_ONCE,
                ttl_dns_cache=_DNS_SECONDS,
                resolver=VettingResolver(addresses, threads=self._names, timeout=_CONNECT_SECONDS),
            ),
            headers={"User-Agent": "stagecoach", "Accept": "application/json"},
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        await self._session.close()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def get(self, url: str, *, bearer: str | None = None) -> Answer:
        """Raises `SignInRefused` where there is no answer."""
        return await self._send("GET", url, authorization=f"Bearer {bearer}" if bearer else None)

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str | None) -> Answer:
        """Raises `SignInRefused` where there is no answer."""
        return await self._send("POST", url, authorization=authorization, form=form)

    async def _send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        authorization: str | None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        address = URL(url, encoded=True)
        refusal = self._addresses.host_refusal(address.raw_host or "")  # aiohttp resolves names only
        if refusal is not None:
            raise SignInRefused(SignInProblem.ADDRESS_REFUSED, f"{address.authority}: {refusal}")
        try:
            async with self._session.request(
                method,
                address,
                data=form,
                headers={"Authorization": authorization} if authorization else None,
                timeout=aiohttp.ClientTimeout(total=_SECONDS, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                body = await _read(response)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _refused(error, address) from None
        return Answer(status=response.status, json=_json(body))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut off at a bound: what is cut off is no JSON."""
    chunks, size = [], 0
    while (chunk := await response.content.readany()) and size <= _LIMIT:
        chunks.append(chunk)
        size += len(chunk)
    if size > _LIMIT:
        response.close()
    return b"".join(chunks)[:_LIMIT]


def _json(body: bytes) -> Any:
    try:
        return json_bounds.parse(body)
    except ValueError:
        return None


def _refused(error: BaseException, address: URL) -> SignInRefused:
    """Exceptions' texts are not passed on, as some quote headers; `strerror` and OpenSSL's reason are safe."""
    for cause in causes(error):
        if isinstance(cause, AddressRefused):
            return SignInRefused(SignInProblem.ADDRESS_REFUSED, f"{address.authority}: {cause}")
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
            return SignInRefused(SignInProblem.CERTIFICATE_REFUSED, f"{address.authority}: {cause.verify_message}")
    return SignInRefused(SignInProblem.PROVIDER_UNREACHABLE, f"{address.authority}: {type(error).__name__}")
