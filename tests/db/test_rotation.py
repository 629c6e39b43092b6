"""Changing the encryption key."""

import pytest

from db import models
from db.base import Base
from db.errors import UnknownKeyError
from db.keys import Keyring, new_key
from db.rotation import SEALED_COLUMNS, reseal
from db.transaction import Database
from db.types import SealedText
from domain.secret_text import SecretText
from tests.support.rows import make_cluster, make_operation, make_target


async def test_everything_sealed_is_readable_with_the_new_key_alone(database):
    old, new = new_key(), new_key()
    before = Database(database.engine, Keyring([old]))
    operation_id = await make_operation(before, await make_target(before), secrets={"a": {"b": SecretText("typed")}})
    async with before.begin() as tx:
        installation_key = await tx.installation_keys.named("fingerprints")
    assert await reseal(Database(database.engine, Keyring([new, old]))) == 4
    after = Database(database.engine, Keyring([new]))
    async with after.begin() as tx:
        assert [each.credential and each.credential.open() for each in await tx.clusters.all()] == [
            "kind: Config",
            "kind: Config",
        ]
        assert await tx.operations.secrets(operation_id) == {"a": {"b": SecretText("typed")}}
        assert await tx.installation_keys.named("fingerprints") == installation_key


async def test_what_is_under_the_current_key_is_left_alone(database):
    async with database.begin() as tx:
        await make_cluster(tx)
    assert await reseal(database) == 0


async def test_a_missing_key_changes_nothing(database, raw):
    async with database.begin() as tx:
        await make_cluster(tx)
    before = await raw("SELECT credential FROM clusters")
    with pytest.raises(UnknownKeyError):
        await reseal(Database(database.engine, Keyring([new_key()])))
    assert await raw("SELECT credential FROM clusters") == before


def test_no_sealed_column_is_forgotten():
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText)
    }
    assert sealed == {(each.table.__tablename__, each.column) for each in SEALED_COLUMNS}
    assert models.Cluster in {each.table for each in SEALED_COLUMNS}
