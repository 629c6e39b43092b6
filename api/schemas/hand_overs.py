"""What is changed at the owner of a workload, in the contract."""

from pydantic import Field

from api.schemas.base import Output
from domain.words import ImageDelivery


class OwnerAddressRead(Output):
    """Where an owner is found."""

    title: str = Field(examples=["the Helm release shop in namespace shop"])
    cluster: str | None = Field(description="Null if it lives on the cluster of its workloads.")
    kind: str | None = Field(
        description="Null if its tool has one kind alone.", examples=["HelmRelease", "Kustomization"]
    )
    namespace: str
    name: str


class OwnerEditRead(Output):
    """A change at an owner."""

    where: str = Field(
        description="The path of a value as `helm --set` spells it, a field, or a file with its line.",
        examples=["image.tag"],
    )
    before: str | None = Field(description="Null if it was not set, and a default held.", examples=["1.4.2"])
    after: str | None = Field(description="Null if it is taken away again.", examples=["1.5.0"])


class HandOverRead(Output):
    """What is changed at a workload's owner, which then brings the image. Stagecoach does not write the workload."""

    delivery: ImageDelivery
    owner: OwnerAddressRead
    edits: list[OwnerEditRead] = Field(
        description="Containers that have one value in common have the same edit, which is made once. Empty in a plan "
        "that is blocked."
    )
    touches: list[str] = Field(
        description="What else changes or runs because of the edits: other containers, hooks. Sentences."
    )
