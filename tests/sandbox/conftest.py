"""A quiet practice cluster for each test: nothing happens on it by itself."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.support.sandbox_client import NAMESPACE, Client


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(["dev-1", "prod-eu"], controllers=False) as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    """The administrator of `dev-1`, who has a namespace to work in."""
    async with aiohttp.ClientSession() as session:
        admin = Client(sandbox, session)
        await admin.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        yield admin
