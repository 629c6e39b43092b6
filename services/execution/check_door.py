"""HTTP to what checks ask. A check may expect a redirect by its status: none is followed."""

import ssl
from collections.abc import Mapping
from typing import Protocol

from services.net.addresses import AddressPolicy
from services.net.vetted_http import VettedAnswer, VettedHttp, VettedHttpLimits

_LIMITS = VettedHttpLimits(
    seconds=15.0,
    most_bytes=1024 * 1024,
    dns_seconds=30,  # what a check asks may have just moved
    reuses_connections=False,  # each try asks whoever answers now
)


class AsksCheck(Protocol):
    """What asks for checks: `CheckDoor`, and a fake in tests."""

    async def ask(self, method: str, address: str, headers: Mapping[str, str]) -> VettedAnswer:
        """One try. Raises `NoAnswerError`."""


class CheckDoor(VettedHttp):
    """One session for all checks. Use it as an async context manager."""

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(addresses=addresses, limits=_LIMITS, trust=trust)
