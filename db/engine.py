"""The SQLAlchemy engine, from plain arguments."""

from typing import Any

import orjson
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

APPLICATION_NAME = "stagecoach"


def create_engine(url: str, *, pool_size: int = 10, max_overflow: int = 10) -> AsyncEngine:
    """An engine for `postgresql://…` (with or without a driver in it); it connects on first use."""
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        hide_parameters=True,  # otherwise the text of an error quotes the values of its statement
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"application_name": APPLICATION_NAME}},
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def asyncpg_url(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+asyncpg")


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """Make the pool replace connections that ended, as after a restart of the database.

    asyncpg notices the end of a connection at once, so no ping is needed, which would cost every transaction a round
    trip.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
