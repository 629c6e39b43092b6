"""Reads the audit: administrators all of it, others what speaks of applications and environments that they see."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db.audit import AuditFilter, Place
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.audit import AuditOutcome, AuditRecord
from domain.grants import Actor
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.rights import Right, Scope
from services.errors import NotFoundError
from services.reading.hidden_sources import Source, hidden_sources

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
            page = await tx.audit.list(matching, scopes=_scopes(actor), limit=limit, after=after)
            return Page(items=await _as_seen(tx, actor, page.items), next=page.next)

    async def get(self, actor: Actor, seq: int) -> AuditRecord:
        """Raises `NotFoundError` for an entry that does not exist or that the actor may not read."""
        async with self._db.read() as tx:
            found = await tx.audit.get(seq, scopes=_scopes(actor))
            if found is None:
                raise NotFoundError("audit entry", str(seq))
            (shown,) = await _as_seen(tx, actor, [found])
        return shown

    async def export(self, actor: Actor, question: AuditQuestion) -> AsyncIterator[tuple[AuditRecord, ...]]:
        """All entries that the actor may read, the oldest first, in batches."""
        matching = await self._matching(question)
        after = 0
        while True:
            async with self._db.read() as tx:
                batch = await tx.audit.oldest_first(matching, scopes=_scopes(actor), limit=_AT_ONCE, after=after)
                batch = await _as_seen(tx, actor, batch)
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


async def _as_seen(tx: Transaction, actor: Actor, entries: Sequence[AuditRecord]) -> tuple[AuditRecord, ...]:
    """The entries, without the names of environments that something was taken from and that the actor does not see."""
    scopes = _scopes(actor)
    if scopes is None:
        return tuple(entries)
    sources = {each.seq: _source(each) for each in entries}
    hidden = await hidden_sources(tx, tuple(scopes), [source for source in sources.values() if source is not None])
    return tuple(
        replace(each, after={**(each.after or {}), "source": HIDDEN_ENVIRONMENT})
        if sources[each.seq] in hidden
        else each
        for each in entries
    )


def _source(entry: AuditRecord) -> Source | None:
    """What `operation.queued` says that the operation takes from."""
    source = (entry.after or {}).get("source")
    application = next((each.name for each in entry.targets if each.kind == "application"), None)
    return (application, source) if isinstance(source, str) and application is not None else None


def _place(name: str | None, id_: str | None) -> Place | None:
    return None if name is None else Place(id=id_, name=name)


def _scopes(actor: Actor) -> Collection[Scope] | None:
    """None: everything, also what belongs to no application."""
    return None if actor.holdings.allow(Right.ADMINISTER) else actor.holdings.scopes(Right.VIEW)
