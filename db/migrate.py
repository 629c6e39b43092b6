"""Bring a database to the schema of this code: `python -m db.migrate --url postgresql://…`, or `upgrade(engine)`.

If several processes start at once, an advisory lock lets one migrate; the others wait and then find nothing to do.
"""

import argparse
import asyncio
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import WITHOUT_LIMIT, create_engine

_ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = _ROOT / "migrations"
_LOCK = 0x57A6EC0A  # an arbitrary number


async def upgrade(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(WITHOUT_LIMIT)
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(_upgrade)


class SchemaAge(StrEnum):
    """How a database's schema compares with what this code expects."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"  # a later release has migrated it


async def schema_age(engine: AsyncEngine) -> SchemaAge:
    """Reads alone. A database without any schema is older."""
    scripts = ScriptDirectory.from_config(configuration())
    async with engine.connect() as connection:
        heads = await connection.run_sync(_heads)
    if heads == set(scripts.get_heads()):
        return SchemaAge.CURRENT
    known = {each.revision for each in scripts.walk_revisions()}
    return SchemaAge.NEWER if heads - known else SchemaAge.OLDER


async def is_current(engine: AsyncEngine) -> bool:
    """Whether the database has exactly the schema that this code expects."""
    return await schema_age(engine) is SchemaAge.CURRENT


def configuration() -> Config:
    """Alembic's configuration, independent of the working directory."""
    config = Config(toml_file=_ROOT / "pyproject.toml")
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _heads(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


async def _main(url: str) -> None:
    engine = create_engine(url)
    try:
        await upgrade(engine)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bring a database to the schema of this code.")
    parser.add_argument("--url", required=True, help="postgresql://…")
    asyncio.run(_main(parser.parse_args().url))
