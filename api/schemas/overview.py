"""What runs where, in the contract: one application in full, and the matrix of all applications."""

from collections.abc import Sequence
from typing import Annotated, Self

import orjson
from pydantic import BeforeValidator, Field, field_validator

from api.pagination import wrap
from api.schemas.base import Moment, Output, ResourceRead
from api.schemas.drift import DivergenceRead
from api.schemas.follows import ShownFollow
from api.schemas.promotions import ClusterImageRead, ImageRead
from domain.divergences import OpenDivergence
from domain.tag_directions import Direction
from domain.words import DeployMode, OperationKind, OperationState, Pin
from services.planning.comparing.missing import MissingKeys
from services.planning.health.values import HealthState
from services.planning.overviews.values import ApplicationOverview
from services.reading.matrix import MatrixPage

_NAMES_IN_CELL = 10
_NAMES_ON_PAGE = 200
_MOST_LACKING = 50  # resources by name, of a cluster


class ClusterSeen(Output):
    """What is known of a cluster, and whether that can be relied on."""

    cluster: str
    reachable: bool = Field(description="Whether its data can be relied on: it answers, or did a moment ago.")
    code: str | None = Field(
        description="Why its data cannot be relied on, for programs; `cluster-not-read-yet` passes by itself.",
        examples=["cluster-unreachable"],
    )
    error: str | None = Field(description="The same in plain words.")
    stale: bool = Field(description="Whether its data is as it was when the cluster was last heard of.")
    live: bool = Field(description="Whether changes on the cluster arrive by themselves now.")
    since: Moment | None = Field(description="Since when it is live, or is not; null if it was never read.")
    read_at: Moment | None = Field(description="When the cluster was last heard of: its data is as of then.")
    health: HealthState = Field(
        description="The worst health of the application's workloads on it; of its custom resources if it has no "
        "workloads."
    )
    lacks: list[ResourceRead] = Field(
        max_length=_MOST_LACKING,
        description="What another cluster of the environment has and this one does not, the first of it: it is to be "
        "brought level.",
    )

    @field_validator("lacks", mode="before")
    @classmethod
    def _first(cls, lacks: Sequence[object]) -> Sequence[object]:
        return lacks[:_MOST_LACKING]


class WorkloadHealthRead(Output):
    """A workload's health on one cluster."""

    cluster: str
    health: HealthState
    reason: str | None = Field(examples=["CrashLoopBackOff"])
    message: str | None = Field(description="In plain words.")
    ready: int | None = Field(description="Ready pods.")
    desired: int | None = Field(description="Desired pods.")


class OfferedImageRead(Output):
    """A different image that the preceding environment runs, which need not be a newer one."""

    environment: str
    image: ImageRead
    direction: Direction = Field(description="Where it leads, as far as tags tell.")


class PushedImageRead(Output):
    """A pushed image that a person can deploy."""

    push: int = Field(description="Counts up in the order of pushes.")
    repository: str = Field(description="With its registry.", examples=["registry.example/shop/web"])
    tag: str
    digest: str | None
    discovered_at: Moment
    direction: Direction = Field(description="Where it leads, as far as tags tell.")


class BlockedPushRead(Output):
    """A pushed image that automation would deploy, if nothing stood in the way. It is tried again."""

    push: int = Field(description="Counts up in the order of pushes.")
    repository: str = Field(description="Where it was pushed to, with its registry.")
    tag: str
    digest: str | None
    discovered_at: Moment
    code: str | None = Field(description="The problem, for programs.", examples=["image-not-copyable"])
    reason: str | None = Field(description="The problem, in plain words.")


class ContainerOnClusterRead(ClusterImageRead):
    """The image that a container's pods run on one cluster."""

    written: ImageRead | None = Field(
        description="The image of its template, if pods keep a former one (`OnDelete`, `partition`, paused); else null."
    )
    written_by: str | None = Field(
        description="The field manager that wrote the image last; null for Stagecoach, or if it is unknown.",
        examples=["keel", "kubectl-set"],
    )


class ContainerOverviewRead(Output):
    """A container over the clusters of an environment."""

    name: str
    init: bool
    images: list[ContainerOnClusterRead]
    skew: bool = Field(description="Whether the clusters run different images.")
    offered: OfferedImageRead | None
    pushed: PushedImageRead | None = Field(description="The newest offered image push.")


class WorkloadOverviewRead(Output):
    """A workload over the clusters of an environment."""

    resource: ResourceRead
    containers: list[ContainerOverviewRead]
    health: list[WorkloadHealthRead]


class CustomResourceHealthRead(Output):
    """A custom resource's health on one cluster."""

    cluster: str
    health: HealthState
    reason: str | None = Field(
        description="`NotReported`: it is there and reports nothing; `kind-not-served`: the cluster has no definition "
        "of its kind.",
        examples=["Expired"],
    )
    message: str | None = Field(description="In plain words, with what its controller says.")
    since: Moment | None = Field(description="Since when, if the object itself says that.")


class CustomImageOnClusterRead(Output):
    """The image that a field of a custom resource names on one cluster."""

    cluster: str
    image: ImageRead


class CustomImageRead(Output):
    """An image that a custom resource names. No promotion changes it."""

    path: str = Field(description="Of the field.", examples=["spec.imageName"])
    images: list[CustomImageOnClusterRead]
    differs: bool = Field(description="Whether the clusters have different images there.")


class CustomResourceOverviewRead(Output):
    """A custom resource over the clusters of an environment."""

    resource: ResourceRead
    health: list[CustomResourceHealthRead]
    images: list[CustomImageRead]


class LastOperationRead(Output):
    """The last operation that has ended in an app environment."""

    id: str
    kind: OperationKind
    state: OperationState


class MissingObjectRead(Output):
    """A ConfigMap or Secret of which keys are missing, or which is missing as a whole."""

    kind: str = Field(examples=["ConfigMap"])
    name: str = Field(examples=["web-settings"])
    keys: list[str] = Field(description="The missing keys by name; empty: the object as a whole is missing.")


class MissingKeysRead(Output):
    """What an environment lacks that the one it is promoted from has, as a comparison of both shows it.

    Without what was marked as expected to differ, and without what could not be read.
    """

    source: str = Field(description="The environment that has them.")
    count: int = Field(description="Keys, and ConfigMaps and Secrets as a whole.")
    whole_objects: int = Field(description="How many of them are ConfigMaps and Secrets as a whole.")
    objects: list[MissingObjectRead] = Field(description="By kind and name; only the first, if there are many.")

    @classmethod
    def naming(cls, found: MissingKeys, most: int) -> Self:
        """With at most so many names of keys and of whole objects."""
        return cls(
            source=found.source,
            count=found.count,
            whole_objects=found.whole_objects,
            objects=[MissingObjectRead.reading(each) for each in found.at_most(most)],
        )


def _missing_in_cell(value: object) -> object:
    return MissingKeysRead.naming(value, _NAMES_IN_CELL) if isinstance(value, MissingKeys) else value


def _missing_on_page(value: object) -> object:
    return MissingKeysRead.naming(value, _NAMES_ON_PAGE) if isinstance(value, MissingKeys) else value


def _divergence(value: object) -> object:
    return DivergenceRead.of(value) if isinstance(value, OpenDivergence) else value


class EnvironmentOverviewRead(Output):
    """An application in one environment."""

    environment: str
    rank: int
    configured: bool
    namespace: str | None
    deploy_mode: DeployMode
    follow: ShownFollow
    pin: Pin
    clusters: list[ClusterSeen] = Field(description="The first is the primary.")
    workloads: list[WorkloadOverviewRead]
    custom_resources: list[CustomResourceOverviewRead]
    health: HealthState = Field(
        description="The worst health of its workloads; of its custom resources if it has no workloads."
    )
    skew: bool
    divergences: list[Annotated[DivergenceRead, BeforeValidator(_divergence)]] = Field(
        description="Drift and skew that lasted."
    )
    missing_keys: Annotated[MissingKeysRead | None, BeforeValidator(_missing_on_page)] = Field(
        description="Keys that the environment it is promoted from has. Null: none, none is known to be missing, or "
        "the caller does not see that environment."
    )
    stale: bool = Field(description="Whether the data of a cluster is missing, or cannot be relied on.")
    active_operation: str | None = Field(description="The id of its operation under way.")
    blocked: BlockedPushRead | None = Field(
        description="The newest pushed image that waits because its deployment cannot be planned; null outside `auto`."
    )
    last_operation: LastOperationRead | None = Field(
        description="The last one that has ended; a rollback can take back what it changed."
    )
    promotes_to: list[str] = Field(
        description="The configured environments after it, the next one first; empty at the end of the pipeline. A "
        "promotion to an earlier one has to name it."
    )


class ApplicationOverviewRead(Output):
    """An application in all environments, by rank."""

    application: str
    environments: list[EnvironmentOverviewRead]
    read_at: Moment


class MatrixImage(Output):
    """The tag that a workload's container runs."""

    workload: str = Field(description="Kind and name.", examples=["Deployment/web"])
    container: str
    tag: str | None
    digest: str | None
    written: ImageRead | None = Field(
        description="The image of its template, if pods keep a former one (`OnDelete`, `partition`, paused); else null."
    )


class MatrixCustomResources(Output):
    """A summary of the custom resources of an application in one environment."""

    total: int
    unhealthy: int = Field(description="How many are neither ready nor suspended on a cluster that answers.")
    resource: str | None = Field(description="Kind and name of the one to look at first.", examples=["Certificate/web"])
    health: HealthState | None = Field(description="Its health, where that is worst.")
    reason: str | None = Field(examples=["Expired"])
    since: Moment | None = Field(description="Since when, if the object itself says that.")


class MatrixCell(Output):
    """The summary of an application in one environment."""

    environment: str
    configured: bool
    deploy_mode: DeployMode
    follow: ShownFollow
    images: list[MatrixImage] = Field(
        description="As the first cluster runs them that answers; init containers are left out."
    )
    health: HealthState
    skew: bool
    drift: bool = Field(description="Whether what runs has differed from the last release for a while.")
    not_level: list[str] = Field(
        description="Clusters that lack what another one of the environment has: they are to be brought level."
    )
    custom_resources: MatrixCustomResources | None = Field(description="Null if it has none.")
    stale: bool = Field(description="Whether the data of a cluster is missing, or cannot be relied on.")
    active_operation: str | None = Field(description="The id of its operation under way.")
    missing_keys: Annotated[MissingKeysRead | None, BeforeValidator(_missing_in_cell)] = Field(
        description="Keys that the environment it is promoted from has, with up to ten names. Null as on the "
        "application's page."
    )


class MatrixRow(Output):
    """An application over all environments."""

    application: str
    description: str
    cells: list[MatrixCell] = Field(description="One for each environment, in the order of `environments`.")


class MatrixRead(Output):
    """Applications by environments: one page of rows."""

    environments: list[str] = Field(description="By rank.")
    items: list[MatrixRow]
    next_cursor: str | None
    read_at: Moment


def overview_json(overview: ApplicationOverview) -> bytes:
    """An application's overview as the contract has it."""
    return ApplicationOverviewRead.reading(overview).model_dump_json().encode()


def cell_json(cell: object) -> bytes:
    """A cell as the contract has it."""
    return MatrixCell.model_validate(cell).model_dump_json().encode()


def row_json(application: str, description: str, cells: Sequence[bytes]) -> bytes:
    """A row of encoded cells: it is joined and not encoded again, for there are many, and few change at a time."""
    return orjson.dumps(
        {"application": application, "description": description, "cells": [orjson.Fragment(each) for each in cells]}
    )


def matrix_json(page: MatrixPage) -> bytes:
    """A page of encoded rows as the contract has it."""
    return orjson.dumps(
        {
            "environments": page.environments,
            "items": [orjson.Fragment(each) for each in page.items],
            "next_cursor": wrap(page.next) if page.next is not None else None,
            "read_at": page.read_at,
        },
        option=orjson.OPT_UTC_Z,
    )
