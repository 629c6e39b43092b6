"""The migrations make exactly the schema that the models describe."""

import re
from collections.abc import Awaitable, Callable

from alembic import command
from sqlalchemy import Connection, text

from db.base import Base
from db.engine import create_engine
from db.migrate import MIGRATIONS, configuration, is_current, upgrade

VERSIONS = list((MIGRATIONS / "versions").glob("*.py"))

_CONSTRAINTS = text("""
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'p')
    AND conrelid <> coalesce(to_regclass('alembic_version'), 0)
    ORDER BY 1, 2
""")

_VIEWS = text("SELECT viewname FROM pg_views WHERE schemaname = 'public'")


async def test_the_models_ask_for_nothing_that_the_migrations_do_not_make(new_database_url):
    engine = create_engine(await new_database_url())

    def check(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.check(config)

    async with engine.begin() as connection:
        await connection.run_sync(check)
    await engine.dispose()


async def test_constraints_are_the_same_whether_migrated_or_made_from_the_models(
    new_database_url: Callable[[], Awaitable[str]],
):
    # `alembic check` does not look at CHECK constraints: a word that was added without a migration would pass it.
    migrated = create_engine(await new_database_url())
    async with migrated.begin() as connection:
        from_migrations = [tuple(row) for row in await connection.execute(_CONSTRAINTS)]
        for (view,) in (await connection.execute(_VIEWS)).all():
            await connection.execute(text(f"DROP VIEW {view}"))
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        from_models = [tuple(row) for row in await connection.execute(_CONSTRAINTS)]
    await migrated.dispose()
    assert from_migrations == from_models


async def test_a_second_upgrade_changes_nothing(new_database_url):
    engine = create_engine(await new_database_url())
    await upgrade(engine)
    assert await is_current(engine)
    await engine.dispose()


async def test_every_migration_can_be_taken_back(new_database_url):
    engine = create_engine(await new_database_url())

    def down_and_up(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert connection.scalar(text("SELECT count(*) FROM pg_class WHERE relname = 'operations'")) == 0
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(down_and_up)
    assert await is_current(engine)
    await engine.dispose()


def test_no_migration_waits_long_for_a_lock():
    for migration in VERSIONS:
        assert migration.read_text().count("SET LOCAL lock_timeout = '5s'") == 2, migration.name


def test_migrations_are_named_after_their_time():
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d_\d{4}_[a-z0-9_]+\.py", each.name) for each in VERSIONS)
