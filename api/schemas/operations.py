"""Operations and their timeline in the contract."""

from typing import Any, Self

from pydantic import AliasChoices, Field

from api.schemas.base import Input, Moment, Output, PageRead, ResourceRead, ResourceText
from api.schemas.copying import DataKey, ObjectName, SecretValue
from api.schemas.gates import GateRead
from api.schemas.specs import PlanRead, RequestRead, plan_read, request_read
from api.schemas.strategies import OperationRingsRead
from db.records.operations import OperationDetailRecord
from domain.secret_text import SecretText, SecretValues
from domain.words import ClusterPhase, EventType, OnFailure, OperationKind, OperationState, Outcome


class OperationClusterRead(Output):
    """The state of an operation on one cluster. `outcome` is null until it has ended there."""

    cluster: str = Field(validation_alias=AliasChoices("cluster_name", "cluster"))
    wave: int = Field(
        description="Its ring by position, from 0. A ring begins when the one before has ended and holds."
    )
    phase: ClusterPhase
    outcome: Outcome | None
    code: str | None = Field(description="The reason, for programs.", examples=["cluster-unreachable"])
    detail: str | None = Field(description="The reason, in plain words.")
    resource: ResourceText
    resource_ref: ResourceRead | None = Field(
        validation_alias=AliasChoices("resource", "resource_ref"), description="The resource that decided it."
    )
    started_at: Moment | None
    ended_at: Moment | None
    catch_up: bool = Field(
        description="Whether the last attempt was made by itself, for this cluster and others of which this is true: "
        "they had not answered before."
    )


class PauseRead(Output):
    """Gates have paused an operation; its clusters say which of them have what."""

    at: Moment
    gates: list[GateRead]


class OperationRead(Output):
    """One execution of a plan, with its state and outcome on each cluster."""

    id: str
    kind: OperationKind
    state: OperationState
    application: str
    environment: str
    source_environment: str | None = Field(
        description="Of a promotion or import; `an environment that you may not see` where the caller does not see it."
    )
    actor: str = Field(description="Who started it.")
    on_failure: OnFailure
    downgrade: bool = Field(description="Whether a promotion or deployment brings an older image than what ran.")
    plan_digest: str
    secret_names: list[str] = Field(
        description="The Secret values of the request, as `db-login/password`; a retry has to send them again."
    )
    attempt: int = Field(description="From 1; each retry adds 1.")
    last_event: int = Field(description="The `seq` of its last event.")
    message: str | None = Field(description="The result in one sentence.")
    cancel_requested_at: Moment | None
    cancelled_by: str | None
    reason: str | None = Field(description="Why it passed a freeze, as its actor said.")
    pause: PauseRead | None = Field(
        description="Set while it is paused: it waits for a person, who continues, undoes or cancels it."
    )
    promotion_set: str | None = Field(
        description="The id of the promotion set that it is part of, which alone decides about it."
    )
    rings: OperationRingsRead | None = Field(
        description="Null where nothing has to hold between its rings, and no failure policy judges them."
    )
    clusters: list[OperationClusterRead]
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


class OperationPage(PageRead[OperationRead]):
    """Operations, the newest first."""


class OperationDetail(OperationRead):
    """An operation with its request and its plan, by kind. Neither holds Secret values."""

    request: RequestRead
    plan: PlanRead

    @classmethod
    def of(cls, record: OperationDetailRecord) -> Self:
        members = {
            **vars(record),
            "request": request_read(record.kind, record.spec),
            "plan": plan_read(record.kind, record.spec),
        }
        return cls.model_validate(members)


class EventRead(Output):
    """An entry of an operation's timeline, the `data` of a server-sent event: `seq` is its id.

    Its name is `former_type` if that is not null, otherwise `type`.
    """

    seq: int = Field(description="From 1, without gaps, in this operation.")
    type: EventType
    former_type: str | None = Field(
        description="The name of `type` in the previous release, if it was renamed.", examples=["rollback.started"]
    )
    at: Moment
    cluster: str | None
    resource: ResourceText
    resource_ref: ResourceRead | None = Field(
        validation_alias=AliasChoices("resource", "resource_ref"), description="The resource that it is about."
    )
    data: dict[str, Any]


class RetryRequest(Input):
    """The Secret values of a request are erased when its operation ends; a retry that needs them sends them again."""

    secrets: dict[ObjectName, dict[DataKey, SecretValue]] = Field(default_factory=dict)

    def to_secrets(self) -> SecretValues:
        return {
            name: {key: SecretText(value.get_secret_value()) for key, value in values.items()}
            for name, values in self.secrets.items()
        }
