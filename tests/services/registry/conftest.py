"""Pretended registries, in the clear and under https, and clients that do not wait for long."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.oci import RegistryClients
from tests.support.pretend_registry import Pretend
from tests.support.stand_in import Authority, standing_in

HERE = AddressPolicy(allow_loopback=True, allow_private=True)
QUICK = RegistryLimits(first_pause=0.01, max_wait=1.0, at_once=2)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
async def clients(authority: Authority) -> AsyncIterator[RegistryClients]:
    trust = ssl.create_default_context(cadata=authority.pem)
    async with RegistryClients(addresses=HERE, limits=QUICK, trust=trust) as opened:
        yield opened


@pytest.fixture
async def plain() -> AsyncIterator[Pretend]:
    """Speaks plain HTTP."""
    async with standing_in() as stand_in:
        yield Pretend(stand_in)


@pytest.fixture
async def other() -> AsyncIterator[Pretend]:
    """Another one that speaks plain HTTP."""
    async with standing_in() as stand_in:
        yield Pretend(stand_in)


@pytest.fixture
async def secure(authority: Authority, tmp_path: Path) -> AsyncIterator[Pretend]:
    """Speaks https."""
    async with standing_in(tls=authority.server_context(tmp_path, "127.0.0.1")) as stand_in:
        yield Pretend(stand_in)


@pytest.fixture
async def elsewhere(authority: Authority, tmp_path: Path) -> AsyncIterator[Pretend]:
    """Speaks https too: a token service, or a storage."""
    async with standing_in(tls=authority.server_context(tmp_path, "127.0.0.1")) as stand_in:
        yield Pretend(stand_in)
