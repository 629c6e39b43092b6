"""Promotion sets and groups of applications in the contract."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from api.schemas.base import Input, Moment, Name, Output, PageRead, PlanDigest, Text
from api.schemas.bringing import Bring, to_brought
from api.schemas.containers import LeaveOut
from api.schemas.gates import BreakGlassMember
from api.schemas.operations import OperationRead
from api.schemas.promotions import AskedStrategy, Consents, FullSoak, PromotionPlanRead
from domain.words import OperationKind, OperationState, SetOrder
from services.changes.promotion_sets import PromotionSetRequest, SetRollbackRequest
from services.changes.set_reading import SetView

Applications = Annotated[
    list[Name],
    Field(min_length=1, max_length=50, description="By name, each once.", examples=[["shop", "checkout"]]),
]
Order = Annotated[
    SetOrder,
    Field(
        description="`all-at-once`, or `one-by-one` as they are listed: in each ring, an application begins when the "
        "one before has rolled out there."
    ),
]


class PromotionSetCreate(Input):
    """Promote applications together: either `applications` or a `group`."""

    source_environment: Name = Field(examples=["Staging"])
    target_environment: Name = Field(examples=["Production"])
    applications: Applications | None = None
    group: Name | None = Field(None, description="The name of a group of applications, in its order.")
    order: Order = SetOrder.ALL_AT_ONCE
    source_cluster: Name | None = Field(None, description="Required if the source's clusters run different images.")
    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None
    allow: Consents = Field(default_factory=list)
    bring: dict[Name, Bring] = Field(
        default_factory=dict,
        max_length=50,
        description="Keys that the target of an application lacks, by its name: each cluster gets them before its "
        "images, as in a promotion of that application.",
        examples=[{"shop": [{"kind": "ConfigMap", "name": "shop", "keys": ["mode"]}]}],
    )
    leave_out: dict[Name, LeaveOut] = Field(
        default_factory=dict,
        max_length=50,
        description="What stays as it is although it matches, by the application's name.",
    )
    restart: list[Name] = Field(
        default_factory=list,
        max_length=50,
        description="The applications in which the workloads that read the keys that `bring` has for them, and get no "
        "other image, are restarted.",
    )
    break_glass: BreakGlassMember = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.applications is None) == (self.group is None):
            raise ValueError("give either applications or a group")
        return self

    def to_request(self) -> PromotionSetRequest:
        return PromotionSetRequest(
            source_environment=self.source_environment,
            target_environment=self.target_environment,
            applications=tuple(self.applications or ()),
            group=self.group,
            order=self.order,
            source_cluster=self.source_cluster,
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
            plan_digest=self.plan_digest,
            allow=tuple(self.allow),
            bring={name: to_brought(keys) for name, keys in self.bring.items()},
            leave_out={name: tuple(each.to_omission() for each in asked) for name, asked in self.leave_out.items()},
            restart=tuple(self.restart),
        )


class PromotionSetRollback(Input):
    """Take back what a set changed, in every application on every cluster, and nothing else."""

    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None
    allow: Consents = Field(default_factory=list)
    hold_until: Moment | None = Field(
        None, description="When the holds that it sets run out. If left out: when somebody lifts them."
    )
    full_soak: FullSoak = False
    reason: Text | None = Field(
        None,
        min_length=1,
        max_length=500,
        pattern=r"\S",
        description="Why. A rollback with a reason passes freezes; the holds that it sets repeat it.",
    )

    def to_request(self) -> SetRollbackRequest:
        return SetRollbackRequest(
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
            plan_digest=self.plan_digest,
            allow=tuple(self.allow),
            reason=self.reason,
            hold_until=self.hold_until,
            full_soak=self.full_soak,
        )


class SetMemberPlanRead(Output):
    """What a set would do in one application."""

    application: str
    stage: int = Field(description="Its place in the order, from 0.")
    blocked: bool = Field(description="Whether it keeps the set from being started.")
    plan: PromotionPlanRead


class PromotionSetPlanRead(Output):
    """What a set would do, application by application."""

    digest: str = Field(description="Send it as `plan_digest` to execute this plan or none.")
    kind: OperationKind
    source_environment: str | None = Field(description="Null for a rollback.")
    target_environment: str
    order: SetOrder
    members: list[SetMemberPlanRead]
    blocked: bool = Field(description="Whether a problem of any application prevents execution.")
    nothing_to_do: bool


class ImageCopyProgressRead(Output):
    """How far the copy of an image to the registry of its name there has come."""

    source: str = Field(examples=["registry.dev.example/shop/web:1.5.0"])
    target: str = Field(examples=["registry.prod.example/shop/web:1.5.0"])
    digest: str = Field(description="The same in both registries.")
    ended: bool = Field(description="Whether all of it is there. Where it is not as the operation ends, it failed.")
    bytes: int | None = Field(description="What the registry lacked; null while that is not known.")
    bytes_done: int | None = Field(description="How much of it has come; null while that is not known.")


class PromotionSetMemberRead(Output):
    """An application of a set: its operation, with a lane for each cluster."""

    application: str
    stage: int = Field(description="Its place in the order, from 0.")
    operation: OperationRead
    release: int | None = Field(
        description="The number of the release that it recorded; null where it did not succeed."
    )
    copies: list[ImageCopyProgressRead] = Field(
        description="The images that it copies to another registry before a cluster is changed, as far as that began."
    )


class PromotionSetRead(Output):
    """Several applications that are promoted, or rolled back, as one operation."""

    id: str
    kind: OperationKind = Field(description="`promotion` or `rollback`.")
    state: OperationState
    source_environment: str | None = Field(description="Null for a rollback.")
    environment: str
    group: str | None = Field(description="The group that was named.")
    order: SetOrder
    takes_back: str | None = Field(description="The id of the set that a rollback takes back.")
    plan_digest: str
    actor: str = Field(description="Who started it.")
    attempt: int = Field(description="From 1; each retry adds 1.")
    message: str | None = Field(description="The result in one sentence.")
    members: list[PromotionSetMemberRead] = Field(
        description="In the order in which they are changed. Their operations are decided about by the set alone."
    )
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, view: SetView) -> Self:
        members = [
            {
                "application": each.application,
                "stage": each.set_stage,
                "operation": each,
                "release": view.releases.get(each.id),
                "copies": view.copies.get(each.id, ()),
            }
            for each in view.record.members
        ]
        return cls.model_validate({**vars(view.record), "members": members})


class PromotionSetPage(PageRead[PromotionSetRead]):
    """Promotion sets, the newest first."""


class ApplicationGroupInput(Input):
    """The applications of a group, in the order in which a set changes them one by one."""

    applications: Applications


class ApplicationGroupRead(Output):
    """A named group of applications that are promoted together."""

    name: str
    applications: list[str]


class ApplicationGroupList(Output):
    """The groups of which the caller sees all applications, by name."""

    items: list[ApplicationGroupRead]
