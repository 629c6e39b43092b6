"""What tests of every folder share: a real PostgreSQL, started once a session, with the migrated tables in it."""

import gc
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

from api import interpreter
from db.base import Base
from db.embedded import EmbeddedPostgres, set_parameters
from db.engine import create_engine
from db.keys import Keyring, new_key
from db.migrate import upgrade
from db.transaction import Database

pytest_plugins = ["tests.support.clusters", "tests.support.registry"]

# How long an example takes says nothing about what is tested here; the first one alone builds Unicode's tables.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fewer", parent=settings.get_profile("untimed"), max_examples=15)
settings.load_profile("untimed")

# Collecting tests makes many objects and next to no garbage. After it, the garbage collector is set as in the service
# (`api.interpreter`): by default, a fifth of the tests' time goes into traversing all modules and all tests.
gc.set_threshold(100_000)

# By default, structlog draws tracebacks with all local variables, which takes seconds of a test that logs a bug.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

_HERE = Path(__file__).parent
_TEMPLATE = "migrated"
_SERVERS = {"postgres_url", "docker_registry", "new_docker_registry", "chaos"}  # fixtures
_WITH_SERVERS = {"api", "clients", "crash", "db"}  # folders whose tests start a server by themselves


class _ModuleByModule(LoadFileScheduling):  # type: ignore[misc]  # it comes without types
    """A module's tests stay with one worker, as they share what it sets up; those of crash/ share nothing."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith("tests/crash/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    config.option.loadscopereorder = False  # the number of tests says little about their time
    return _ModuleByModule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start servers, by the fixtures that they take and the folder that they lie in.

    Those tests run first: they take longest, so that no worker is left alone with a slow one at the end.
    """
    _mark(items)
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)


def pytest_collection_finish() -> None:
    interpreter.settle()


def _mark(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(_HERE).parts[0]
        if folder in _WITH_SERVERS or (isinstance(item, pytest.Function) and _SERVERS & set(item.fixturenames)):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server's own database, empty; the server lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="stagecoach-"))  # short: a Unix socket's path has at most 107 characters
    try:
        with EmbeddedPostgres(folder / "postgres") as postgres:
            yield postgres.url
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def template_url(postgres_url: str) -> str:
    """A database with the migrated tables, to be copied and never used itself."""
    await set_parameters(postgres_url, {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
    url = await _create_database(postgres_url, _TEMPLATE, template="template1")
    engine = create_engine(url)
    await upgrade(engine)
    await engine.dispose()
    return url


@pytest.fixture(scope="session")
async def new_database_url(postgres_url: str, template_url: str) -> Callable[[], Awaitable[str]]:
    """Makes a migrated database of one's own, for tests that start processes or the durable engine."""

    async def create() -> str:
        return await _create_database(postgres_url, f"own_{secrets.token_hex(4)}", template=_TEMPLATE)

    return create


@pytest.fixture(scope="session")
def keys() -> Keyring:
    return Keyring([new_key()])


@pytest.fixture(scope="session")
async def _engine(new_database_url: Callable[[], Awaitable[str]]) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(await new_database_url())
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def empty_tables(_engine: AsyncEngine) -> Callable[[], Awaitable[None]]:
    """Deletes all rows, which is faster than to truncate.

    What the last test's service was doing when it was stopped may still be under way in PostgreSQL for a moment, and
    lock rows in another order. PostgreSQL gives up whoever looks for a deadlock first: hardly ever this one, which
    looks late.
    """

    script = "; ".join(["SET LOCAL deadlock_timeout = '20s'", *_deletions()])

    async def delete_all() -> None:
        async with _engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)
            async with driver.transaction():
                await driver.execute(script)  # all of it in one message: this runs before most tests

    async def empty() -> None:
        try:
            await delete_all()
        except asyncpg.DeadlockDetectedError:
            await delete_all()

    return empty


def _deletions() -> Iterator[str]:
    # With its records, and before these: in the order in which a service that runs locks them, all the time.
    yield "DELETE FROM cluster_watches"
    for table in reversed(Base.metadata.sorted_tables):
        guarded = table.name in {"audit", "audit_seals"}  # their triggers refuse it
        if guarded:
            yield "SET LOCAL session_replication_role = replica"
        yield f'DELETE FROM "{table.name}"'
        if guarded:
            yield "SET LOCAL session_replication_role = origin"


@pytest.fixture
async def database(_engine: AsyncEngine, keys: Keyring, empty_tables: Callable[[], Awaitable[None]]) -> Database:
    """The tables, emptied before each test."""
    await empty_tables()
    return Database(_engine, keys)


@pytest.fixture
def database_url(_engine: AsyncEngine) -> str:
    """The address of the database that `database` is."""
    return _engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def raw(database: Database) -> Callable[[str], Awaitable[list[tuple[object, ...]]]]:
    """Asks the tables past all repositories: what really lies there?"""

    async def ask(sql: str) -> list[tuple[object, ...]]:
        async with database.engine.begin() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    return ask


async def _create_database(postgres_url: str, name: str, *, template: str) -> str:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
