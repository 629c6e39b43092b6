"""Queries on promotion sets."""

from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Select, func, not_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id, parse_id
from db.errors import ActiveOperationError, RepeatedRequestError
from db.operation_reading import OperationFilter, filter_conditions, operation_record, operations_with_names, places
from db.operations import ACTIVE
from db.records.operations import OperationRecord
from db.records.pages import Page
from db.records.promotion_sets import PromotionSetRecord, UnfinishedSet
from domain.actors import ActorRef
from domain.rights import Scope
from domain.words import OperationKind, OperationState, SetOrder

_Set = models.PromotionSet


class PromotionSets:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        *,
        kind: OperationKind,
        source_environment: str | None,
        environment: str,
        group: str | None,
        order: SetOrder,
        takes_back: str | None,
        plan_digest: str,
        actor: ActorRef,
        token_id: str | None,
        idempotency: tuple[str, str] | None,
    ) -> str:
        """Queue it; its members are queued in the same transaction. `idempotency` is as for an operation.

        Raises `RepeatedRequestError` where the actor has used the key.
        """
        key, fingerprint = idempotency or (None, None)
        added: str | None = await self._session.scalar(
            upsert(_Set)
            .values(
                id=new_id(),
                kind=kind,
                source_environment=source_environment,
                environment=environment,
                group=group,
                order=order,
                takes_back_id=takes_back,
                plan_digest=plan_digest,
                actor=actor.name,
                actor_kind=actor.kind,
                actor_id=actor.id,
                token_id=token_id,
                idempotency_key=key,
                idempotency_fingerprint=fingerprint,
            )
            .on_conflict_do_nothing()
            .returning(_Set.id)
        )
        if added is None:
            raise RepeatedRequestError
        return added

    async def get(self, set_id: str) -> PromotionSetRecord | None:
        key = parse_id(set_id)
        found = await self._records(select(_Set).where(_Set.id == key)) if key is not None else ()
        return found[0] if found else None

    async def list(
        self, scopes: Collection[Scope], *, environment: str | None = None, limit: int, after: str | None = None
    ) -> Page[PromotionSetRecord]:
        """Those of which all members are seen, the newest first; `after` is the last id of the previous page."""
        query = select(_Set).where(not_(_has_hidden(scopes))).order_by(_Set.id.desc()).limit(limit + 1)
        if environment is not None:
            query = query.where(func.lower(_Set.environment) == environment.lower())
        if after is not None:
            query = query.where(_Set.id < parse_id(after))
        found = await self._records(query)
        items = found[:limit]
        return Page(items=items, next=items[-1].id if len(found) > limit else None)

    async def repeated(self, actor: ActorRef, idempotency_key: str) -> PromotionSetRecord | None:
        """The set that this actor started with this key."""
        found = await self._records(
            select(_Set).where(
                _Set.actor_kind == actor.kind, _Set.actor_id == actor.id, _Set.idempotency_key == idempotency_key
            )
        )
        return found[0] if found else None

    async def unfinished(self) -> tuple[UnfinishedSet, ...]:
        """All that are queued or running, the oldest first."""
        rows = await self._session.execute(
            select(_Set.id, _Set.attempt, _Set.updated_at).where(_Set.state.in_(ACTIVE)).order_by(_Set.id)
        )
        return tuple(UnfinishedSet(id=row.id, attempt=row.attempt, updated_at=row.updated_at) for row in rows)

    async def begin(self, set_id: str) -> None:
        """Queued becomes running."""
        await self._session.execute(
            update(_Set)
            .where(_Set.id == set_id, _Set.state == OperationState.QUEUED)
            .values(state=OperationState.RUNNING, started_at=func.coalesce(_Set.started_at, func.now()))
        )

    async def end(self, set_id: str, *, state: OperationState, message: str) -> bool:
        """False where it had ended before."""
        ended = await self._session.scalar(
            update(_Set)
            .where(_Set.id == set_id, _Set.state.in_(ACTIVE))
            .values(state=state, message=message, ended_at=func.now())
            .returning(_Set.id)
        )
        return ended is not None

    async def reopen(self, set_id: str) -> int:
        """Queue an ended set again; returns the number of its next attempt. Raises `ActiveOperationError`."""
        attempt: int | None = await self._session.scalar(
            update(_Set)
            .where(_Set.id == set_id, _Set.state.not_in(ACTIVE))
            .values(state=OperationState.QUEUED, attempt=_Set.attempt + 1, ended_at=None, message=None)
            .returning(_Set.attempt)
        )
        if attempt is None:
            raise ActiveOperationError(None)
        return attempt

    async def give_new_attempt(self, set_id: str, *, after: int) -> bool:
        """As that of an operation, because the workflow of attempt `after` broke off."""
        given = await self._session.scalar(
            update(_Set)
            .where(_Set.id == set_id, _Set.attempt == after, _Set.state.in_(ACTIVE))
            .values(attempt=after + 1)
            .returning(_Set.id)
        )
        return given is not None

    async def lock(self, set_id: str) -> None:
        """Of two requests that decide about a set at once, the second waits until this transaction ends.

        What executes its members does not wait: that refers to the set, and this transaction goes on to lock members.
        """
        query = select(_Set.id).where(_Set.id == parse_id(set_id)).with_for_update(key_share=True)
        await self._session.execute(query)

    async def _records(self, query: Select[models.PromotionSet]) -> tuple[PromotionSetRecord, ...]:
        rows = (await self._session.scalars(query, execution_options={"populate_existing": True})).all()
        members = await self._members([row.id for row in rows])
        return tuple(_record(row, members.get(row.id, ())) for row in rows)

    async def _members(self, set_ids: Sequence[str]) -> dict[str, tuple[OperationRecord, ...]]:
        """By set, in the order of stages and names."""
        table = models.Operation
        rows = await self._session.execute(
            operations_with_names().where(table.promotion_set_id.in_(set_ids)).order_by(table.promotion_set_id),
            execution_options={"populate_existing": True},
        )
        found = [operation_record(*row) for row in rows.all()]
        return {
            set_id: tuple(sorted(members, key=lambda each: (each.set_stage or 0, each.application.lower())))
            for set_id, members in groupby(found, key=lambda each: each.promotion_set or "")
        }


def _has_hidden(scopes: Collection[Scope]) -> ColumnElement[bool]:
    """Whether a set has a member that none of the scopes covers."""
    seen = filter_conditions(OperationFilter(scopes=scopes))
    member = models.Operation
    return places().where(member.promotion_set_id == _Set.id, not_(*seen)).correlate(_Set).exists()


def _record(row: models.PromotionSet, members: tuple[OperationRecord, ...]) -> PromotionSetRecord:
    return PromotionSetRecord(
        id=row.id,
        kind=row.kind,
        state=row.state,
        source_environment=row.source_environment,
        environment=row.environment,
        group=row.group,
        order=row.order,
        takes_back=row.takes_back_id,
        plan_digest=row.plan_digest,
        actor=row.actor,
        attempt=row.attempt,
        members=members,
        message=row.message,
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        idempotency_fingerprint=row.idempotency_fingerprint,
    )
