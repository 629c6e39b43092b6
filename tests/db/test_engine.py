"""The engine: what becomes of its connections when the database has ended them, or when their process hangs."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from db.engine import create_engine


async def test_a_connection_that_the_database_has_ended_is_replaced_before_it_is_used(database_url: str) -> None:
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        driven = (await connection.get_raw_connection()).driver_connection
        former = await connection.scalar(text("SELECT pg_backend_pid()"))
    assert driven is not None
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_terminate_backend($1)", former)
    await other.close()
    async with asyncio.timeout(60):
        while not driven.is_closed():
            await asyncio.sleep(0.01)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != former
    await engine.dispose()


@pytest.mark.parametrize("asked", ["nothing", "a statement that is prepared and not executed"])
async def test_locks_of_a_transaction_that_hangs_are_given_back(database_url: str, asked: str) -> None:
    engine = create_engine(database_url, hangs_after=timedelta(milliseconds=300))
    taking = "SELECT pg_advisory_xact_lock(4711)"
    hangs = await engine.raw_connection()
    driven = hangs.driver_connection
    assert driven is not None
    await driven.execute(f"BEGIN; {taking}")
    if asked != "nothing":
        await driven.prepare("SELECT 1")
    other = await asyncpg.connect(database_url)
    async with asyncio.timeout(60):
        await other.execute(taking)
    await other.close()
    await driven.close()
    hangs.invalidate()
    await engine.dispose()
