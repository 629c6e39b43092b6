"""Queries on operations, and their changes of state."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.base import new_id, parse_id
from db.changed_tables import note_change
from db.errors import ActiveOperationError, RepeatedRequestError
from db.keys import Keyring
from db.operation_clusters import ClusterUpdate, add_clusters, reopen_clusters, storable, update_clusters
from db.operation_reading import (
    OperationFilter,
    OperationPlace,
    filter_conditions,
    operation_record,
    operations_with_names,
    places,
)
from db.records.operations import OperationDetailRecord, OperationRecord, PauseState
from db.records.pages import Page
from domain.actors import ActorRef
from domain.rights import ApplicationRef, EnvironmentRef
from domain.secret_text import SecretText, SecretValues, names_of_values
from domain.stored.pauses import StoredPause
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import OnFailure, OperationKind, OperationState, Outcome, PauseDecision

ACTIVE = (OperationState.QUEUED, OperationState.RUNNING)


class Operations:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    # Reading

    async def get(self, operation_id: str) -> OperationRecord | None:
        key = parse_id(operation_id)
        if key is None:
            return None
        found = await self._records(operations_with_names().where(models.Operation.id == key))
        return found[0] if found else None

    async def list(self, matching: OperationFilter, *, limit: int, after: str | None = None) -> Page[OperationRecord]:
        """The newest first; `after` is the last id of the previous page."""
        query = (
            operations_with_names()
            .where(*filter_conditions(matching))
            .order_by(models.Operation.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(models.Operation.id < parse_id(after))
        found = await self._records(query)
        items = found[:limit]
        return Page(items=items, next=items[-1].id if len(found) > limit else None)

    async def states(self, operation_ids: Iterable[str]) -> dict[str, OperationState]:
        """The states of those of these operations that exist."""
        table = models.Operation
        rows = await self._session.execute(select(table.id, table.state).where(table.id.in_(list(operation_ids))))
        return {row.id: row.state for row in rows}

    async def spec(self, operation_id: str) -> OperationSpec | None:
        """Its request and plan. Raises `UnknownVersionError` where a newer release wrote it."""
        key = parse_id(operation_id)
        table = models.Operation
        found = await self._session.execute(select(table.kind, table.request, table.plan).where(table.id == key))
        row = found.one_or_none()
        return OperationSpec.from_json(row.kind, request=row.request, plan=row.plan) if row else None

    async def detail(self, operation_id: str) -> OperationDetailRecord | None:
        """The operation with its spec. Raises `UnknownVersionError` where a newer release wrote it."""
        record, spec = await self.get(operation_id), await self.spec(operation_id)
        if record is None or spec is None:
            return None
        return OperationDetailRecord(**vars(record), spec=spec)

    async def place(self, operation_id: str) -> OperationPlace | None:
        """What rights on it depend on."""
        key = parse_id(operation_id)
        found = await self._session.execute(places().where(models.Operation.id == key))
        row = found.one_or_none()
        if row is None:
            return None
        application_id, application, labels, environment_id, environment, gone = row
        return OperationPlace(
            application=ApplicationRef(id=application_id, name=application, labels=labels),
            environment=EnvironmentRef(id=environment_id, name=environment),
            gone=gone,
        )

    async def progress(self, operation_id: str) -> tuple[OperationState, int] | None:
        """Its state and the number of its last event."""
        key = parse_id(operation_id)
        found = await self._session.execute(
            select(models.Operation.state, models.Operation.last_event).where(models.Operation.id == key)
        )
        row = found.one_or_none()
        return (row.state, row.last_event) if row else None

    async def secrets(self, operation_id: str) -> SecretValues | None:
        """The values that were typed in; None where there were none, or they are erased."""
        sealed = await self._session.scalar(
            select(models.OperationSecrets.sealed).where(models.OperationSecrets.operation_id == operation_id)
        )
        if sealed is None:
            return None
        opened: dict[str, dict[str, str]] = json.loads(self._keys.open(sealed, context=_context(operation_id)))
        return {name: {key: SecretText(value) for key, value in keys.items()} for name, keys in opened.items()}

    async def repeated(self, actor: ActorRef, idempotency_key: str) -> OperationRecord | None:
        """The operation that this actor started with this key."""
        table = models.Operation
        found = await self._records(
            operations_with_names().where(
                func.coalesce(table.actor_kind, "") == actor.kind.value,
                func.coalesce(table.actor_id, table.actor) == actor.id,
                table.idempotency_key == idempotency_key,
            )
        )
        return found[0] if found else None

    async def unfinished(self) -> tuple[OperationRecord, ...]:
        """All that are queued or running, the oldest first."""
        return await self._records(
            operations_with_names().where(models.Operation.state.in_(ACTIVE)).order_by(models.Operation.id)
        )

    async def superseded_by(self, operation_id: str) -> str | None:
        """A later operation in the same app environment that has changed a cluster; None where there is none."""
        older, newer = aliased(models.Operation), models.Operation
        return await self._session.scalar(
            select(newer.id)
            .join(older, older.app_environment_id == newer.app_environment_id)
            .join(models.OperationCluster, models.OperationCluster.operation_id == newer.id)
            .where(
                older.id == operation_id,
                newer.id > older.id,
                models.OperationCluster.outcome == Outcome.SUCCEEDED,
            )
            .order_by(newer.id.desc())
            .limit(1)
        )

    async def cancel_requested(self, operation_id: str) -> bool:
        connection = await self._session.connection()
        return await connection.scalar(_CANCELLED_AT, {"operation": operation_id}) is not None

    async def pause_state(self, operation_id: str) -> PauseState | None:
        """None where the operation does not exist."""
        table = models.Operation
        found = await self._session.execute(
            select(table.state, table.pause.is_not(None), table.pause_decision, table.cancel_requested_at).where(
                table.id == operation_id
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        state, paused, decision, cancel_requested_at = row
        return PauseState(
            paused=paused,
            decision=decision,
            cancel_requested=cancel_requested_at is not None,
            ended=state.ended,
        )

    # Changing

    async def add(
        self,
        *,
        kind: OperationKind,
        app_environment_id: str,
        source_app_environment_id: str | None,
        actor: ActorRef,
        token_id: str | None,
        spec: OperationSpec,
        plan_digest: str,
        on_failure: OnFailure,
        clusters: Sequence[tuple[str, str, int]],
        secrets: SecretValues | None,
        idempotency: tuple[str, str] | None,
        reason: str | None = None,
        begun: Mapping[int, UndoImages] | None = None,
    ) -> tuple[str, datetime]:
        """Queue it. `clusters` are (id, name, wave), `idempotency` is (key, fingerprint of the request).

        `begun` are the positions of clusters that begin with the operation, with what undoing needs: their workers
        need no further commit before they write.

        Returns the id and the time of its creation. Raises `RepeatedRequestError` where the actor has used the key,
        `ActiveOperationError` where the app environment has an active operation.
        """
        operation_id = new_id()
        key, fingerprint = idempotency or (None, None)
        connection = await self._session.connection()
        note_change(self._session, "operations")
        added = await connection.scalar(
            _ADD,
            {
                "id": operation_id,
                "kind": kind,
                "app_environment_id": app_environment_id,
                "source_app_environment_id": source_app_environment_id,
                "actor": actor.name,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "token_id": token_id,
                "request": spec.request.to_json(),
                "plan": spec.plan.to_json(),
                "plan_digest": plan_digest,
                "on_failure": on_failure,
                "secret_names": sorted(names_of_values(secrets or {})),
                "reason": reason,
                "idempotency_key": key,
                "idempotency_fingerprint": fingerprint,
                "waves": 1 + max((wave for _, _, wave in clusters), default=0),
            },
        )
        if added is None:
            if key is not None and await self.repeated(actor, key) is not None:
                raise RepeatedRequestError
            raise ActiveOperationError(await self._active(app_environment_id))
        await add_clusters(connection, operation_id, clusters, begun=begun or {})
        await self._store_secrets(operation_id, secrets)
        return operation_id, added

    async def begin(self, operation_id: str) -> bool:
        """Queued becomes running; False where it was running before or has ended."""
        begun = await self._session.scalar(
            update(models.Operation)
            .where(models.Operation.id == operation_id, models.Operation.state == OperationState.QUEUED)
            .values(state=OperationState.RUNNING, started_at=func.coalesce(models.Operation.started_at, func.now()))
            .returning(models.Operation.id)
        )
        return begun is not None

    async def give_new_attempt(self, operation_id: str, *, after: int) -> bool:
        """Give an active operation its next attempt, because the workflow of attempt `after` broke off.

        False where another process has done so already, or it has ended.
        """
        given = await self._session.scalar(
            update(models.Operation)
            .where(
                models.Operation.id == operation_id,
                models.Operation.attempt == after,
                models.Operation.state.in_(ACTIVE),
            )
            .values(attempt=after + 1)
            .returning(models.Operation.id)
        )
        return given is not None

    async def hold(self, operation_id: str) -> bool:
        """Keep the operation from ending before this transaction ends. False where it has ended already."""
        connection = await self._session.connection()
        return await connection.scalar(_HOLD, {"operation": operation_id}) is not None

    async def update_clusters(self, operation_id: str, updates: Sequence[ClusterUpdate]) -> None:
        """Write the updates in the given order, with one statement."""
        await update_clusters(await self._session.connection(), operation_id, updates)

    async def request_cancel(self, operation_id: str, *, by: str) -> bool:
        """Record the request; True where it is the first one for an active operation."""
        requested = await self._session.scalar(
            update(models.Operation)
            .where(
                models.Operation.id == operation_id,
                models.Operation.state.in_(ACTIVE),
                models.Operation.cancel_requested_at.is_(None),
            )
            .values(cancel_requested_at=func.now(), cancelled_by=by)
            .returning(models.Operation.id)
        )
        return requested is not None

    async def pause(self, operation_id: str, pause: StoredPause) -> bool:
        """Record that gates have paused it; False where it is paused already or has ended."""
        table = models.Operation
        paused = await self._session.scalar(
            update(table)
            .where(table.id == operation_id, table.state.in_(ACTIVE), table.pause.is_(None))
            .values(pause=pause.to_json(), pause_decision=None)
            .returning(table.id)
        )
        return paused is not None

    async def decide_pause(self, operation_id: str, decision: PauseDecision, *, stays_paused: bool = False) -> bool:
        """Record what a person decides about a paused operation; False where it is not paused.

        `stays_paused`: cancelled under a stop, it is paused until it has ended, and does not wait once more to undo.
        """
        table = models.Operation
        goes_on: dict[str, Any] = {} if stays_paused else {"pause": None}
        decided = await self._session.scalar(
            update(table)
            .where(table.id == operation_id, table.state.in_(ACTIVE), table.pause.is_not(None))
            .values(pause_decision=decision, **goes_on)
            .returning(table.id)
        )
        return decided is not None

    async def undo_on_failure(self, operation_id: str) -> None:
        """From now on, clusters that fail or are cancelled return to their previous images."""
        table = models.Operation
        await self._session.execute(
            update(table).where(table.id == operation_id).values(on_failure=OnFailure.ROLL_BACK)
        )

    async def end(self, operation_id: str, *, state: OperationState, message: str) -> bool:
        """End it: set state and message, erase typed-in values. False where it had ended before."""
        ended = await self._session.scalar(
            update(models.Operation)
            .where(models.Operation.id == operation_id, models.Operation.state.in_(ACTIVE))
            .values(state=state, message=storable(message), ended_at=func.now(), pause=None, pause_decision=None)
            .returning(models.Operation.id)
        )
        if ended is None:
            return False
        await self._session.execute(
            delete(models.OperationSecrets).where(models.OperationSecrets.operation_id == operation_id)
        )
        return True

    async def reopen(self, operation_id: str, *, secrets: SecretValues | None) -> None:
        """Queue an ended operation again for the clusters that did not succeed, as its next attempt.

        Raises `ActiveOperationError` where it, or another one in its app environment, is active.
        """
        try:
            reopened = await self._session.scalar(
                update(models.Operation)
                .where(models.Operation.id == operation_id, models.Operation.state.not_in(ACTIVE))
                .values(
                    state=OperationState.QUEUED,
                    attempt=models.Operation.attempt + 1,
                    cancel_requested_at=None,
                    cancelled_by=None,
                    ended_at=None,
                    message=None,
                )
                .returning(models.Operation.app_environment_id)
            )
        except IntegrityError:
            raise ActiveOperationError(None) from None
        if reopened is None:
            raise ActiveOperationError(operation_id)
        await reopen_clusters(await self._session.connection(), operation_id)
        await self._store_secrets(operation_id, secrets)

    async def _active(self, app_environment_id: str) -> str | None:
        return await self._session.scalar(
            select(models.Operation.id).where(
                models.Operation.app_environment_id == app_environment_id, models.Operation.state.in_(ACTIVE)
            )
        )

    async def _store_secrets(self, operation_id: str, secrets: SecretValues | None) -> None:
        if secrets is not None:
            plain = {name: {key: text.value for key, text in keys.items()} for name, keys in secrets.items()}
            sealed = self._keys.seal(json.dumps(plain), context=_context(operation_id))
            await self._session.execute(
                insert(models.OperationSecrets).values(operation_id=operation_id, sealed=sealed)
            )

    async def _records(self, query: Select[models.Operation, str, str, str]) -> tuple[OperationRecord, ...]:
        rows = await self._session.execute(query, execution_options={"populate_existing": True})
        return tuple(operation_record(*row) for row in rows.all())


# Built once, because a running operation executes them many times.
_HOLD = (
    select(models.Operation.id)
    .where(models.Operation.id == bindparam("operation"), models.Operation.state.in_(ACTIVE))
    .with_for_update(key_share=True)
)
_CANCELLED_AT = select(models.Operation.cancel_requested_at).where(models.Operation.id == bindparam("operation"))

_ADD = upsert(models.Operation).on_conflict_do_nothing().returning(models.Operation.created_at)


def _context(operation_id: str) -> str:
    return f"operation_secrets.sealed:{operation_id}"
