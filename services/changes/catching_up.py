"""Catch-up: a cluster that an operation did not reach gets it when it answers again, by a retry on it alone.

Whether it does is judged from rows, by one function for the screens and for the transaction that queues the retry: so
of two processes one queues it, and a process that is killed before leaves the same rows to the next.
"""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from db.errors import ActiveOperationError
from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef
from domain.grants import Actor, ApplicationViewGrant
from domain.rights import Right
from domain.words import DeployMode, OperationKind
from services.changes.operations import Operations
from services.changes.reopening import reopen
from services.changes.retrying import reads_source, takes_maintainer
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.access import automation_actor
from services.people.automation import may_now
from services.people.gates import change_of, closed_gates
from services.planning.releases.catching_up import CatchUpHindrance, Missed, missed
from services.planning.releases.catching_up_words import sentence_of
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.permissions import Permissions, environment_ref

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CatchUp:
    """What clusters of an app environment missed, and whether they get it by themselves when they answer.

    `hindrance` is what is in the way now; None: nothing. `sentence` says all of it.
    """

    environment: str
    missed: Missed
    hindrance: CatchUpHindrance | None
    sentence: str

    @property
    def clusters(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(each.name for each in self.missed.clusters)


class CatchingUp:
    """Lets clusters catch up, and says what they missed."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._operations = operations
        self._limits = limits

    async def of(self, application: str, *, actor: Actor) -> tuple[CatchUp, ...]:
        """What clusters missed of an application, in the environments that the actor sees, by rank.

        Raises `NotFoundError`.
        """
        grant = await self._permissions.application(actor, ApplicationViewGrant, application)
        async with self._db.read() as tx:
            application_record = await tx.applications.get(grant.application.id)
            places = await tx.app_environments.of([application_record] if application_record else [])
            seen = [each for each in places if each.id and grant.sees(environment_ref(each.environment))]
            return tuple([found for each in seen for found in await catch_ups(tx, each)])

    async def bring_level(self, app_environment_id: str) -> bool:
        """Retry the oldest operation that clusters missed, on those of them that answer.

        Always False, so that a work queue backs off: the rows decide whether it comes again.
        """
        async with self._db.read() as tx:
            due = await _due(tx, app_environment_id)
            if due is None:
                return False
            ids = [each.cluster_id for each in due.missed.clusters if each.cluster_id is not None]
            known = await tx.clusters.some(ids)
        answering = await self._answering([*known.values()])
        if answering:
            with contextlib.suppress(ActiveOperationError):  # it came first; at its end this is judged again
                await self._retry(app_environment_id, due.missed.operation.id, answering)
        return False

    async def _retry(self, app_environment_id: str, operation_id: str, answering: Collection[str]) -> None:
        """Queue it, if that is still due, and have it executed. Raises `ActiveOperationError`."""
        async with self._db.begin() as tx:
            await tx.app_environments.lock(app_environment_id)
            due = await _due(tx, app_environment_id)
            if due is None or due.missed.operation.id != operation_id:
                return
            late = [each for each in due.missed.clusters if each.cluster_id in answering]
            operation = await tx.operations.get(operation_id)
            assert operation is not None, "it was found in this transaction"
            actor = automation_actor(f"catch-up for {operation.actor}")
            ids = [each.cluster_id for each in late if each.cluster_id is not None]
            reopened = await reopen(tx, operation, actor=actor, catching_up=ids)
        _log.info("clusters catch up", operation=operation_id, clusters=[each.name for each in late])
        await self._operations.pass_to_engine(reopened)

    async def _answering(self, clusters: Sequence[ClusterRecord]) -> frozenset[str]:
        """The ids of those that answer now."""
        deadline = Deadline.after(self._limits.probe)
        for cluster in clusters:
            self._clusters.allow_probe(cluster.id)  # the work queue limits how often

        async def ask(cluster: ClusterRecord) -> None:
            await (await self._clusters.gateway(credential_of(cluster))).version(deadline=deadline)

        answers = await fan_out(clusters, ask, deadline=deadline, name=lambda cluster: cluster.name)
        return frozenset(answer.item.id for answer in answers if answer.error is None)


async def catch_ups(tx: Transaction, target: AppEnvironmentRecord) -> tuple[CatchUp, ...]:
    """What clusters of the app environment missed, the oldest operation first."""
    assert target.id is not None, "what has operations has a row"
    histories = await tx.missed_operations.histories([target.id])
    here = {each.id for each in target.environment.clusters}
    found = []
    for each in missed(histories.get(target.id, ()), now=datetime.now(UTC)):
        of_it = Missed(
            operation=each.operation,
            clusters=tuple(cluster for cluster in each.clusters if cluster.cluster_id in here),
            hindrance=each.hindrance,
        )
        if of_it.clusters:
            found.append(await _judged(tx, target, of_it))
    return tuple(found)


async def _due(tx: Transaction, app_environment_id: str) -> CatchUp | None:
    """The oldest that nothing is in the way of."""
    target = await tx.app_environments.get(app_environment_id)
    if target is None:
        return None
    return next((each for each in await catch_ups(tx, target) if each.hindrance is None), None)


async def _judged(tx: Transaction, target: AppEnvironmentRecord, of_it: Missed) -> CatchUp:
    hindrance, why = await _hindrance(tx, target, of_it)
    return CatchUp(
        environment=target.environment.name,
        missed=of_it,
        hindrance=hindrance,
        sentence=sentence_of(of_it, hindrance, environment=target.environment.name, why=why),
    )


async def _hindrance(
    tx: Transaction, target: AppEnvironmentRecord, of_it: Missed
) -> tuple[CatchUpHindrance | None, str | None]:
    """What is in the way of a catch-up now, and what more there is to say of it."""
    standing = of_it.hindrance or _of_the_place(target)
    if standing is not None:
        return standing, None
    operation = await tx.operations.get(of_it.operation.id)
    assert operation is not None, "it was found in this transaction"
    lacking = await _lacking(tx, target, operation)
    if lacking is not None:
        return CatchUpHindrance.WITHOUT_RIGHT, lacking
    gates = await closed_gates(
        tx,
        change_of(
            target,
            operation.kind,
            actor=ActorKind.AUTOMATION,
            reason=operation.reason,
            cluster_ids=[each.cluster_id for each in of_it.clusters if each.cluster_id is not None],
            operation=operation.id,
        ),
    )
    if gates:
        return CatchUpHindrance.GATE_CLOSED, f"{gates[0]} {gates[0].opened_by}"
    assert target.id is not None
    if operation.kind is not OperationKind.ROLLBACK and target.id in await tx.verdicts.pending():
        return CatchUpHindrance.NEWER_IMAGE, None
    return None, None


def _of_the_place(target: AppEnvironmentRecord) -> CatchUpHindrance | None:
    if not target.environment.catch_up:
        return CatchUpHindrance.SWITCHED_OFF
    return CatchUpHindrance.UNDER_WAY if target.active_operation is not None else None


async def _lacking(tx: Transaction, target: AppEnvironmentRecord, operation: OperationRecord) -> str | None:
    """Why it may not go on: whoever started it may not start it now. None where they may."""
    by = _started_by(target, operation)
    if operation.actor_kind is ActorKind.AUTOMATION:
        if target.deploy_mode is not DeployMode.AUTO:
            return f"'{target.environment.name}' no longer deploys this application automatically."
        if by is None:  # a former release switched it on, or the environment's default
            return None
    if by is None:
        return "It is not known who started it."
    spec = await tx.operations.spec(operation.id)
    right = Right.MAINTAIN if takes_maintainer(operation.kind, spec) else Right.PROMOTE
    places = [target]
    if reads_source(operation.kind, spec) and operation.source_app_environment_id is not None:
        source = await tx.app_environments.get(operation.source_app_environment_id)
        places += [source] if source is not None else []  # of one that was deleted, the engine says so
    for each in places:
        if not await may_now(tx, by, right, each):
            where = f"'{each.application.name}' in '{each.environment.name}'"
            return f"'{by.name}', who started it, no longer has the right '{right}' on {where}."
    return None


def _started_by(target: AppEnvironmentRecord, operation: OperationRecord) -> ActorRef | None:
    """Who answers for it: of what Stagecoach deployed by itself, whoever switched that on."""
    if operation.actor_kind is ActorKind.AUTOMATION:
        return target.automation
    if operation.actor_kind is None or operation.actor_id is None:
        return None
    return ActorRef(kind=operation.actor_kind, id=operation.actor_id, name=operation.actor)
