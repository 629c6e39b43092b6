"""The SQLAlchemy engine, from plain arguments."""

from datetime import timedelta
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.address import connect, driver_url

APPLICATION_NAME = "stagecoach"
# Lifts the limit of the present transaction, for what goes through whole tables. Older releases have none to lift.
WITHOUT_LIMIT = text("""
    SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'
""")


def create_engine(
    url: str, *, pool_size: int = 10, max_overflow: int = 10, hangs_after: timedelta = timedelta(seconds=60)
) -> AsyncEngine:
    """An engine for `postgresql://…` (with or without a driver in it); it connects on first use.

    `hangs_after`: for how long a transaction may be idle before PostgreSQL takes its process for one that hangs.
    Raises as `db.address.driver_url` does.
    """

    async def connected(*_: object, **__: object) -> asyncpg.Connection:
        connection = await connect(url, application_name=APPLICATION_NAME)
        # Not a parameter of the connection's start: poolers refuse those that they do not know.
        try:
            await _end_what_hangs(connection, hangs_after // timedelta(milliseconds=1))
        except BaseException:  # of any kind, a cancellation too: the pool does not know of the connection yet
            connection.terminate()
            raise
        return connection

    engine = create_async_engine(
        driver_url(url).set(drivername="postgresql+asyncpg"),
        async_creator=connected,
        pool_size=pool_size,
        max_overflow=max_overflow,
        hide_parameters=True,  # otherwise the text of an error quotes the values of its statement
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


async def _end_what_hangs(connection: asyncpg.Connection, milliseconds: int) -> None:
    """Let PostgreSQL end transactions that stay open.

    A transaction is a few queries. One that stays open belongs to a process that hangs (stopped, out of memory, a lost
    host), and its row locks would hold up the others. The durable engine does the same for its own. Between preparing
    a statement and executing it, a transaction does not count as idle: asyncpg asks for the answer with a Flush
    instead of a Sync. PostgreSQL 17 and later limit the whole transaction; before them, a process that is stopped just
    there keeps its locks until its connection ends.
    """
    await connection.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
    if connection.get_server_version() >= (17,):
        await connection.execute(f"SET transaction_timeout = {2 * milliseconds}")


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """Make the pool replace connections that ended, as after a restart of the database.

    asyncpg notices the end of a connection at once, so no ping is needed, which would cost every transaction a round
    trip.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
