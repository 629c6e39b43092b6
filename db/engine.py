"""The SQLAlchemy engine, from plain arguments."""

from datetime import timedelta
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.address import connect, driver_url

APPLICATION_NAME = "stagecoach"
# A transaction is a few short queries. One that stays open belongs to a process that hangs (stopped, out of memory, a
# lost host), and its row locks would hold up the others: PostgreSQL ends it. The durable engine does the same for its
# own. Between preparing a statement and executing it, a transaction is not idle: asyncpg asks for the answer with a
# Flush instead of a Sync. The time of the statement counts from its first message, and ends it there.
_ENDED_BY = ("idle_in_transaction_session_timeout", "statement_timeout")


def create_engine(
    url: str, *, pool_size: int = 10, max_overflow: int = 10, hangs_after: timedelta = timedelta(seconds=60)
) -> AsyncEngine:
    """An engine for `postgresql://…` (with or without a driver in it); it connects on first use.

    `hangs_after`: when PostgreSQL takes a statement, or a transaction between two, for that of a process that hangs.
    Raises as `db.address.driver_url` does.
    """

    async def connected(*_: object, **__: object) -> asyncpg.Connection:
        connection = await connect(url, application_name=APPLICATION_NAME)
        # Not a parameter of the connection's start: poolers refuse those that they do not know.
        for setting in _ENDED_BY:
            await connection.execute(f"SET {setting} = {hangs_after // timedelta(milliseconds=1)}")
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


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """Make the pool replace connections that ended, as after a restart of the database.

    asyncpg notices the end of a connection at once, so no ping is needed, which would cost every transaction a round
    trip.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
