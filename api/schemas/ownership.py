"""Who owns workloads, and the repair of what earlier versions took, in the contract."""

from pydantic import Field

from api.schemas.base import Output, ResourceRead
from domain.words import ImageDelivery


class ClusterFailureRead(Output):
    """Why a cluster, or an object on it, could not be read or written."""

    code: str = Field(description="Stable, for programs.", examples=["cluster-unreachable"])
    detail: str = Field(description="For people.")


class PossibleDeliveryRead(Output):
    """An image delivery that works for a workload as it is."""

    delivery: ImageDelivery
    steps: list[str] = Field(description="What a person does to get there, in sentences and in their order.")


class OwnedWorkloadRead(Output):
    """A workload and its owner."""

    workload: ResourceRead
    owner: str | None = Field(
        description="What of Helm, Argo CD or Flux it belongs to; null if nothing is known.",
        examples=["the Helm release shop in namespace shop"],
    )
    above: list[str] = Field(
        description="What owns the owner, the nearest first, up to the root.",
        examples=[["the ApplicationSet shops", "the Git repository https://git.example/shop.git"]],
    )
    unread: str | None = Field(description="Why what is above the owner may not be all; null if it is.")
    applied_by: list[str] = Field(
        description="The field managers that apply it on the server side.", examples=[["helm"]]
    )
    taken: bool = Field(
        description="Whether an earlier version of Stagecoach took its image from such a manager, whose next apply "
        "therefore fails. The repair gives it back."
    )
    delivery: ImageDelivery | None = Field(
        description="The image delivery that holds; null if none was set and no tool owns the workload."
    )
    possible: list[PossibleDeliveryRead] = Field(
        description="The image deliveries that would write images of an owned workload, the more lasting first."
    )


class ClusterOwnersRead(Output):
    """The workloads on one cluster, with their owners."""

    cluster: str
    failure: ClusterFailureRead | None = Field(description="Why the cluster could not be read.")
    workloads: list[OwnedWorkloadRead]


class RepairedWorkloadRead(Output):
    """A workload whose fields were given back."""

    workload: ResourceRead
    failure: ClusterFailureRead | None = Field(description="Why they could not be given back.")


class RepairedClusterRead(Output):
    """What a repair did on one cluster: nothing where `workloads` is empty."""

    cluster: str
    failure: ClusterFailureRead | None = Field(description="Why the cluster could not be read.")
    workloads: list[RepairedWorkloadRead]
