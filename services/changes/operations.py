"""Operations: start, look at, follow, cancel, retry.

Starting is one transaction, and then a word to the engine. If the process dies between the two, the engine finds the
queued operation later and starts it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from db.errors import ActiveOperationError, RepeatedRequestError
from db.events import NewEvent, Notifier
from db.operation_reading import OperationFilter
from db.records import (
    AppEnvironmentRecord,
    EventRecord,
    OperationDetailRecord,
    OperationRecord,
    Page,
)
from db.transaction import Database, Transaction
from domain.secret_text import SecretValues, names_of_values
from domain.words import EventType, OperationKind, OperationState
from services.changes.new_operations import IdempotencyKey, NewOperation, queue, warm_start
from services.engine.snapshot import WarmStart
from services.errors import (
    Category,
    IdempotencyMismatchError,
    NotFoundError,
    OperationUnderwayError,
    StagecoachError,
)
from services.people.access import Actor
from services.planning.objects.redact import Fingerprints

T = TypeVar("T")

_LOOK_ANYWAY = 15.0  # seconds after which a reader looks for events although no bell rang
_EVENTS_AT_ONCE = 500

_log = logging.getLogger("stagecoach.operations")


class ValuesErasedError(StagecoachError):
    """A retry needs values that a person typed in and that were erased at the operation's end; `values` names them."""

    code = "values-erased"
    title = "Values have to be typed in again"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, values: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.values = values

    def members(self) -> Mapping[str, object]:
        return {"values": list(self.values)}


class OperationEndedError(StagecoachError):
    code = "operation-ended"
    title = "The operation has ended"
    category = Category.CONFLICT


class NothingToRetryError(StagecoachError):
    """Every cluster of the operation is as it was wanted."""

    code = "nothing-to-retry"
    title = "There is nothing to retry"
    category = Category.CONFLICT


class SupersededError(StagecoachError):
    """A retry would bring older images than the later operation `operation` brought."""

    code = "operation-superseded"
    title = "A later operation has changed the app environment"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, operation: str) -> None:
        super().__init__(detail)
        self.operation = operation

    def members(self) -> Mapping[str, object]:
        return {"operation": self.operation}


class Starter(Protocol):
    """The engine, as far as it matters here (services.engine.engine.Engine)."""

    async def start(
        self, operation_id: str, *, attempt: int, waves: int, warm_start: WarmStart | None = None
    ) -> None: ...


class Operations:
    def __init__(self, *, database: Database, engine: Starter, notifier: Notifier, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints
        self._engine = engine
        self._bell = notifier
        self._finishing: set[asyncio.Task[Any]] = set()

    async def start(self, new: NewOperation, *, work: object | None = None) -> OperationRecord:
        """Queue it and have it carried out; `work` is handed to its worker once, to spare it from planning again.

        A repeated request gets the first one's operation. Raises `OperationUnderwayError`, `IdempotencyMismatchError`,
        `ImagePushesTakenError`.
        """
        return await self._to_the_end(self._start(replace(new, idempotency=self._keyed(new.idempotency)), work))

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> OperationRecord | None:
        """The operation that this very request has started before. Raises `IdempotencyMismatchError`."""
        keyed = self._keyed(idempotency)
        if keyed is None:
            return None
        async with self._database.read() as tx:
            return await _known(tx, actor, keyed)

    async def read(self, operation_id: str) -> OperationDetailRecord:
        """Raises `NotFoundError`."""
        async with self._database.read() as tx:
            detail = await tx.operations.detail(operation_id)
        if detail is None:
            raise NotFoundError("operation", operation_id)
        return detail

    async def list(
        self,
        *,
        application: str | None = None,
        environment: str | None = None,
        kind: OperationKind | None = None,
        state: OperationState | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[OperationRecord]:
        """The newest first. An unknown application or environment has none. `since` is when they were started."""
        asked = OperationFilter(application=application, environment=environment, kind=kind, state=state, since=since)
        async with self._database.read() as tx:
            return await tx.operations.list(asked, limit=limit, after=after)

    async def cancel(self, operation_id: str, *, actor: Actor) -> OperationRecord:
        """Ask it to stop; it does so between clusters and while it watches. A second request changes nothing.

        Raises `NotFoundError`, `OperationEndedError`.
        """
        async with self._database.begin() as tx:
            operation = await _found(tx, operation_id)
            if operation.state.ended:
                raise OperationEndedError(f"The operation has {operation.state}; there is nothing to cancel.")
            if await tx.operations.request_cancel(operation_id, by=actor.name):
                said = NewEvent(type=EventType.OPERATION_CANCEL_REQUESTED, data={"by": actor.name})
                await tx.events.append(operation_id, [said])
            return await _found(tx, operation_id)

    async def retry(self, operation_id: str, *, actor: Actor, secrets: SecretValues | None = None) -> OperationRecord:
        """Carry it out again on the clusters that are not as wanted.

        `secrets` brings the values that were typed in. Raises `NotFoundError`, `OperationUnderwayError` (it has not
        ended, or another one is under way), `NothingToRetryError`, `ValuesErasedError`, `SupersededError`.
        """
        return await self._to_the_end(self._retry(operation_id, actor, secrets))

    async def require(self, operation_id: str) -> None:
        """Raises `NotFoundError`; reads no more than that takes."""
        async with self._database.autocommit_read() as tx:
            if await tx.operations.progress(operation_id) is None:
                raise NotFoundError("operation", operation_id)

    async def follow(self, operation_id: str, *, after: int = 0) -> AsyncIterator[tuple[EventRecord, ...]]:
        """Its events beyond `after`, those that are there and those that come, until it has ended.

        What has come together is given together.
        """
        async with self._bell.listening(operation_id) as ring:
            while True:
                async with self._database.autocommit_read() as tx:
                    events = await tx.events.after(operation_id, after, limit=_EVENTS_AT_ONCE)
                    # While it tells something else it has not ended: no need to ask.
                    silent = not events or any(each.type is EventType.OPERATION_ENDED for each in events)
                    progress = await tx.operations.progress(operation_id) if silent else None
                if events:
                    yield events
                    after = events[-1].seq
                if silent and (progress is None or (progress[0].ended and after >= progress[1])):
                    return
                if len(events) < _EVENTS_AT_ONCE:
                    await ring(_LOOK_ANYWAY)

    async def _start(self, new: NewOperation, work: object | None) -> OperationRecord:
        try:
            async with self._database.begin() as tx:
                operation = await queue(tx, new)
        except RepeatedRequestError:
            assert new.idempotency is not None
            async with self._database.read() as tx:
                known = await _known(tx, new.actor, new.idempotency)
            assert known is not None
            return known
        except ActiveOperationError as active:
            raise _underway(new.app_environment, active) from None
        await self._tell_engine(operation, warm_start(new, operation, work))
        return operation

    async def _retry(self, operation_id: str, actor: Actor, secrets: SecretValues | None) -> OperationRecord:
        try:
            async with self._database.begin() as tx:
                operation = await _found(tx, operation_id)
                _check_retryable(operation, secrets or {})
                await _check_up_to_date(tx, operation)
                await tx.operations.reopen(operation_id, secrets=secrets or None)
                said = NewEvent(
                    type=EventType.OPERATION_RETRIED, data={"by": actor.name, "attempt": operation.attempt + 1}
                )
                await tx.events.append(operation_id, [said])
                reopened = await _found(tx, operation_id)
        except ActiveOperationError as active:
            raise OperationUnderwayError(
                "The operation, or another one in the same app environment, is under way.",
                operation=active.operation_id or operation_id,
            ) from None
        await self._tell_engine(reopened)
        return reopened

    async def _tell_engine(self, operation: OperationRecord, warm_start: WarmStart | None = None) -> None:
        """It is committed, so it will be carried out whatever happens here: the engine looks for what nobody started.

        An error would tell the caller that nothing came of the request.
        """
        try:
            await self._engine.start(
                operation.id, attempt=operation.attempt, waves=operation.waves, warm_start=warm_start
            )
        except Exception as error:  # noqa: BLE001 - of whatever kind: the operation stays queued
            _log.warning("operation %s is queued and starts later: %s", operation.id, type(error).__name__)

    def _keyed(self, idempotency: IdempotencyKey | None) -> IdempotencyKey | None:
        if idempotency is None:
            return None
        return replace(idempotency, fingerprint=self._fingerprints.of(idempotency.fingerprint))

    async def _to_the_end(self, call: Coroutine[Any, Any, T]) -> T:
        """A client that goes away does not stop it half-way."""
        task = asyncio.create_task(call)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        return await asyncio.shield(task)


async def _found(tx: Transaction, operation_id: str) -> OperationRecord:
    operation = await tx.operations.get(operation_id)
    if operation is None:
        raise NotFoundError("operation", operation_id)
    return operation


async def _known(tx: Transaction, actor: Actor, idempotency: IdempotencyKey) -> OperationRecord | None:
    known = await tx.operations.repeated(actor.name, idempotency.key)
    if known is not None and known.idempotency_fingerprint != idempotency.fingerprint:
        raise IdempotencyMismatchError(
            "The same idempotency key was sent with another request before. Use a new key for a new request.",
            operation=known.id,
        )
    return known


def _check_retryable(operation: OperationRecord, secrets: SecretValues) -> None:
    if not operation.state.ended:
        raise ActiveOperationError(operation.id)
    if all(each.outcome and each.outcome.good for each in operation.clusters):
        raise NothingToRetryError("The operation succeeded on every cluster.")
    missing = sorted(set(operation.secret_names) - set(names_of_values(secrets)))
    if missing:
        raise ValuesErasedError(
            f"The values of {', '.join(missing)} were erased when the operation ended. Send them again.",
            values=tuple(missing),
        )


async def _check_up_to_date(tx: Transaction, operation: OperationRecord) -> None:
    """A cluster that did not answer is given its images when it does: by now, they may be older than what it runs.

    Copies need no such look: they stop at what is not as they saw it.
    """
    if operation.kind in {OperationKind.IMPORT, OperationKind.CONFIGURE}:
        return
    later = await tx.operations.superseded_by(operation.id)
    if later is not None:
        detail = "A later operation has changed this app environment since. Make a new plan."
        raise SupersededError(detail, operation=later)


def _underway(where: AppEnvironmentRecord, active: ActiveOperationError) -> OperationUnderwayError:
    return OperationUnderwayError(
        f"Another operation is under way for '{where.application.name}' in '{where.environment.name}'.",
        operation=active.operation_id,
    )
