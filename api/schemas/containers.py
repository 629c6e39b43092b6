"""Which containers a request is about, in the contract."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Input, Output, ResourceInput, ResourceRead
from domain.images import ContainerRef, Omission

ContainerName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["web"])]


class ContainerInput(Input):
    """A container of a workload."""

    workload: ResourceInput
    container: ContainerName

    def to_ref(self) -> ContainerRef:
        return ContainerRef(workload=self.workload.to_id(), container=self.container)


class ContainerRead(Output):
    """A container of a workload."""

    workload: ResourceRead
    container: str


class OmissionInput(Input):
    """A workload, or one container of it, that stays as it is."""

    workload: ResourceInput
    container: ContainerName | None = Field(None, description="If left out, all containers of the workload.")

    def to_omission(self) -> Omission:
        return Omission(workload=self.workload.to_id(), container=self.container)


LeaveOut = Annotated[
    list[OmissionInput],
    Field(max_length=2000, description="What stays as it is although it matches. The remedy `leave-out` adds to it."),
]


class OmissionRead(Output):
    """A workload, or one container of it, that was to stay as it is."""

    workload: ResourceRead
    container: str | None = Field(description="Null: all containers of the workload.")
