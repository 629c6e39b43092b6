"""A new operation as a value, and the transaction that queues it.

Its record is built here and not read back from the rows: reading them would cost as much as writing them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from db.events import NewEvent
from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationClusterRecord, OperationRecord
from db.transaction import Transaction
from domain.actors import ActorKind
from domain.audit import AuditEntry, Target
from domain.follows import Follow
from domain.grants import Caller
from domain.secret_text import SecretValues, names_of_values
from domain.stored.plans import StoredImagePlan, StoredPlan
from domain.stored.ring_runs import RingRuns
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import ClusterPhase, EventType, OnFailure, OperationKind, OperationState
from services.engine.snapshot import OperationSnapshot, WarmStart
from services.errors import Category, StagecoachError
from services.reading.audit_entries import of_app_environment


class ImagePushesTakenError(StagecoachError):
    """The image pushes that an operation was to deploy are no longer pending. Nothing was started."""

    code = "image-pushes-taken"
    title = "The images were already deployed, or newer ones were pushed"
    category = Category.CONFLICT


class FollowOvertakenError(StagecoachError):
    """An environment that follows has changed since that was decided. Nothing was started."""

    code = "follow-overtaken"
    title = "Something else happened in the environment"
    category = Category.CONFLICT


@dataclass(frozen=True, kw_only=True)
class FollowTurn:
    """As what an environment promotes by itself: what it follows, and the newest operation there, as it was decided.

    It is queued only while both are so. Of two processes that decide the same, one is too late.
    """

    follow: Follow
    newest_operation: str | None


@dataclass(frozen=True, kw_only=True)
class IdempotencyKey:
    """The key that a caller sent to be able to repeat the request, and a fingerprint of the request.

    The fingerprint is stored keyed with the installation's key: a request may hold a Secret's value, which an attacker
    could guess and check against a plain hash.
    """

    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class NewOperationCluster:
    """A cluster of a new operation. `wave` counts from 0; a wave begins when the one before has succeeded.

    `undo` is what undoing needs, where that is known when the operation is queued.
    """

    cluster: ClusterRecord
    wave: int = 0
    undo: UndoImages | None = None

    @property
    def begins(self) -> bool:
        """Whether the cluster begins as the operation is queued: what undoing needs is committed then."""
        return self.wave == 0 and self.undo is not None


@dataclass(frozen=True, kw_only=True)
class LastVote:
    """The approval that starts a proposal's operation: it is cast in the transaction that queues it."""

    proposal_id: str
    caller: Caller
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class NewOperation:
    """An operation to be started.

    `secrets` are the values typed in: stored encrypted, erased when the operation ends. `image_pushes` are the numbers
    of the image pushes that it deploys: their verdicts become `deploying` in the transaction that queues it. With
    `all_image_pushes`, it is queued only if all of them are still pending, and none is offered to people. `reason` is
    why it passes a freeze. `lifts_holds`: it brings the newest images, so what roll-backs have held is let go.
    `converges`: it brings the last release again, to which automation has nothing to add, so nothing is held. The hold
    that a rollback sets ends at `hold_until`; None: when a person lifts it.
    `last_vote` and `break_glass` (a reason) are by what it passes an approval policy. `written` are the ids of the
    clusters that it may write, None for all: a stop of another one is not in its way. `rings` are what has to hold
    between its waves, and what a failure means. `member_of` is the id of the promotion set whose member it is, and its
    place in the order, from 0. `turn` is None but where an environment follows another one.
    """

    kind: OperationKind
    app_environment: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    caller: Caller
    spec: OperationSpec
    plan_digest: str
    clusters: tuple[NewOperationCluster, ...]
    on_failure: OnFailure
    secrets: SecretValues | None = None
    idempotency: IdempotencyKey | None = None
    image_pushes: tuple[int, ...] = ()
    all_image_pushes: bool = False
    reason: str | None = None
    lifts_holds: bool = False
    converges: bool = False
    hold_until: datetime | None = None
    last_vote: LastVote | None = None
    break_glass: str | None = None
    written: frozenset[str] | None = None
    rings: RingRuns | None = None
    member_of: tuple[str, int] | None = None
    turn: FollowTurn | None = None

    @property
    def downgrade(self) -> bool:
        """Whether it brings an older image than what runs. Of a rollback everybody knows that."""
        plan = self.spec.plan
        return self.kind is not OperationKind.ROLLBACK and isinstance(plan, StoredImagePlan) and plan.downgrade


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An operation that may be started, and what its worker need not plan again."""

    new: NewOperation
    work: object | None = None


async def queue(tx: Transaction, new: NewOperation) -> OperationRecord:
    """Write the rows of a new operation; returns their record.

    Raises `ImagePushesTakenError`, `FollowOvertakenError`, `ActiveOperationError` and `RepeatedRequestError`.
    """
    target = new.app_environment
    app_environment_id = target.id or await tx.app_environments.ensure(target.application.id, target.environment.id)
    if new.turn is not None:
        await require_turn(tx, app_environment_id, new.turn)
    operation_id, created_at = await tx.operation_lifecycle.add(
        kind=new.kind,
        app_environment_id=app_environment_id,
        source_app_environment_id=new.source.id if new.source else None,
        actor=new.caller.ref,
        token_id=new.caller.token_id,
        spec=new.spec,
        plan_digest=new.plan_digest,
        on_failure=new.on_failure,
        clusters=[(each.cluster.id, each.cluster.name, each.wave) for each in new.clusters],
        secrets=new.secrets,
        idempotency=(new.idempotency.key, new.idempotency.fingerprint) if new.idempotency else None,
        reason=new.reason,
        rings=new.rings,
        downgrade=new.downgrade,
        member_of=new.member_of,
        begun={number: each.undo for number, each in enumerate(new.clusters) if each.begins and each.undo},
    )
    if new.image_pushes:
        all_pending = await tx.verdicts.deploy(
            app_environment_id, new.image_pushes, operation_id=operation_id, offered=not new.all_image_pushes
        )
        if new.all_image_pushes and not all_pending:
            raise ImagePushesTakenError("Another operation deployed the images, or newer images were pushed.")
    await _hold_or_let_go(tx, new, operation_id)
    clusters = [each.cluster.name for each in new.clusters]
    queued = NewEvent(type=EventType.OPERATION_QUEUED, data={"by": new.caller.name, "clusters": clusters})
    last_event = await tx.events.append(operation_id, [queued])
    await tx.audit.add(_audited(new, operation_id))
    return OperationRecord(
        id=operation_id,
        kind=new.kind,
        state=OperationState.QUEUED,
        app_environment_id=app_environment_id,
        application=target.application.name,
        environment=target.environment.name,
        source_app_environment_id=new.source.id if new.source else None,
        source_environment=new.source.environment.name if new.source and new.source.id else None,
        actor=new.caller.name,
        actor_kind=new.caller.ref.kind,
        actor_id=new.caller.ref.id,
        token_id=new.caller.token_id,
        plan_digest=new.plan_digest,
        on_failure=new.on_failure,
        secret_names=tuple(sorted(names_of_values(new.secrets or {}))),
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
        reason=new.reason,
        rings=new.rings,
        downgrade=new.downgrade,
        promotion_set=new.member_of[0] if new.member_of else None,
        set_stage=new.member_of[1] if new.member_of else None,
    )


async def require_turn(tx: Transaction, app_environment_id: str, turn: FollowTurn) -> None:
    """Lock the app environment. Raises `FollowOvertakenError` where it is not as the turn says."""
    await tx.app_environments.lock(app_environment_id)
    now = await tx.app_environments.get(app_environment_id)
    follow = now.follow if now is not None else None
    same = follow is not None and (follow.source.id, follow.terms) == (turn.follow.source.id, turn.follow.terms)
    if not same or await tx.place_operations.newest(app_environment_id) != turn.newest_operation:
        raise FollowOvertakenError("What it follows was changed, or another operation was started there.")


def _audited(new: NewOperation, operation_id: str) -> AuditEntry:
    """What was asked for, and the digest of the plan; of values that were typed in, their names."""
    after = {
        "kind": new.kind.value,
        "plan_digest": new.plan_digest,
        "waves": [[each.cluster.name, each.wave] for each in new.clusters],
        "on_failure": new.on_failure.value,
        **({"failure": new.rings.failure.value} if new.rings and new.rings.failure else {}),
        "source": new.source.environment.name if new.source else None,
        "namespace": new.spec.plan.leaves.namespace,
        "images": {
            cluster: sorted({each.image.reference for each in images})
            for cluster, images in new.spec.plan.leaves.images.items()
        },
        "typed_in": sorted(names_of_values(new.secrets or {})),
        "brought": _brought(new.spec.plan),
        "image_pushes": list(new.image_pushes),
        **({"promotion_set": new.member_of[0]} if new.member_of else {}),
    }
    operation = Target(kind="operation", id=operation_id, name=new.kind.value)
    return of_app_environment(new.caller, "operation.queued", new.app_environment, operation, after=after)


def _brought(plan: StoredPlan) -> list[str]:
    """The keys that a change of images brings first, as `ConfigMap web/mode`."""
    keys = plan.brought_keys if isinstance(plan, StoredImagePlan) else {}
    return sorted(f"{resource.label}/{key}" for resource, names in keys.items() for key in names)


async def _hold_or_let_go(tx: Transaction, new: NewOperation, operation_id: str) -> None:
    """A person who requests a roll-back has automation leave the place alone: it would bring the same images again.

    As the roll-back is requested, not as it succeeds: until then automation would be faster
    (https://github.com/akuity/kargo/issues/6334). One hold is enough, so it takes the place of an earlier roll-back's.
    """
    by_person = new.caller.ref.kind is not ActorKind.AUTOMATION
    rolls_back = new.kind is OperationKind.ROLLBACK and by_person and not new.converges
    if not rolls_back and not new.lifts_holds:
        return
    target = new.app_environment
    where = {"environment_id": target.environment.id, "application_id": target.application.id}
    operation = Target(kind="operation", id=operation_id, name=new.kind.value)
    lifted = await tx.holds.remove_of_rollbacks(**where)
    if rolls_back:
        reason = f"{new.caller.name} requested a roll-back{f': {new.reason}' if new.reason else '.'}"
        await tx.holds.add(**where, reason=reason, until=new.hold_until, by=new.caller.ref, operation_id=operation_id)
        await tx.audit.add(
            of_app_environment(
                new.caller,
                "hold.created",
                target,
                operation,
                after={"reason": reason, "until": new.hold_until and new.hold_until.isoformat()},
            )
        )
    elif lifted:
        await tx.audit.add(of_app_environment(new.caller, "hold.lifted", target, operation, before={"holds": lifted}))


def _queued(new: NewOperationCluster, position: int, at: datetime) -> OperationClusterRecord:
    return OperationClusterRecord(
        cluster_id=new.cluster.id,
        cluster_name=new.cluster.name,
        position=position,
        wave=new.wave,
        phase=ClusterPhase.APPLYING if new.begins else ClusterPhase.WAITING,
        outcome=None,
        code=None,
        detail=None,
        resource=None,
        undo=new.undo if new.begins else None,
        expected=None,
        started_at=at if new.begins else None,
        ended_at=None,
    )


def warm_start(new: NewOperation, operation: OperationRecord, work: object | None) -> WarmStart:
    """The new operation as the engine would read it from the rows, with the `work` for its worker."""
    snapshot = OperationSnapshot(
        operation=operation,
        spec=new.spec,
        target=replace(new.app_environment, id=operation.app_environment_id),
        source=new.source,
        clusters={each.cluster.id: each.cluster for each in new.clusters},
        secrets=new.secrets,
    )
    return WarmStart(snapshot=snapshot, work=work)
