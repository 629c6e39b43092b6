"""Queries on sign-ins with OpenID Connect that are under way."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.keys import Keyring


@dataclass(frozen=True, kw_only=True)
class FlowRecord:
    """What a sign-in needs when the person comes back from the provider."""

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    return_to: str


class OidcFlows:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def add(self, flow: FlowRecord, *, state: bytes, browser: bytes, provider: str, expires_at: datetime) -> None:
        """Add one, and delete all that have expired. `state` and `browser` are hashes (SHA-256)."""
        await self._session.execute(delete(models.OidcFlow).where(models.OidcFlow.expires_at <= func.now()))
        flow_id = new_id()
        self._session.add(
            models.OidcFlow(
                id=flow_id,
                state=state,
                browser=browser,
                provider=provider,
                verifier=self._keys.seal(flow.verifier, context=_context(flow_id)),
                nonce=flow.nonce,
                return_to=flow.return_to,
                expires_at=expires_at,
            )
        )
        await self._session.flush()

    async def take(self, *, state: bytes, browser: bytes, provider: str) -> FlowRecord | None:
        """The flow that this browser began at this provider; None if there is none, or no more. Deletes it.

        One statement, so that of two callbacks with the same state only one gets it.
        """
        table = models.OidcFlow
        found = await self._session.execute(
            delete(table)
            .where(
                table.state == state,
                table.browser == browser,
                table.provider == provider,
                table.expires_at > func.now(),
            )
            .returning(table.id, table.verifier, table.nonce, table.return_to)
        )
        row = found.one_or_none()
        if row is None:
            return None
        return FlowRecord(
            verifier=self._keys.open(row.verifier, context=_context(row.id)), nonce=row.nonce, return_to=row.return_to
        )


def _context(flow_id: str) -> str:
    return f"oidc_flows.verifier:{flow_id}"
