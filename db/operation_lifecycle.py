"""Changes of an operation's state: it is queued, runs, ends, and is queued again by a retry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import new_id
from db.changed_tables import note_change
from db.errors import ActiveOperationError, RepeatedRequestError
from db.hook_runs import HookRuns
from db.keys import Keyring
from db.operation_clusters import ClusterUpdate, add_clusters, reopen_clusters, storable, update_clusters
from db.operation_rings import change_ring, reopen_rings, rings_of
from db.operation_secrets import erase_secrets, store_secrets
from db.operations import ACTIVE, Operations
from domain.actors import ActorRef
from domain.secret_text import SecretValues, names_of_values
from domain.stored.ring_runs import RingRuns
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import OnFailure, OperationKind, OperationState


class OperationLifecycle:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys
        self._operations = Operations(session, keys)

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
        rings: RingRuns | None = None,
        downgrade: bool = False,
        member_of: tuple[str, int] | None = None,
    ) -> tuple[str, datetime]:
        """Queue it. `clusters` are (id, name, wave), `idempotency` is (key, fingerprint of the request).

        `begun` are the positions of clusters that begin with the operation, with what undoing needs: their workers
        need no further commit before they write. `member_of` is (id of the promotion set, stage).

        Returns the id and the time of its creation. Raises `RepeatedRequestError` where the actor has used the key,
        `ActiveOperationError` where the app environment has an active operation.
        """
        operation_id = new_id()
        key, fingerprint = idempotency or (None, None)
        promotion_set, stage = member_of or (None, None)
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
                "rings": None if rings is None else rings.to_json(),
                "downgrade": downgrade,
                "promotion_set_id": promotion_set,
                "set_stage": stage,
                "idempotency_key": key,
                "idempotency_fingerprint": fingerprint,
                "waves": 1 + max((wave for _, _, wave in clusters), default=0),
            },
        )
        if added is None:
            if key is not None and await self._operations.repeated(actor, key) is not None:
                raise RepeatedRequestError
            raise ActiveOperationError(await self._active(app_environment_id))
        await add_clusters(connection, operation_id, clusters, begun=begun or {})
        await store_secrets(self._session, self._keys, operation_id, secrets)
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

    async def rings(self, operation_id: str) -> RingRuns | None:
        """How far its rings have come; None where it has none."""
        return await rings_of(self._session, operation_id)

    async def change_ring(self, operation_id: str, wave: int, **changes: Any) -> RingRuns | None:
        """Change one of its rings, in a transaction that holds it; returns all of them."""
        return await change_ring(self._session, operation_id, wave, **changes)

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
        await erase_secrets(self._session, operation_id)
        return True

    async def reopen(
        self, operation_id: str, *, secrets: SecretValues | None, catching_up: Collection[str] | None = None
    ) -> None:
        """Queue an ended operation again for the clusters that did not succeed, as its next attempt.

        Where clusters are `catching_up` (ids), for these alone. Raises `ActiveOperationError` where it, or another one
        in its app environment, is active.
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
        await reopen_rings(self._session, operation_id, catching_up=catching_up)
        await reopen_clusters(await self._session.connection(), operation_id, catching_up=catching_up)
        await HookRuns(self._session).retry(operation_id)
        await store_secrets(self._session, self._keys, operation_id, secrets)

    async def _active(self, app_environment_id: str) -> str | None:
        return await self._session.scalar(
            select(models.Operation.id).where(
                models.Operation.app_environment_id == app_environment_id, models.Operation.state.in_(ACTIVE)
            )
        )


# Built once, because a running operation executes it many times.
_HOLD = (
    select(models.Operation.id)
    .where(models.Operation.id == bindparam("operation"), models.Operation.state.in_(ACTIVE))
    .with_for_update(key_share=True)
)

_ADD = upsert(models.Operation).on_conflict_do_nothing().returning(models.Operation.created_at)
