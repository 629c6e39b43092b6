"""HTTP to where notifications go: what an answer asks for, and why one was not to be had."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

from services.net.addresses import AddressPolicy
from services.net.vetted_http import NoAnswerError, VettedHttp, VettedHttpLimits
from services.notifying.errors import SendError

_LIMITS = VettedHttpLimits(
    seconds=15.0,  # Standard Webhooks asks senders for 15 to 30
    most_bytes=64 * 1024,
    dns_seconds=60,
    resolving_threads=8,
)
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
        self._http = VettedHttp(addresses=addresses, limits=_LIMITS, trust=trust)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    async def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """One try. Raises `SendError` where there is no answer."""
        try:
            found = await self._http.ask("POST", address, headers, body=body)
        except NoAnswerError as error:
            raise SendError(error.why) from None
        asked = _asked(found.headers.get("Retry-After")) if found.status in _UNAVAILABLE else None
        return HttpAnswer(status=found.status, body=found.body, asked=asked)


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
