"""Queries on the audit. Nothing in it is ever changed; what to seal and to forget is db.audit_seals'."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, cast, false, func, insert, not_, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db import models
from db.base import parse_id
from db.records.pages import Page
from domain.audit import AuditEntry, AuditOutcome, AuditRecord, Target
from domain.rights import Scope

_OUTSIDE = '$[*] ? (@.kind == "environment" && !(@.id == $seen[*]))'


@dataclass(frozen=True, kw_only=True)
class Place:
    """An application or an environment: its id where it exists, and its name, by which entries know a deleted one."""

    id: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """None matches every entry. `action` is a whole action, or a thing: `cluster` matches all that begin so.

    `target` is the id or the name of a target, as it was then; `since` and `until` are moments, `until` excluded.
    """

    actor_kind: str | None = None
    actor: str | None = None  # an id, or a name
    action: str | None = None
    target_kind: str | None = None
    target: str | None = None
    application: Place | None = None
    environment: Place | None = None
    outcome: AuditOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class Audit:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, *entries: AuditEntry) -> None:
        """Write entries in the transaction of the change: they are kept if it is, and lost if it is not."""
        if entries:
            await self._session.execute(insert(models.Audit), [_row(each) for each in entries])

    async def list(
        self, matching: AuditFilter, *, scopes: Collection[Scope] | None, limit: int, after: str | None = None
    ) -> Page[AuditRecord]:
        """The newest first; `after` is the last number of the previous page. Without scopes, all of them are seen."""
        table = models.Audit
        query = select(table).where(*_conditions(matching), _seen(scopes)).order_by(table.seq.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(table.seq < int(after))
        found = [_record(row) for row in await self._session.scalars(query)]
        return Page(items=tuple(found[:limit]), next=str(found[limit - 1].seq) if len(found) > limit else None)

    async def oldest_first(
        self, matching: AuditFilter, *, scopes: Collection[Scope] | None, limit: int, after: int
    ) -> tuple[AuditRecord, ...]:
        """Those beyond the number `after`."""
        table = models.Audit
        conditions = (*_conditions(matching), _seen(scopes), table.seq > after)
        return tuple(
            _record(row)
            for row in await self._session.scalars(select(table).where(*conditions).order_by(table.seq).limit(limit))
        )

    async def get(self, seq: int, *, scopes: Collection[Scope] | None) -> AuditRecord | None:
        table = models.Audit
        row = (await self._session.scalars(select(table).where(table.seq == seq, _seen(scopes)))).one_or_none()
        return None if row is None else _record(row)

    async def between(self, after: int, through: int, *, limit: int) -> tuple[AuditRecord, ...]:
        """The oldest first, of those beyond `after` up to `through`."""
        table = models.Audit
        query = select(table).where(table.seq > after, table.seq <= through).order_by(table.seq).limit(limit)
        return tuple(_record(row) for row in await self._session.scalars(query))

    async def count_after(self, seq: int) -> int:
        """How many are beyond this number."""
        table = models.Audit
        return await self._session.scalar(select(func.count()).select_from(table).where(table.seq > seq)) or 0


def _conditions(matching: AuditFilter) -> list[ColumnElement[bool]]:
    table = models.Audit
    conditions = []
    if matching.actor_kind is not None:
        conditions.append(table.actor_kind == matching.actor_kind)
    if matching.actor is not None:
        conditions.append(or_(table.actor_id == matching.actor, table.actor_name == matching.actor))
    if matching.action is not None:
        conditions.append(or_(table.action == matching.action, table.action.startswith(f"{matching.action}.")))
    if matching.application is not None:
        conditions.append(_about("application", table.application_id, matching.application))
    if matching.environment is not None:
        conditions.append(_about("environment", table.environment_id, matching.environment))
    if matching.outcome is not None:
        conditions.append(table.outcome == matching.outcome.value)
    if matching.since is not None:
        conditions.append(table.at >= matching.since)
    if matching.until is not None:
        conditions.append(table.at < matching.until)
    return [*conditions, *_of_targets(matching)]


def _of_targets(matching: AuditFilter) -> list[ColumnElement[bool]]:
    table = models.Audit
    kind = {} if matching.target_kind is None else {"kind": matching.target_kind}
    if matching.target is not None:
        named = [{**kind, key: matching.target} for key in ("id", "name")]
        return [or_(*(table.targets.contains([each]) for each in named))]
    return [table.targets.contains([kind])] if kind else []


def _about(kind: str, column: InstrumentedAttribute[str | None], place: Place) -> ColumnElement[bool]:
    named = models.Audit.targets.contains([{"kind": kind, "name": place.name}])
    return named if place.id is None else or_(column == place.id, named)


def _seen(scopes: Collection[Scope] | None) -> ColumnElement[bool]:
    """The condition that one of the scopes covers what an entry speaks of; entries that name no place are not seen."""
    if scopes is None:
        return true()
    return or_(false(), *(_covered(each) for each in scopes))


def _covered(scope: Scope) -> ColumnElement[bool]:
    table = models.Audit
    condition: ColumnElement[bool] = table.application_id.is_not(None)
    if scope.applications is not None:
        condition = and_(condition, table.application_id.in_(sorted(scope.applications)))
    if scope.labels:
        labels = dict(scope.labels)
        present = select(models.Application.id).where(models.Application.labels.contains(labels))
        removed = aliased(
            table
        )  # by the labels that it had last: the entry of its removal is its last but ends of operations
        gone = select(removed.application_id).where(
            removed.action == "application.removed", removed.before.contains({"labels": labels})
        )
        condition = and_(condition, or_(table.application_id.in_(present), table.application_id.in_(gone)))
    if scope.environments is not None:
        environments = sorted(scope.environments)
        # An entry may speak of two environments, as a mark on a comparison does: who sees one of them is not told of
        # the other.
        unseen = func.jsonb_path_exists(
            table.targets, cast(_OUTSIDE, JSONPATH), cast({"seen": environments}, JSONB), type_=Boolean
        )
        condition = and_(condition, table.environment_id.in_(environments), not_(unseen))
    return condition


def _record(row: models.Audit) -> AuditRecord:
    return AuditRecord(
        seq=row.seq,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        via=row.via,
        address=row.address,
        request_id=row.request_id,
        action=row.action,
        targets=tuple(Target(kind=each["kind"], id=each["id"], name=each["name"]) for each in row.targets),
        application_id=row.application_id,
        environment_id=row.environment_id,
        outcome=row.outcome,
        reason=row.reason,
        before=row.before,
        after=row.after,
    )


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
