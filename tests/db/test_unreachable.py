"""A database that cannot be spoken to is told from one that refuses, however its driver puts it."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from db.engine import create_engine
from db.errors import DatabaseUnreachableError, DuplicateNameError
from db.keys import Keyring
from db.transaction import Database
from domain.rights import EVERYWHERE


@pytest.mark.parametrize("way", ["read", "autocommit_read", "each_alone", "begin"])
async def test_a_server_that_does_not_run_is_unreachable(keys: Keyring, tmp_path, way: str):
    database = Database(create_engine(f"postgresql://postgres@/postgres?host={tmp_path}"), keys)
    with pytest.raises(DatabaseUnreachableError):
        async with getattr(database, way)() as tx:
            await tx.applications.list(after=None, limit=1, scopes=[EVERYWHERE])
    await database.close()


async def test_a_connection_that_ends_in_a_transaction_is_unreachable(database: Database, database_url: str):
    async def write() -> None:
        async with database.begin() as tx:
            await tx.applications.add(name="shop")
            await _end_all_connections(database_url)
            await tx.applications.add(name="shop-2")

    with pytest.raises(DatabaseUnreachableError):
        await write()


async def test_a_refused_statement_is_not_taken_for_an_unreachable_database(database: Database):
    async with database.begin() as tx:
        await tx.applications.add(name="shop")
    with pytest.raises(DuplicateNameError):
        async with database.begin() as tx:
            await tx.applications.add(name="shop")


async def test_an_error_in_a_query_is_not_taken_for_an_unreachable_database(database: Database):
    with pytest.raises(Exception, match="does_not_exist") as raised:
        async with database.begin() as tx:
            await tx.applications._session.execute(text("SELECT does_not_exist"))
    assert not isinstance(raised.value, DatabaseUnreachableError)


async def _end_all_connections(url: str) -> None:
    other = await asyncpg.connect(url)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await other.close()
    await asyncio.sleep(0.05)
