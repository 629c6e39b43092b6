"""Bearer tokens in the database."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from db.errors import DuplicateNameError
from domain.words import Role

HASH = hashlib.sha256(b"token").digest()


async def add(database, *, name="ci", digest=HASH, expires_at=None):
    async with database.begin() as tx:
        return await tx.tokens.add(
            name=name, role=Role.MAINTAINER, hash=digest, created_by="ann", expires_at=expires_at
        )


async def test_a_token_is_found_by_its_hash(database):
    added = await add(database)
    async with database.read() as tx:
        found = await tx.tokens.valid(HASH)
    assert found == added


async def test_an_expired_token_is_not_valid(database):
    await add(database, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    async with database.read() as tx:
        assert await tx.tokens.valid(HASH) is None


async def test_a_revoked_token_is_not_valid_and_is_revoked_once(database):
    added = await add(database)
    async with database.begin() as tx:
        assert await tx.tokens.revoke(added.id)
        assert not await tx.tokens.revoke(added.id)
        assert await tx.tokens.valid(HASH) is None


async def test_two_valid_tokens_do_not_have_the_same_name(database):
    added = await add(database)
    other = hashlib.sha256(b"other").digest()
    with pytest.raises(DuplicateNameError):
        await add(database, name="CI", digest=other)
    async with database.begin() as tx:
        await tx.tokens.revoke(added.id)
    assert await add(database, name="CI", digest=other)
