"""Bindings and rights in the contract."""

from typing import Annotated, Self

from pydantic import Field

from api.schemas.actors import ActorRead
from api.schemas.base import Input, Labels, Moment, MomentInput, Name, Output, PageRead, Text
from domain.rights import Right, Subject, SubjectKind
from domain.words import Role
from services.people.bindings import BindingView, ExplainedRight, HeldRight, NewBinding

_Names = Annotated[list[Name], Field(min_length=1, max_length=500)]


class SubjectInput(Input):
    """Whom a binding gives a role."""

    kind: SubjectKind
    id: Text = Field(
        min_length=1,
        max_length=500,
        description="The id of the person, service account or trust; of a group `<provider>:<group>`, as the provider "
        "names the group.",
        examples=["keycloak:platform"],
    )


class SubjectRead(Output):
    """Whom a binding gives a role."""

    kind: SubjectKind
    id: str
    name: str = Field(description="The present name; the id where it has none.")


class ScopeRead(Output):
    """Applications in environments."""

    applications: list[str] | None = Field(description="Names; null for all.")
    labels: dict[str, str] | None = Field(description="Only applications that bear all of these; null for none.")
    environments: list[str] | None = Field(description="Names; null for all.")


class BindingCreate(Input):
    """A role for a subject on applications in environments."""

    subject: SubjectInput
    role: Role
    applications: _Names | None = Field(None, description="Only on these; null for all.")
    labels: Labels | None = Field(None, description="Only on applications that bear all of these.")
    environments: _Names | None = Field(None, description="Only in these; null for all.")
    break_glass: bool = Field(
        default=False, description="Adds the right to start without the approvals that an environment asks for."
    )
    expires_at: MomentInput | None = Field(None, description="Null: it lasts.")

    def to_new(self) -> NewBinding:
        return NewBinding(
            subject=Subject(kind=self.subject.kind, id=self.subject.id),
            role=self.role,
            applications=None if self.applications is None else tuple(self.applications),
            labels=self.labels,
            environments=None if self.environments is None else tuple(self.environments),
            break_glass=self.break_glass,
            expires_at=self.expires_at,
        )


class BindingRead(Output):
    """A role of a subject on applications in environments."""

    id: str
    subject: SubjectRead
    role: Role
    break_glass: bool
    scope: ScopeRead
    expires_at: Moment | None
    created_by: ActorRead
    created_at: Moment

    @classmethod
    def of(cls, view: BindingView) -> Self:
        subject = {"kind": view.subject.kind, "id": view.subject.id, "name": view.subject_name}
        return cls.model_validate({**vars(view), "subject": subject})


class BindingPage(PageRead[BindingRead]):
    """Bindings, the newest first. A page may be shorter than its limit before the last one."""


class HeldRightRead(Output):
    """A right, and where the caller holds it."""

    right: Right
    scopes: list[ScopeRead]


class MyRights(Output):
    """What the caller may do, and where; a right that is missing is held nowhere."""

    items: list[HeldRightRead]

    @classmethod
    def of(cls, held: tuple[HeldRight, ...]) -> Self:
        return cls.model_validate({"items": held})


class ExplainedRightRead(Output):
    """Whether a right is held, and by which bindings."""

    right: Right
    held: bool
    because_of: list[BindingRead]


class RightsExplained(Output):
    """What a subject may do with one application in one environment."""

    items: list[ExplainedRightRead]

    @classmethod
    def of(cls, explained: tuple[ExplainedRight, ...]) -> Self:
        return cls(
            items=[
                ExplainedRightRead(
                    right=each.right, held=each.held, because_of=[BindingRead.of(view) for view in each.because_of]
                )
                for each in explained
            ]
        )
