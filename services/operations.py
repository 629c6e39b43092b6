"""Operations: start, look at, follow, cancel, retry.

Starting is one transaction, and then a word to the engine. If the process dies between the two, the engine finds the
queued operation later and starts it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

import orjson

from db.errors import ActiveOperationError, RepeatedRequestError
from db.events import Bell, NewEvent
from db.operation_reading import OperationFilter
from db.records import (
    AppEnvironmentRecord,
    ClusterRecord,
    EventRecord,
    OperationClusterRecord,
    OperationDetailRecord,
    OperationOrder,
    OperationRecord,
    Page,
)
from db.transaction import Database, Transaction
from db.words import ClusterPhase, EventType, OnFailure, OperationKind, OperationState
from services.access import Actor
from services.engine.brief import Brief, Handed
from services.errors import (
    Category,
    IdempotencyMismatchError,
    NotFoundError,
    OperationUnderwayError,
    StagecoachError,
)
from services.planning.redact import Fingerprints

T = TypeVar("T")

_LOOK_ANYWAY = 15.0  # seconds after which a reader looks for events although no bell rang
_EVENTS_AT_ONCE = 500

_log = logging.getLogger("stagecoach.operations")


class ValuesErasedError(StagecoachError):
    """A retry needs values that were typed in and erased at the end; `extra.values` names them."""

    code = "values-erased"
    title = "Values have to be typed in again"
    category = Category.CONFLICT


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
    """What the operation was to bring is older than what a later one brought; `extra.operation` is that one."""

    code = "operation-superseded"
    title = "A later operation has changed the app environment"
    category = Category.CONFLICT


class ArrivalsTakenError(StagecoachError):
    """Pushed images that an operation was to carry out do not wait for it any more: nothing was started."""

    code = "arrivals-taken"
    title = "The images were deployed otherwise, or newer ones came"
    category = Category.CONFLICT


@dataclass(frozen=True, kw_only=True)
class IdempotencyKey:
    """What a caller sent to be able to repeat the request, and a fingerprint of what was asked.

    The fingerprint is kept under the installation's key alone: a request may hold values that a plain hash gives away
    to whoever can guess them (a Secret in a manifest's text).
    """

    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class NewOperationCluster:
    """`wave` counts from 0; a wave begins when the one before has proved the change.

    `before` is what undoing needs, where that is known when the operation is queued.
    """

    cluster: ClusterRecord
    wave: int = 0
    before: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def begins(self) -> bool:
        """Whether the cluster counts as begun as soon as the operation is queued: nothing is left to be remembered."""
        return self.wave == 0 and self.before is not None


@dataclass(frozen=True, kw_only=True)
class NewOperation:
    """An operation to be started. `request` and `plan` are plain JSON and hold no Secret's value.

    `secrets` are the values typed in, by Secret and key: stored encrypted, erased when the operation ends.
    `plan` may hold what its end is to leave behind: `configured` = {namespace, resources: [{api_version, kind, name}]}
    and `release` = {cluster name: [images]}. `arrivals` are the numbers of pushed images that it carries out: their
    verdicts go over to it in the transaction that queues it. With `all_arrivals`, it is queued only if all still wait.
    """

    kind: OperationKind
    app_environment: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    actor: Actor
    request: dict[str, Any]
    plan: dict[str, Any]
    plan_digest: str
    clusters: tuple[NewOperationCluster, ...]
    on_failure: OnFailure
    secrets: dict[str, Any] | None = field(default=None, repr=False)
    idempotency: IdempotencyKey | None = None
    arrivals: tuple[int, ...] = ()
    all_arrivals: bool = False


class Starter(Protocol):
    """The engine, as far as it matters here (services.engine.engine.Engine)."""

    async def start(self, operation_id: str, *, attempt: int, waves: int, handed: Handed | None = None) -> None: ...


class Operations:
    def __init__(self, *, database: Database, engine: Starter, bell: Bell, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints
        self._engine = engine
        self._bell = bell
        self._finishing: set[asyncio.Task[Any]] = set()

    async def start(self, new: NewOperation, *, work: object | None = None) -> OperationRecord:
        """Queue it and have it carried out; `work` is handed to its worker once, to spare it from planning again.

        A repeated request gets the first one's operation. Raises `OperationUnderwayError`, `IdempotencyMismatchError`,
        `ArrivalsTakenError`.
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

    async def retry(
        self, operation_id: str, *, actor: Actor, secrets: dict[str, dict[str, str]] | None = None
    ) -> OperationRecord:
        """Carry it out again on the clusters that are not as wanted.

        `secrets` brings the values that were typed in. Raises `NotFoundError`, `OperationUnderwayError` (it has not
        ended, or another one is under way), `NothingToRetryError`, `ValuesErasedError`, `SupersededError`.
        """
        return await self._to_the_end(self._retry(operation_id, actor, secrets))

    async def require(self, operation_id: str) -> None:
        """Raises `NotFoundError`; reads no more than that takes."""
        async with self._database.glance() as tx:
            if await tx.operations.progress(operation_id) is None:
                raise NotFoundError("operation", operation_id)

    async def follow(self, operation_id: str, *, after: int = 0) -> AsyncIterator[tuple[EventRecord, ...]]:
        """Its events beyond `after`, those that are there and those that come, until it has ended.

        What has come together is given together.
        """
        async with self._bell.listening(operation_id) as ring:
            while True:
                async with self._database.glance() as tx:
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
                operation = await _queue(tx, new)
        except RepeatedRequestError:
            assert new.idempotency is not None
            async with self._database.read() as tx:
                known = await _known(tx, new.actor, new.idempotency)
            assert known is not None
            return known
        except ActiveOperationError as active:
            raise _underway(new.app_environment, active) from None
        await self._tell_engine(operation, _handed(new, operation, work))
        return operation

    async def _retry(
        self, operation_id: str, actor: Actor, secrets: dict[str, dict[str, str]] | None
    ) -> OperationRecord:
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
                extra={"operation": active.operation_id or operation_id},
            ) from None
        await self._tell_engine(reopened)
        return reopened

    async def _tell_engine(self, operation: OperationRecord, handed: Handed | None = None) -> None:
        """It is committed, so it will be carried out whatever happens here: the engine looks for what nobody started.

        An error would tell the caller that nothing came of the request.
        """
        try:
            await self._engine.start(operation.id, attempt=operation.attempt, waves=operation.waves, handed=handed)
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


async def _queue(tx: Transaction, new: NewOperation) -> OperationRecord:
    """The record is what the rows would give: reading them back costs as much as writing them."""
    target = new.app_environment
    app_environment_id = target.id or await tx.app_environments.ensure(target.application.id, target.environment.id)
    operation_id, created_at = await tx.operations.add(
        kind=new.kind,
        app_environment_id=app_environment_id,
        source_app_environment_id=new.source.id if new.source else None,
        actor=new.actor.name,
        token_id=new.actor.token_id,
        request=new.request,
        plan=new.plan,
        plan_digest=new.plan_digest,
        on_failure=new.on_failure,
        clusters=[(each.cluster.id, each.cluster.name, each.wave) for each in new.clusters],
        secrets=new.secrets,
        secret_names=sorted(_leaves(new.secrets or {})),
        idempotency=(new.idempotency.key, new.idempotency.fingerprint) if new.idempotency else None,
        begun={number: each.before for number, each in enumerate(new.clusters) if each.begins and each.before},
    )
    if new.arrivals:
        all_waited = await tx.verdicts.deploy(app_environment_id, new.arrivals, operation_id=operation_id)
        if new.all_arrivals and not all_waited:
            raise ArrivalsTakenError("They have been deployed otherwise, or newer ones came.")
    clusters = [each.cluster.name for each in new.clusters]
    said = NewEvent(type=EventType.OPERATION_QUEUED, data={"by": new.actor.name, "clusters": clusters})
    last_event = await tx.events.append(operation_id, [said])
    return OperationRecord(
        id=operation_id,
        kind=new.kind,
        state=OperationState.QUEUED,
        app_environment_id=app_environment_id,
        application=target.application.name,
        environment=target.environment.name,
        source_app_environment_id=new.source.id if new.source else None,
        source_environment=new.source.environment.name if new.source and new.source.id else None,
        actor=new.actor.name,
        token_id=new.actor.token_id,
        plan_digest=new.plan_digest,
        on_failure=new.on_failure,
        secret_names=tuple(sorted(_leaves(new.secrets or {}))),
        attempt=1,
        waves=1 + max((each.wave for each in new.clusters), default=0),
        last_event=last_event,
        cancel_requested_at=None,
        cancelled_by=None,
        clusters=tuple(_queued(each, position, created_at) for position, each in enumerate(new.clusters)),
        message=None,
        created_at=created_at,
        updated_at=created_at,
        started_at=None,
        ended_at=None,
        idempotency_fingerprint=new.idempotency.fingerprint if new.idempotency else None,
    )


def _queued(new: NewOperationCluster, position: int, at: datetime) -> OperationClusterRecord:
    return OperationClusterRecord(
        cluster_id=new.cluster.id,
        cluster_name=new.cluster.name,
        position=position,
        wave=new.wave,
        phase=ClusterPhase.ACTING if new.begins else ClusterPhase.WAITING,
        outcome=None,
        code=None,
        detail=None,
        resource=None,
        before=new.before if new.begins else None,
        expected=None,
        started_at=at if new.begins else None,
        ended_at=None,
    )


def _handed(new: NewOperation, operation: OperationRecord, work: object | None) -> Handed:
    """The rows of a new operation as the engine would read them, without the reading."""
    brief = Brief(
        operation=operation,
        order=OperationOrder(request=_as_stored(new.request), plan=_as_stored(new.plan)),
        target=replace(new.app_environment, id=operation.app_environment_id),
        source=new.source,
        clusters={each.cluster.id: each.cluster for each in new.clusters},
        secrets=new.secrets,
    )
    return Handed(brief=brief, work=work)


def _as_stored(document: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from the row: lists for tuples, words for enumerations."""
    stored: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return stored


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
            extra={"operation": known.id},
        )
    return known


def _check_retryable(operation: OperationRecord, secrets: dict[str, Any]) -> None:
    if not operation.state.ended:
        raise ActiveOperationError(operation.id)
    if all(each.outcome and each.outcome.good for each in operation.clusters):
        raise NothingToRetryError("The operation succeeded on every cluster.")
    missing = sorted(set(operation.secret_names) - set(_leaves(secrets)))
    if missing:
        raise ValuesErasedError(
            f"The values of {', '.join(missing)} were erased when the operation ended. Send them again.",
            extra={"values": missing},
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
        raise SupersededError(detail, extra={"operation": later})


def _leaves(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of the values, as `db-login/password`."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}"


def _underway(where: AppEnvironmentRecord, active: ActiveOperationError) -> OperationUnderwayError:
    return OperationUnderwayError(
        f"Another operation is under way for '{where.application.name}' in '{where.environment.name}'.",
        extra={"operation": active.operation_id} if active.operation_id else None,
    )
