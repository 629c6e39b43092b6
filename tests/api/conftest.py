"""The service as it runs: real HTTP on loopback, real PostgreSQL, practice clusters."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.transaction import Database
from domain.words import Role
from sandbox.server import Sandbox
from services.people.access import IssuedToken
from tests.support.actors import actor_with
from tests.support.service import Service, caller, registration, running, settings_for


@pytest.fixture(scope="package")
async def service(
    _engine: AsyncEngine,
    empty_tables: Callable[[], Awaitable[None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Service]:
    """On the database that `database` empties before each test; stopped with this folder, for there is one engine."""
    await empty_tables()  # what the tests before left is encrypted under other keys
    url = _engine.url.render_as_string(hide_password=False)
    async with running(settings_for(url, tmp_path_factory.mktemp("data"))) as service:
        yield service


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(["dev-1", "staging-1"], example=True) as sandbox:
        yield sandbox


@pytest.fixture
async def database(service: Service, database: Database) -> Database:
    """The emptied tables, as the service sees them: under its keys."""
    return service.container.database


@pytest.fixture
async def issue(service: Service, database: Database) -> Callable[[Role], object]:
    """Gives out a token of a role, past the API."""

    async def issue(role: Role, *, name: str | None = None) -> IssuedToken:
        admin = actor_with(Role.ADMIN, name="the suite")
        return await service.container.access.issue(name=name or role.value, role=role, expires_at=None, actor=admin)

    return issue


@pytest.fixture
async def anonymous(service: Service, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without a token."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=120) as client:
        yield client


@pytest.fixture
async def viewer(service: Service, issue) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(service, await issue(Role.VIEWER)) as client:
        yield client


@pytest.fixture
async def operator(service: Service, issue) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(service, await issue(Role.MAINTAINER)) as client:
        yield client


@pytest.fixture
async def admin(service: Service, issue) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(service, await issue(Role.ADMIN)) as client:
        yield client


@pytest.fixture
async def clusters(admin: httpx.AsyncClient, sandbox: Sandbox) -> tuple[str, ...]:
    """The practice clusters, registered."""
    for name in ("dev-1", "staging-1"):
        answer = await admin.post("/api/v1/clusters", json=registration(sandbox, name))
        assert answer.status_code == 201, answer.text
    return ("dev-1", "staging-1")


@pytest.fixture
async def environments(admin: httpx.AsyncClient, clusters: tuple[str, ...]) -> tuple[str, ...]:
    for name, cluster in (("Development", "dev-1"), ("Staging", "staging-1")):
        answer = await admin.post(
            "/api/v1/environments", json={"name": name, "clusters": [cluster], "namespaces": ["*"]}
        )
        assert answer.status_code == 201, answer.text
    return ("Development", "Staging")
