"""The values that a person typed in for an operation: sealed in their row, and erased when the operation ends."""

import json

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.keys import Keyring
from domain.secret_text import SecretText, SecretValues


async def store_secrets(session: AsyncSession, keys: Keyring, operation_id: str, secrets: SecretValues | None) -> None:
    if secrets is not None:
        plain = {name: {key: text.value for key, text in values.items()} for name, values in secrets.items()}
        sealed = keys.seal(json.dumps(plain), context=_context(operation_id))
        await session.execute(insert(models.OperationSecrets).values(operation_id=operation_id, sealed=sealed))


async def read_secrets(session: AsyncSession, keys: Keyring, operation_id: str) -> SecretValues | None:
    """None where there were none, or they are erased."""
    sealed = await session.scalar(
        select(models.OperationSecrets.sealed).where(models.OperationSecrets.operation_id == operation_id)
    )
    if sealed is None:
        return None
    opened: dict[str, dict[str, str]] = json.loads(keys.open(sealed, context=_context(operation_id)))
    return {name: {key: SecretText(value) for key, value in values.items()} for name, values in opened.items()}


async def erase_secrets(session: AsyncSession, operation_id: str) -> None:
    await session.execute(delete(models.OperationSecrets).where(models.OperationSecrets.operation_id == operation_id))


def _context(operation_id: str) -> str:
    return f"operation_secrets.sealed:{operation_id}"
