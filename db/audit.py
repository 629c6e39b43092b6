"""Queries on the audit. Nothing in it is ever changed; what to seal and to forget is db.audit_seals'."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import parse_id
from domain.audit import AuditEntry


class Audit:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, *entries: AuditEntry) -> None:
        """Write entries in the transaction of the change: they are kept if it is, and lost if it is not."""
        if entries:
            await self._session.execute(insert(models.Audit), [_row(each) for each in entries])


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "actor_kind": entry.actor.kind.value,
        "actor_id": _storable(entry.actor.id),
        "actor_name": _storable(entry.actor.name),
        "via": entry.origin.via.value,
        "address": _storable(entry.origin.address),
        "request_id": _storable(entry.origin.request_id),
        "action": entry.action,
        "targets": [{"kind": each.kind, "id": each.id, "name": _storable(each.name)} for each in entry.targets],
        "application_id": None if entry.application_id is None else parse_id(entry.application_id),
        "environment_id": None if entry.environment_id is None else parse_id(entry.environment_id),
        "outcome": entry.outcome.value,
        "reason": _storable(entry.reason),
        "before": _storable(entry.before),
        "after": _storable(entry.after),
    }


def _storable(value: Any) -> Any:
    """Without NUL characters, which PostgreSQL's text and JSONB refuse, and with JSON's types alone."""
    match value:
        case str():
            return str(value).replace("\0", "")
        case Mapping():
            return {_storable(str(key)): _storable(each) for key, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
        case set() | frozenset():
            return sorted(map(_storable, value))
        case _:
            return value
