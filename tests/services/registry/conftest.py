"""Scripted registries, over http and https, and clients with short pauses."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.net.addresses import AddressPolicy
from services.registry.budget import RegistryLimits
from services.registry.oci import RegistryClients
from tests.support.fake_api_server import Authority, fake_api_server
from tests.support.fake_registry import FakeRegistry

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
async def plain() -> AsyncIterator[FakeRegistry]:
    """Speaks plain HTTP."""
    async with fake_api_server() as server:
        yield FakeRegistry(server)


@pytest.fixture
async def other() -> AsyncIterator[FakeRegistry]:
    """Another one that speaks plain HTTP."""
    async with fake_api_server() as server:
        yield FakeRegistry(server)


@pytest.fixture
async def secure(authority: Authority, tmp_path: Path) -> AsyncIterator[FakeRegistry]:
    """Speaks https."""
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1")) as server:
        yield FakeRegistry(server)


@pytest.fixture
async def elsewhere(authority: Authority, tmp_path: Path) -> AsyncIterator[FakeRegistry]:
    """Speaks https too: a token service, or a storage."""
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1")) as server:
        yield FakeRegistry(server)
