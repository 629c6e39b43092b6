"""A service for generated clients to call, and a token that they call it with."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from domain.words import Role
from tests.support.actors import actor_with
from tests.support.service import Service, running, settings_for


@pytest.fixture(scope="package")
async def service(
    new_database_url: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    async with running(settings_for(await new_database_url(), tmp_path_factory.mktemp("data"))) as service:
        yield service


@pytest.fixture(scope="package")
async def token(service: Service) -> str:
    """An administrator's."""
    admin = actor_with(Role.ADMIN, name="the suite")
    issued = await service.container.access.issue(name="clients", role=Role.ADMIN, expires_at=None, actor=admin)
    return issued.secret
