"""Alembic's entry: our metadata, our engine, one transaction for all pending migrations."""

import asyncio
from typing import Literal

from alembic import context
from sqlalchemy import Connection

import db.models  # noqa: F401 - completes the metadata
from db.base import Base
from db.engine import create_engine
from db.types import SealedText, Word


def _include(name: str | None, kind: str, parents: object) -> bool:
    """Only our own schema: the durable engine looks after its own."""
    del parents
    return kind != "schema" or name is None


def _render(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Column types of our own as what they are in the database: a migration must not change when our code does."""
    del autogen_context
    match kind, item:
        case "type", Word():
            return "sa.String(32)"
        case "type", SealedText():
            return "sa.Text()"
        case _:
            return False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_name=_include,
        render_item=_render,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise SystemExit("Say which database: `python -m db.migrate --url postgresql://…`.")
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


_given: Connection | None = context.config.attributes.get("connection")
if _given is not None:
    _migrate(_given)
else:
    asyncio.run(_connect())
