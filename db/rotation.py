"""Changing the encryption key: everything that is sealed under another key is sealed again under the current one.

Start the service with the new key first and the old one after it: each start runs this. Then drop the old key. It may
be interrupted and repeated at any time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table, Text, cast, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import models
from db.base import Base
from db.engine import WITHOUT_LIMIT
from db.installation_keys import installation_key_context
from db.keys import Keyring
from db.transaction import Database
from db.types import Sealed


@dataclass(frozen=True, kw_only=True)
class _SealedColumn:
    """A sealed column, the one key column of its table, and the text that binds a sealed value to its row."""

    table: type[Base]
    key: str
    column: str
    bound_to: Callable[[str], str] | None = None  # None: to table and column

    def context(self, key: str) -> str:
        return self.bound_to(key) if self.bound_to else f"{self.table.__tablename__}.{self.column}:{key}"


SEALED_COLUMNS = (
    _SealedColumn(table=models.Cluster, key="id", column="credential"),
    _SealedColumn(table=models.OperationSecrets, key="operation_id", column="sealed"),
    _SealedColumn(table=models.InstallationKey, key="purpose", column="sealed", bound_to=installation_key_context),
    _SealedColumn(table=models.Receiver, key="id", column="secret"),
    _SealedColumn(table=models.Receiver, key="id", column="former_secret"),
    _SealedColumn(table=models.Delivery, key="id", column="body"),
    _SealedColumn(table=models.Registry, key="id", column="secret"),
    _SealedColumn(table=models.GitRepository, key="id", column="secret"),
    _SealedColumn(table=models.Channel, key="id", column="secrets"),
    _SealedColumn(table=models.Proposal, key="id", column="sealed"),
    _SealedColumn(table=models.HeldObjectRow, key="id", column="sealed"),
    _SealedColumn(table=models.OidcFlow, key="id", column="verifier"),
)


async def reseal(database: Database) -> int:
    """Seal again what is not under the current key; returns the number of texts.

    Raises `UnknownKeyError` if a text was sealed under a key that the keyring lacks; then nothing is changed.
    """
    async with database.engine.begin() as connection:
        await connection.execute(WITHOUT_LIMIT)
        return sum([await _reseal(connection, column, database.keys) for column in SEALED_COLUMNS])


async def _reseal(connection: AsyncConnection, sealed_column: _SealedColumn, keys: Keyring) -> int:
    table = sealed_column.table.__table__
    assert isinstance(table, Table)
    key, column = table.c[sealed_column.key], table.c[sealed_column.column]
    current = f"v1.{keys.primary}."
    rows = await connection.execute(
        select(key, column).where(column.is_not(None), ~cast(column, Text).startswith(current)).with_for_update()
    )
    count = 0
    for row_key, sealed in rows.all():
        assert isinstance(sealed, Sealed)
        context = sealed_column.context(row_key)
        again = keys.seal(keys.open(sealed, context=context), context=context)
        await connection.execute(update(table).where(key == row_key).values({column: again}))
        count += 1
    return count
