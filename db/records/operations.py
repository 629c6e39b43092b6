"""Operations, their clusters and their timelines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.actors import ActorKind
from domain.resources import ResourceId
from domain.stored.pauses import StoredPause
from domain.stored.plans import StoredImagePlan
from domain.stored.ring_runs import RingRuns
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.stored.spec import OperationSpec
from domain.words import ClusterPhase, EventType, OnFailure, OperationKind, OperationState, Outcome, PauseDecision


@dataclass(frozen=True, kw_only=True)
class OperationClusterRecord:
    """The state of an operation on one cluster. `cluster_id` is None once the cluster has been deleted.

    `undo` is what undoing needs, `expected` the rollouts to watch. `catch_up`: the last attempt was on this cluster,
    and others of which this is true, alone: it had not answered before.
    """

    cluster_id: str | None
    cluster_name: str
    position: int
    wave: int
    phase: ClusterPhase
    outcome: Outcome | None
    code: str | None
    detail: str | None
    resource: ResourceId | None
    undo: UndoImages | None
    expected: tuple[ExpectedRollout, ...] | None
    started_at: datetime | None
    ended_at: datetime | None
    catch_up: bool = False


@dataclass(frozen=True, kw_only=True)
class EndedOperation:
    """An operation that has ended, in brief."""

    id: str
    kind: OperationKind
    state: OperationState


@dataclass(frozen=True, kw_only=True)
class ImageOperation:
    """An operation that changes images and has ended, with its plan."""

    id: str
    kind: OperationKind
    state: OperationState
    actor: str
    actor_kind: ActorKind | None
    message: str | None
    created_at: datetime
    plan: StoredImagePlan


@dataclass(frozen=True, kw_only=True)
class PauseState:
    """What a paused operation looks at: whether a person has decided, and what."""

    paused: bool
    decision: PauseDecision | None
    cancel_requested: bool
    ended: bool


@dataclass(frozen=True, kw_only=True)
class OperationRecord:
    """An operation without its spec, which may be large. Names are the present ones.

    `rings` is None where nothing has to hold between its waves, and no failure policy judges them. `downgrade`: it
    brings an older image than what ran. `promotion_set` is the id of the set whose member it is, and `set_stage` the
    place in the set's order in which it is changed, from 0.
    """

    id: str
    kind: OperationKind
    state: OperationState
    app_environment_id: str
    application: str
    environment: str
    source_app_environment_id: str | None
    source_environment: str | None
    actor: str
    actor_kind: ActorKind | None
    actor_id: str | None
    token_id: str | None
    plan_digest: str
    on_failure: OnFailure
    secret_names: tuple[str, ...]
    attempt: int
    waves: int
    last_event: int
    cancel_requested_at: datetime | None
    cancelled_by: str | None
    clusters: tuple[OperationClusterRecord, ...]
    message: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    idempotency_fingerprint: str | None
    reason: str | None = None
    pause: StoredPause | None = None
    rings: RingRuns | None = None
    downgrade: bool = False
    promotion_set: str | None = None
    set_stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class OperationDetailRecord(OperationRecord):
    """An operation with its spec."""

    spec: OperationSpec


@dataclass(frozen=True, kw_only=True)
class ImageCopyRecord:
    """How far the copy of an image has come, as the last entry of the timeline about it says. `ended`: it is there.

    `bytes` are those that its registry lacked; None while nothing is known of them.
    """

    operation_id: str
    source: str
    target: str
    digest: str
    ended: bool
    bytes: int | None
    bytes_done: int | None


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """An entry of an operation's timeline; `seq` counts from 1 without gaps."""

    operation_id: str
    seq: int
    at: datetime
    type: EventType
    cluster: str | None
    resource: ResourceId | None
    data: dict[str, Any]

    @property
    def former_type(self) -> str | None:
        """What the former release called the type, if it was renamed since."""
        return self.type.former
