"""Random keys of this installation, made on first use: for fingerprints, for sessions. The database has them sealed."""

import base64
import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.keys import KEY_BYTES, Keyring


def installation_key_context(purpose: str) -> str:
    """What binds a sealed key to its row: the table's former name, since the keys that exist were sealed with it."""
    return f"house_keys.sealed:{purpose}"


class InstallationKeys:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def named(self, purpose: str) -> bytes:
        """The 32 bytes for this purpose, the same in every process; the first call makes them."""
        context = installation_key_context(purpose)
        draft = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        await self._session.execute(
            upsert(models.InstallationKey)
            .values(purpose=purpose, sealed=self._keys.seal(draft, context=context))
            .on_conflict_do_nothing()
        )
        sealed = await self._session.scalar(
            select(models.InstallationKey.sealed).where(models.InstallationKey.purpose == purpose)
        )
        assert sealed is not None
        return base64.b64decode(self._keys.open(sealed, context=context))
