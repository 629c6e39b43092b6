"""Changing the encryption key: everything that is sealed under another key is sealed again under the current one.

Start with the new key first and the old one after it, let this run (the service does at each start), then drop the old
key. It may be broken off and repeated at any time.
"""

from dataclasses import dataclass

from sqlalchemy import Table, Text, cast, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import models
from db.base import Base
from db.keys import Keyring
from db.transaction import Database
from db.types import Sealed


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A sealed column, the one key column of its table, and the words that bind a sealed text to its row."""

    table: type[Base]
    key: str
    column: str

    def context(self, key: str) -> str:
        return f"{self.table.__tablename__}.{self.column}:{key}"


_PLACES = (
    _Place(table=models.Cluster, key="id", column="credential"),
    _Place(table=models.OperationSecrets, key="operation_id", column="sealed"),
    _Place(table=models.InstallationKey, key="purpose", column="sealed"),
    _Place(table=models.Receiver, key="id", column="secret"),
    _Place(table=models.Receiver, key="id", column="former_secret"),
    _Place(table=models.Delivery, key="id", column="body"),
    _Place(table=models.Registry, key="id", column="secret"),
)


async def reseal(database: Database) -> int:
    """Seal again what is not under the current key; gives how many texts. Raises `UnknownKeyError`."""
    async with database.engine.begin() as connection:
        return sum([await _reseal(connection, place, database.keys) for place in _PLACES])


async def _reseal(connection: AsyncConnection, place: _Place, keys: Keyring) -> int:
    table = place.table.__table__
    assert isinstance(table, Table)
    key, column = table.c[place.key], table.c[place.column]
    current = f"v1.{keys.primary}."
    rows = await connection.execute(
        select(key, column).where(column.is_not(None), ~cast(column, Text).startswith(current)).with_for_update()
    )
    count = 0
    for row_key, sealed in rows.all():
        assert isinstance(sealed, Sealed)
        text = keys.open(sealed, context=place.context(row_key))
        again = keys.seal(text, context=place.context(row_key))
        await connection.execute(update(table).where(key == row_key).values({place.column: again}))
        count += 1
    return count
