"""What every model of the contract shares: strictness, names, resources, pages, problems of plans.

Input refuses unknown members. Output has no defaults, so that generated clients get required fields; it is read
from the services' frozen values by attribute.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from domain.problems import Severity
from domain.resources import ResourceId
from services.planning.plan import ChangeKind, Comparison

NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
NAMESPACE_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"

_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")


class Input(BaseModel):
    """A request body or a part of one: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Output(BaseModel):
    """A response body or a part of one, read from a service's value."""

    model_config = ConfigDict(from_attributes=True, frozen=True, serialize_by_alias=True)

    @classmethod
    def reading(cls, value: object) -> Self:
        """The model of a value whose attributes have the contract's names."""
        return cls.model_validate(value)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can write half of a surrogate pair
        raise ValueError("must not contain halves of surrogate pairs") from None
    return text


def _rfc_3339(value: object) -> object:
    # pydantic also accepts numbers as seconds since 1970, which the contract does not allow.
    if not isinstance(value, str) or not _DATE_TIME.match(value):
        raise ValueError("must be a date and time as RFC 3339 writes them")
    return value


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[
    str,
    Field(
        pattern=NAME_PATTERN, description="Letters, digits and inner hyphens; case is kept but does not distinguish."
    ),
]
Namespace = Annotated[str, Field(pattern=NAMESPACE_PATTERN, description="A Kubernetes namespace.")]
ClusterName = Annotated[str, Field(description="The name of a registered cluster.")]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"),
    Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"}),
]
MomentInput = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), Field(description="RFC 3339 with a time zone.")]
PlanDigest = Annotated[
    str,
    Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="The digest of the previewed plan. With it, the request is refused (409 `plan-outdated`) if the "
        "plan differs now; without it, the present plan is executed.",
    ),
]


class ResourceInput(Input):
    """A resource by kind and name."""

    api_version: str = Field(
        max_length=317, pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[a-z0-9]{1,63}$", examples=["apps/v1"]
    )
    kind: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,62}$", examples=["Deployment"])
    # Mostly DNS subdomains, but names of roles may hold colons and capitals.
    name: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:@-]{0,251}[A-Za-z0-9])?$", examples=["web"])

    def to_id(self) -> ResourceId:
        return ResourceId.of(self.api_version, self.kind, self.name)


class ResourceRead(Output):
    """A resource by kind and name."""

    api_version: str = Field(examples=["apps/v1"])
    kind: str = Field(examples=["Deployment"])
    name: str = Field(examples=["web"])

    @model_validator(mode="before")
    @classmethod
    def _from_id(cls, value: Any) -> Any:
        if isinstance(value, ResourceId):
            return value.to_json()
        return value


ResourceText = Annotated[
    str | None,
    BeforeValidator(lambda value: str(value) if isinstance(value, ResourceId) else value),
    Field(
        description="`resource_ref` as text; a later release leaves it out.",
        examples=["apps/v1/Deployment/web"],
        json_schema_extra={"deprecated": True},
    ),
]
"""What clients of the former release read: docs/decisions/words-change-in-two-steps.md."""


class RemedyRead(Output):
    """What one request does about a problem: ask for the plan again with more in its request."""

    code: str = Field(description="Stable, for programs.", examples=["bring-keys"])
    title: str = Field(description="For people: what a button says.", examples=["Bring 3 keys"])
    request: dict[str, Any] = Field(
        description="The members to add to the request that was previewed: a list is appended to the list that is "
        "there, anything else takes its place."
    )


class PlanProblemRead(Output):
    """One problem of a plan: `blocks` prevents its execution, `warns` does not, `tells` asks for nothing."""

    code: str = Field(description="Stable, for programs.", examples=["missing-right"])
    severity: Severity
    detail: str = Field(description="For people: what is wrong, and what to do.")
    cluster: str | None
    resource: ResourceRead | None
    field: str | None
    consent: str | None = Field(description="The consent in `allow` that lifts it.")
    tool: str | None = Field(
        description="The tool that delivers the workload, where the problem is about that; else null.",
        examples=["Helm", "Argo CD", "Flux"],
    )
    remedy: RemedyRead | None = Field(description="What one request does about it; null where none does.")


class ChangeRead(Output):
    """One field that would change. Of a Secret's values only `comparison` is shown."""

    path: str = Field(examples=["spec.template.spec.containers[web].image"])
    kind: ChangeKind
    before: Any
    after: Any
    comparison: Comparison | None


Item = TypeVar("Item")


class PageRead(Output, Generic[Item]):
    """One page of a list; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Item]
    next_cursor: str | None


Labels = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?$")],
        Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,63}$")],
    ],
    Field(max_length=64, description='Free labels, as `{"region": "eu"}`.', examples=[{"region": "eu"}]),
]
