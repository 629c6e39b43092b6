"""Comparisons and expected differences in the contract."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field

from api.schemas.actors import ActorRead
from api.schemas.base import ClusterName, Input, Moment, Name, Output, ResourceRead, Text
from api.schemas.gates import Reason
from db.expected_differences import ExpectedDifferenceRecord
from domain.comparisons import ObjectField
from services.planning.comparing.values import ComparisonSection, DifferenceKind, ExpectedReason, Seen, Side, SideName
from services.reading.comparing import ComparisonResult


class ComparisonFormat(StrEnum):
    """How a comparison is answered."""

    JSON = "json"
    TEXT = "text"


class ComparedValueRead(Output):
    """What clusters of one side have."""

    clusters: list[ClusterName]
    present: bool = Field(description="Whether they have the field at all.")
    value: Any = Field(description="Null where it is absent or `hidden`. Long values are shown in part.")


class DifferenceRead(Output):
    """One field that the sides do not have alike. Clusters of one side with the same value stand together."""

    resource: ResourceRead
    path: str = Field(
        description="Empty: the object as a whole.",
        examples=["spec.template.spec.containers[web].env[LOG_LEVEL].value"],
    )
    section: ComparisonSection
    kind: DifferenceKind
    key: str | None = Field(description="The key of a ConfigMap or Secret.")
    hidden: bool = Field(
        description="The values are not shown: those of Secrets to no caller, those of ConfigMaps and variables to "
        "callers who may not import."
    )
    expected: bool = Field(description="A person marked it as meant.")
    proposed: ExpectedReason | None = Field(
        description="Why it is probably meant: it counts as a difference until a person marks it."
    )
    missing_in: SideName | None = Field(
        description="The side that lacks this key, or this ConfigMap or Secret as a whole: an import can bring it "
        "there. Null for any other difference."
    )
    left: list[ComparedValueRead]
    right: list[ComparedValueRead]


class ComparedClusterRead(Output):
    """A cluster of one side."""

    cluster: ClusterName
    read: bool
    code: str | None = Field(description="Why it could not be read, for programs.")
    error: str | None = Field(description="Why it could not be read.")

    @classmethod
    def of(cls, seen: Seen) -> Self:
        failure = seen.failure
        return cls(
            cluster=seen.cluster,
            read=failure is None,
            code=failure.code if failure else None,
            error=failure.detail if failure else None,
        )


class ComparedSideRead(Output):
    """One side of a comparison."""

    environment: str
    namespace: str | None
    release: int | None = Field(description="The release that is compared; null: what there is now.")
    clusters: list[ComparedClusterRead]
    skew: int = Field(description="In so many fields its clusters differ among themselves.")

    @classmethod
    def of_side(cls, side: Side, skew: int) -> Self:
        return cls(
            environment=side.environment,
            namespace=side.namespace,
            release=side.release,
            clusters=[ComparedClusterRead.of(each) for each in side.clusters],
            skew=skew,
        )


class SectionCountRead(Output):
    """How much of a section is the same, differs, and differs as expected."""

    section: ComparisonSection
    same: int = Field(description="Containers' images, keys, variables and so on; of the other fields, objects.")
    different: int = Field(description="Without the expected ones.")
    expected: int


class ComparisonRead(Output):
    """An application in two places. What is the same is counted, not listed."""

    application: str
    same: bool = Field(description="Nothing differs that is not expected, and everything could be read.")
    complete: bool = Field(description="Whether everything could be read.")
    left: ComparedSideRead
    right: ComparedSideRead
    differences: list[DifferenceRead] = Field(description="By section, then by object and path.")
    counts: list[SectionCountRead]
    not_recorded: list[ComparisonSection] = Field(
        description="What a release does not hold, so that it is not compared."
    )
    not_compared: list[str] = Field(description="What could not be read, in sentences.")
    lacking: str | None = Field(
        description="The right that the caller lacks to import keys and to mark differences as expected, in a "
        "sentence; null if it lacks none."
    )

    @classmethod
    def of(cls, result: ComparisonResult) -> Self:
        return cls(
            application=result.application,
            same=result.same,
            complete=result.complete,
            left=ComparedSideRead.of_side(result.left, result.left_skew),
            right=ComparedSideRead.of_side(result.right, result.right_skew),
            differences=[DifferenceRead.reading(each) for each in result.differences],
            counts=[SectionCountRead.reading(each) for each in result.counts],
            not_recorded=list(result.not_recorded),
            not_compared=list(result.not_compared),
            lacking=result.lacking,
        )


class ExpectedFieldInput(Input):
    """A field of an object, in whatever version the object is read."""

    group: str = Field("", max_length=253, pattern=r"^[a-z0-9.-]*$", description="Empty: the core group.")
    kind: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,62}$", examples=["Deployment"])
    name: Text = Field(min_length=1, max_length=253, examples=["web"])
    path: Text = Field(
        "",
        max_length=2_000,
        description="As differences have it; everything below is expected, too. Empty: the object as a whole.",
        examples=["spec.replicas"],
    )

    def to_field(self) -> ObjectField:
        return ObjectField(group=self.group, kind=self.kind, name=self.name, path=self.path)


class ExpectedFieldRead(Output):
    """A field of an object."""

    group: str
    kind: str
    name: str
    path: str


class ExpectedDifferencesCreate(Input):
    """Fields that are meant to differ between two environments, in either direction."""

    environments: Annotated[
        list[Name],
        Field(
            min_length=2,
            max_length=2,
            description="Twice the same one for clusters or releases of one environment.",
            examples=[["Staging", "Production"]],
        ),
    ]
    fields: list[ExpectedFieldInput] = Field(min_length=1, max_length=500)
    reason: Reason | None = None


class ExpectedDifferenceRead(Output):
    """A field that is meant to differ between two environments."""

    id: str
    environments: list[str] = Field(description="Two, by rank.")
    field: ExpectedFieldRead
    reason: str | None
    by: ActorRead
    created_at: Moment

    @classmethod
    def of(cls, record: ExpectedDifferenceRecord) -> Self:
        return cls(
            id=record.id,
            environments=[each.name for each in record.environments],
            field=ExpectedFieldRead.reading(record.field),
            reason=record.reason,
            by=ActorRead.of(record.by),
            created_at=record.created_at,
        )


class ExpectedDifferenceList(Output):
    """Expected differences by pair of environments, then by field."""

    items: list[ExpectedDifferenceRead]
