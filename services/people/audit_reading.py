"""Reads the audit: administrators all of it, others what speaks of applications and environments that they see."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime

from db.audit import AuditFilter, Place
from db.records.pages import Page
from db.transaction import Database
from domain.audit import AuditOutcome, AuditRecord
from domain.grants import Actor
from domain.rights import Right, Scope
from services.errors import NotFoundError

_AT_ONCE = 500  # entries of an export


@dataclass(frozen=True, kw_only=True)
class AuditQuestion:
    """Which entries; None matches all. Names and ids are as they were when the entry was written."""

    actor_kind: str | None = None
    actor: str | None = None
    action: str | None = None
    target_kind: str | None = None
    target: str | None = None
    application: str | None = None
    environment: str | None = None
    outcome: AuditOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditReading:
    """Lists and exports entries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, actor: Actor, question: AuditQuestion, *, after: str | None, limit: int) -> Page[AuditRecord]:
        """A page of entries that the actor may read, the newest first."""
        matching = await self._matching(question)
        async with self._db.read() as tx:
            return await tx.audit.list(matching, scopes=_scopes(actor), limit=limit, after=after)

    async def get(self, actor: Actor, seq: int) -> AuditRecord:
        """Raises `NotFoundError` for an entry that does not exist or that the actor may not read."""
        async with self._db.read() as tx:
            found = await tx.audit.get(seq, scopes=_scopes(actor))
        if found is None:
            raise NotFoundError("audit entry", str(seq))
        return found

    async def export(self, actor: Actor, question: AuditQuestion) -> AsyncIterator[tuple[AuditRecord, ...]]:
        """All entries that the actor may read, the oldest first, in batches."""
        matching = await self._matching(question)
        after = 0
        while True:
            async with self._db.read() as tx:
                batch = await tx.audit.oldest_first(matching, scopes=_scopes(actor), limit=_AT_ONCE, after=after)
            if not batch:
                return
            yield batch
            after = batch[-1].seq

    async def _matching(self, question: AuditQuestion) -> AuditFilter:
        async with self._db.read() as tx:
            application, environment = await tx.bindings.target(
                application=question.application, environment=question.environment
            )
        return AuditFilter(
            actor_kind=question.actor_kind,
            actor=question.actor,
            action=question.action,
            target_kind=question.target_kind,
            target=question.target,
            application=_place(question.application, application.id if application else None),
            environment=_place(question.environment, environment.id if environment else None),
            outcome=question.outcome,
            since=question.since,
            until=question.until,
        )


def _place(name: str | None, id_: str | None) -> Place | None:
    return None if name is None else Place(id=id_, name=name)


def _scopes(actor: Actor) -> Collection[Scope] | None:
    """None: everything, also what belongs to no application."""
    return None if actor.holdings.allow(Right.ADMINISTER) else actor.holdings.scopes(Right.VIEW)
