"""The SQLAlchemy engine, from plain arguments."""

from typing import Any

import orjson
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

APPLICATION_NAME = "stagecoach"


def create_engine(url: str, *, pool_size: int = 10, max_overflow: int = 10) -> AsyncEngine:
    """An engine for `postgresql://…` (with or without a driver in it); it connects on first use."""
    return create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text would otherwise quote the values of its statement
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"application_name": APPLICATION_NAME}},
    )


def asyncpg_url(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+asyncpg")


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
