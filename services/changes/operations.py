"""Operations: start, read, follow, cancel, retry.

Starting is one transaction, after which the engine is called. If the process dies between the two, an engine finds the
queued operation later and starts it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from db.errors import ActiveOperationError, RepeatedRequestError
from db.events import NewEvent, Notifier
from db.operation_reading import OperationFilter
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import EventRecord, OperationDetailRecord, OperationRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.gates import GateKind
from domain.grants import Actor, Caller, ListGrant, MaintainGrant, PromoteGrant, ViewGrant
from domain.hook_runs import HookRun
from domain.rights import Right
from domain.secret_text import SecretValues
from domain.stored.requests import CopyRequest
from domain.words import ClusterPhase, EventType, OperationKind, OperationState, PauseDecision
from services.changes.approved import require_approved, settle
from services.changes.new_operations import IdempotencyKey, NewOperation, queue, warm_start
from services.changes.reopening import audit_operation, reopen
from services.changes.retrying import check_retryable, check_up_to_date, reads_source, takes_maintainer
from services.engine.snapshot import WarmStart
from services.errors import (
    Category,
    IdempotencyMismatchError,
    NotFoundError,
    OperationUnderwayError,
    StagecoachError,
)
from services.people.gates import change_of, change_of_operation, require_open
from services.planning.objects.redact import Fingerprints
from services.planning.objects.withheld import without_values
from services.precedence import PRECEDENCE
from services.reading.given_namespaces import require_given
from services.reading.hidden_sources import Record, operations_as_seen
from services.reading.permissions import Permissions

T = TypeVar("T")

_READ_ANYWAY = 15.0  # seconds after which a reader reads the events without a notification
_EVENTS_AT_ONCE = 500
_log = logging.getLogger("stagecoach.operations")


class OperationEndedError(StagecoachError):
    """What has ended cannot be cancelled."""

    code = "operation-ended"
    title = "The operation has ended"
    category = Category.CONFLICT


class PartOfSetError(StagecoachError):
    """The operation is a member of the promotion set `promotion_set`, which alone decides about it."""

    code = "part-of-set"
    title = "The operation is part of a promotion set"
    category = Category.CONFLICT

    def __init__(self, *, promotion_set: str) -> None:
        super().__init__(
            f"The operation is part of promotion set {promotion_set}. Decide about the set: what was promoted together "
            "stays or goes back together."
        )
        self.promotion_set = promotion_set

    def members(self) -> Mapping[str, object]:
        return {"promotion_set": self.promotion_set}


class Starter(Protocol):
    """The part of the engine that is used here (services.engine.engine.Engine)."""

    async def start(
        self, operation_id: str, *, attempt: int, waves: int, warm_start: WarmStart | None = None
    ) -> None: ...

    async def start_set(self, set_id: str, *, attempt: int) -> None: ...


class Operations:
    """The use cases of operations that are the same for all kinds."""

    def __init__(self, *, database: Database, engine: Starter, notifier: Notifier, fingerprints: Fingerprints) -> None:
        self._database = database
        self._permissions = Permissions(database)
        self.fingerprints = fingerprints
        self._engine = engine
        self._notifier = notifier
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self, new: NewOperation, *, work: object | None = None) -> OperationRecord:
        """Queue it and start its execution; its worker gets `work` once, so that it need not plan again.

        A repeated request returns the operation of the first one. Raises `OperationUnderwayError`,
        `IdempotencyMismatchError`, `ImagePushesTakenError`, `NamespaceNotGivenError`, `GateClosedError`,
        `ApprovalRequiredError`.
        """
        require_given(new.app_environment, new.spec.plan.leaves.namespace)
        with PRECEDENCE.taken():
            return await self.shielded(self._start(replace(new, idempotency=self.keyed(new.idempotency)), work))

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> OperationRecord | None:
        """The operation that an earlier sending of this request started, if any. Raises `IdempotencyMismatchError`."""
        keyed = self.keyed(idempotency)
        if keyed is None:
            return None
        async with self._database.read() as tx:
            return await _known(tx, actor.caller, keyed)

    async def read(self, operation_id: str, *, actor: Actor) -> OperationDetailRecord:
        """Values that a person typed in are shown only to who maintains the app environment, and the source to who
        sees it. Raises `NotFoundError`.
        """
        grant = await self._permissions.operation(actor, ViewGrant, operation_id)
        detail = await self._as_seen(actor, await self.stored(operation_id))
        maintains = actor.holdings.allow(Right.MAINTAIN, application=grant.application, environment=grant.environment)
        if maintains or not isinstance(detail.spec.request, CopyRequest):
            return detail
        return replace(detail, spec=replace(detail.spec, request=without_values(detail.spec.request)))

    async def stored(self, operation_id: str) -> OperationDetailRecord:
        """As `read`, for Stagecoach itself."""
        async with self._database.read() as tx:
            detail = await tx.operations.detail(operation_id)
        if detail is None:
            raise NotFoundError("operation", operation_id)
        return detail

    async def hook_runs(self, operation_id: str, *, actor: Actor) -> Sequence[HookRun]:
        """The hooks and checks that ran in it, in the order in which they began. Raises `NotFoundError`."""
        await self._permissions.operation(actor, ViewGrant, operation_id)
        async with self._database.read() as tx:
            return await tx.hook_runs.of(operation_id)

    async def list(
        self,
        grant: ListGrant,
        *,
        application: str | None = None,
        environment: str | None = None,
        kind: OperationKind | None = None,
        state: OperationState | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[OperationRecord]:
        """Those that the actor sees, the newest first. An unknown name has none. `since` is the earliest start."""
        matching = OperationFilter(
            application=application, environment=environment, kind=kind, state=state, since=since, scopes=grant.scopes
        )
        async with self._database.read() as tx:
            page = await tx.operations.list(matching, limit=limit, after=after)
            return Page(items=await operations_as_seen(tx, grant.scopes, page.items), next=page.next)

    async def cancel(self, operation_id: str, *, actor: Actor) -> OperationRecord:
        """Request its cancellation; it stops between waves and while it watches. A second request changes nothing.

        One that a stop has paused ends as it is: nothing more is written, so nothing is undone, either.

        Raises `NotFoundError`, `OperationEndedError`.
        """
        await require_right(self._database, self._permissions, actor, operation_id)
        async with self._database.begin() as tx:
            operation = await _operation(tx, operation_id)
            if operation.state.ended:
                raise OperationEndedError(f"The operation has ended ({operation.state}); there is nothing to cancel.")
            await request_cancel(tx, operation, actor)
            found = await _operation(tx, operation_id)
        return await self._as_seen(actor, found)

    async def retry(self, operation_id: str, *, actor: Actor, secrets: SecretValues | None = None) -> OperationRecord:
        """Execute it again on the clusters that did not succeed.

        `secrets` are the values that were typed in, sent again. Raises `NotFoundError`, `OperationUnderwayError` (this
        or another one has not ended), `NothingToRetryError`, `ValuesErasedError`, `SupersededError`, `GateClosedError`.
        """
        await require_right(self._database, self._permissions, actor, operation_id)
        await require_source(self._database, self._permissions, actor, operation_id)
        return await self._as_seen(actor, await self.shielded(self._retry(operation_id, actor, secrets)))

    async def _as_seen(self, actor: Actor, operation: Record) -> Record:
        async with self._database.read() as tx:
            (shown,) = await operations_as_seen(tx, actor.holdings.scopes(Right.VIEW), [operation])
        return shown

    async def require(self, operation_id: str, *, actor: Actor) -> None:
        """Raises `NotFoundError` where it does not exist, or the actor does not see it. Cheaper than `read`."""
        await self._permissions.operation(actor, ViewGrant, operation_id)

    async def follow(self, operation_id: str, *, after: int = 0) -> AsyncGenerator[tuple[EventRecord, ...]]:
        """Its events after the number `after`, in batches: those stored and those that follow, until it has ended."""
        async with self._notifier.listening(operation_id) as notified:
            while True:
                async with self._database.autocommit_read() as tx:
                    events = await tx.events.after(operation_id, after, limit=_EVENTS_AT_ONCE)
                    # Events without its end mean that it goes on: its state need not be read.
                    may_have_ended = not events or any(each.type is EventType.OPERATION_ENDED for each in events)
                    progress = await tx.operations.progress(operation_id) if may_have_ended else None
                if events:
                    yield events
                    after = events[-1].seq
                if may_have_ended and (progress is None or (progress[0].ended and after >= progress[1])):
                    return
                if len(events) < _EVENTS_AT_ONCE:
                    await notified(_READ_ANYWAY)

    async def _start(self, new: NewOperation, work: object | None) -> OperationRecord:
        try:
            async with self._database.begin() as tx:
                by = new.caller.ref.kind
                await require_open(
                    tx,
                    change_of(new.app_environment, new.kind, actor=by, reason=new.reason, cluster_ids=new.written),
                )
                await require_approved(tx, new)
                operation = await queue(tx, new)
                await settle(tx, new, operation)
        except RepeatedRequestError:
            assert new.idempotency is not None
            async with self._database.read() as tx:
                known = await _known(tx, new.caller, new.idempotency)
            assert known is not None
            return known
        except ActiveOperationError as active:
            raise _operation_underway(new.app_environment, active) from None
        begun = any(each.phase is not ClusterPhase.WAITING for each in operation.clusters)
        waits = operation.rings is not None and operation.rings.hooks and not begun  # for hooks, as the rows say
        await self.pass_to_engine(operation, None if waits else warm_start(new, operation, work))
        return operation

    async def _retry(self, operation_id: str, actor: Actor, secrets: SecretValues | None) -> OperationRecord:
        try:
            async with self._database.begin() as tx:
                reopened = await try_again(tx, await _operation(tx, operation_id), actor, secrets)
        except ActiveOperationError as active:
            raise OperationUnderwayError(
                "The operation, or another one in the same app environment, is under way.",
                operation=active.operation_id or operation_id,
            ) from None
        await self.pass_to_engine(reopened)
        return reopened

    async def pass_to_engine(self, operation: OperationRecord, warm_start: WarmStart | None = None) -> None:
        """Have it executed. It is committed, so an engine will, whatever happens here: engines start what is queued.

        So no error reaches the caller, who would conclude that the request failed.
        """
        try:
            await self._engine.start(
                operation.id, attempt=operation.attempt, waves=operation.waves, warm_start=warm_start
            )
        except Exception as error:  # noqa: BLE001 - of any kind: the operation stays queued
            _log.warning("operation %s is queued and starts later: %s", operation.id, type(error).__name__)

    async def execute_set(self, set_id: str, *, attempt: int) -> None:
        """Have a committed promotion set executed; as with an operation, no error reaches the caller."""
        try:
            await self._engine.start_set(set_id, attempt=attempt)
        except Exception as error:  # noqa: BLE001 - of any kind: the set stays queued
            _log.warning("promotion set %s is queued and starts later: %s", set_id, type(error).__name__)

    def keyed(self, idempotency: IdempotencyKey | None) -> IdempotencyKey | None:
        """The key with its fingerprint as it is stored."""
        if idempotency is None:
            return None
        return replace(idempotency, fingerprint=self.fingerprints.of(idempotency.fingerprint))

    async def shielded(self, call: Coroutine[Any, Any, T]) -> T:
        """Run it to its end though the client disconnects."""
        task = asyncio.create_task(call)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)


async def request_cancel(tx: Transaction, operation: OperationRecord, actor: Actor) -> None:
    """Request that an active operation is cancelled, in the caller's transaction."""
    if await tx.operation_interruptions.request_cancel(operation.id, by=actor.name):
        event = NewEvent(type=EventType.OPERATION_CANCEL_REQUESTED, data={"by": actor.name})
        await tx.events.append(operation.id, [event])
        await audit_operation(tx, actor, "operation.cancelled", operation)
    if operation.pause is not None:
        stopped = any(each.kind is GateKind.STOP for each in operation.pause.gates)
        await tx.operation_interruptions.decide_pause(operation.id, PauseDecision.CANCEL, stays_paused=stopped)


async def try_again(
    tx: Transaction, operation: OperationRecord, actor: Actor, secrets: SecretValues | None = None
) -> OperationRecord:
    """Queue an ended operation again for the clusters that did not succeed, in the caller's transaction.

    Raises what `Operations.retry` raises, and `ActiveOperationError`.
    """
    check_retryable(operation, secrets or {})
    await check_up_to_date(tx, operation)
    await require_open(tx, await change_of_operation(tx, operation, actor=actor.caller.ref.kind))
    return await reopen(tx, operation, actor=actor, secrets=secrets)


async def require_right(database: Database, permissions: Permissions, actor: Actor, operation_id: str) -> None:
    """Whoever may start an operation of its kind may decide about it, unless a promotion set does.

    Raises `NotFoundError`, `ForbiddenError`, `PartOfSetError`.
    """
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        spec = await tx.operations.spec(operation_id) if operation is not None else None
    maintains = operation is not None and takes_maintainer(operation.kind, spec)
    await permissions.operation(actor, MaintainGrant if maintains else PromoteGrant, operation_id)
    if operation is not None and operation.promotion_set is not None:
        raise PartOfSetError(promotion_set=operation.promotion_set)


async def require_source(database: Database, permissions: Permissions, actor: Actor, operation_id: str) -> None:
    """A person who lets a copy go on, or what brings keys, has to maintain its source as well: it is read again, with
    its Secrets.

    Raises `NotFoundError`, `ForbiddenError`. Of a source that was deleted nothing is read: the engine says so.
    """
    async with database.read() as tx:
        operation = await _operation(tx, operation_id)
        reads = reads_source(operation.kind, await tx.operations.spec(operation_id))
        source_id = operation.source_app_environment_id if reads else None
        source = await tx.app_environments.get(source_id) if source_id is not None else None
    if source is not None:
        await permissions.app_environment(actor, MaintainGrant, source.application.name, source.environment.name)


async def _operation(tx: Transaction, operation_id: str) -> OperationRecord:
    operation = await tx.operations.get(operation_id)
    if operation is None:
        raise NotFoundError("operation", operation_id)
    return operation


async def _known(tx: Transaction, caller: Caller, idempotency: IdempotencyKey) -> OperationRecord | None:
    known = await tx.operations.repeated(caller.ref, idempotency.key)
    if known is not None and known.idempotency_fingerprint != idempotency.fingerprint:
        raise IdempotencyMismatchError(
            "The same idempotency key was sent with another request before. Use a new key for a new request.",
            operation=known.id,
        )
    return known


def _operation_underway(target: AppEnvironmentRecord, active: ActiveOperationError) -> OperationUnderwayError:
    return OperationUnderwayError(
        f"Another operation is under way for '{target.application.name}' in '{target.environment.name}'.",
        operation=active.operation_id,
    )
