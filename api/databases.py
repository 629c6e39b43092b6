"""Opens the database that the settings name, or the one of the data folder."""

import asyncio
from contextlib import AsyncExitStack

from api.settings import Settings
from db.embedded import EmbeddedPostgres
from db.engine import create_engine
from db.keys import Keyring, key_from_file, new_key
from db.migrate import upgrade
from db.rotation import reseal
from db.transaction import Database


async def open_database(settings: Settings, stack: AsyncExitStack) -> tuple[Database, str]:
    """The database, migrated to this version, and its URL; the stack closes it."""
    # Other users can traverse the folder but not list it: started as root, PostgreSQL runs as a user of its own.
    settings.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    url = await _database_url(settings, stack)
    database = Database(create_engine(url), _keyring(settings))
    stack.push_async_callback(database.close)
    await upgrade(database.engine)
    await reseal(database)  # does something only after a change of the encryption key
    return database, url


async def database_to_read(settings: Settings, stack: AsyncExitStack) -> Database:
    """The database as it is: neither migrated, nor are its sealed values opened. The stack closes it.

    Raises `FileNotFoundError` where it is to be in the data folder and is not there.
    """
    if settings.database_url is None and not (settings.data / "postgres").is_dir():
        raise FileNotFoundError(settings.data / "postgres")
    database = Database(create_engine(await _database_url(settings, stack)), Keyring([new_key()]))
    stack.push_async_callback(database.close)
    return database


async def _database_url(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    postgres = EmbeddedPostgres(settings.data / "postgres")
    await asyncio.to_thread(postgres.start)
    stack.callback(postgres.stop)
    return postgres.url


def _keyring(settings: Settings) -> Keyring:
    if settings.encryption_keys:
        return Keyring([key.get_secret_value() for key in settings.encryption_keys])
    return Keyring([key_from_file(settings.data / "encryption.key")])
