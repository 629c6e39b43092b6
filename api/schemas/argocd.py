"""Where the Argo CD of a cluster runs, in the contract."""

from typing import Literal, Self

from pydantic import Field

from api.schemas.base import ClusterName, Input, Namespace, Output, Text
from services.inventory.argocd_places import ArgoCdCheck, ArgoCdOnCluster, ArgoCdPlace


class ArgoCdOnClusterPut(Input):
    """It runs on another connected cluster."""

    type: Literal["cluster"]
    cluster: ClusterName = Field(description="The cluster that it runs on.", examples=["hub"])
    namespace: Namespace = Field("argocd", description="The namespace there that it runs in.")
    called: Text | None = Field(
        None,
        max_length=500,
        description="The name or the address by which its applications name this cluster as their destination. Without "
        "it, the address that the cluster is registered with counts, and what Argo CD's own list of clusters says.",
        examples=["prod-eu"],
    )

    def to_place(self) -> ArgoCdOnCluster:
        return ArgoCdOnCluster(cluster=self.cluster, namespace=self.namespace, called=self.called)


class ArgoCdOnClusterRead(Output):
    """It runs on another connected cluster."""

    type: Literal["cluster"]
    cluster: str = Field(description="The cluster that it runs on.", examples=["hub"])
    namespace: str = Field(description="The namespace there that it runs in.", examples=["argocd"])
    called: str | None = Field(
        description="By what its applications name this cluster as their destination.", examples=["prod-eu"]
    )


class ArgoCdRead(Output):
    """Where the Argo CD of a cluster runs."""

    cluster: str = Field(examples=["prod-eu"])
    place: ArgoCdOnClusterRead | None = Field(
        description="Null where nothing is said: on the cluster itself, if at all."
    )

    @classmethod
    def of(cls, found: ArgoCdPlace) -> Self:
        place = None
        if found.place is not None:
            place = ArgoCdOnClusterRead(
                type="cluster",
                cluster=found.place.cluster,
                namespace=found.place.namespace,
                called=found.place.called,
            )
        return cls(cluster=found.cluster, place=place)


class ArgoCdCheckRead(Output):
    """What was found where the Argo CD of a cluster is said to run."""

    cluster: str = Field(examples=["prod-eu"])
    well: bool = Field(description="Whether applications can be found and changed there.")
    delivering: int = Field(description="The applications that deliver to this cluster.")
    destinations: list[str] = Field(
        description="By what names the others call the clusters that they deliver to; the first 20.",
        examples=[["https://10.0.0.7:6443"]],
    )
    missing_rights: list[str] = Field(examples=[["patch applications.argoproj.io"]])
    code: str | None = Field(description="The problem that was found.", examples=["argocd-cluster-not-named"])
    detail: str | None

    @classmethod
    def of(cls, found: ArgoCdCheck) -> Self:
        return cls(
            cluster=found.cluster,
            well=found.code is None,
            delivering=found.delivering,
            destinations=list(found.destinations),
            missing_rights=list(found.missing_rights),
            code=found.code,
            detail=found.detail,
        )
