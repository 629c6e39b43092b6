"""The request and the plan of an operation in the contract, by its kind, without the values of Secrets."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import Output, PlanProblemRead, ResourceRead
from api.schemas.bringing import BroughtRead
from api.schemas.containers import ContainerRead, OmissionRead
from api.schemas.copying import CopySourceRead
from api.schemas.promotions import (
    ContainerImageRead,
    ImageChangeRead,
    ImageCopyRead,
    UnmatchedContainerRead,
)
from api.schemas.strategies import StrategyRead
from domain.stored.plans import StoredCopyPlan, StoredImagePlan
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest, RollbackRequest
from domain.stored.restarts import RestartRequest
from domain.stored.spec import OperationSpec
from domain.stored.strategies import Strategy
from domain.words import Action, OnConflict, OperationKind


class PromotionRequestRead(Output):
    """The request of a promotion."""

    kind: Literal["promotion"]
    source_environment: str
    target_environment: str
    source_cluster: str | None
    containers: list[ContainerRead] | None = Field(description="Null: all that match.")
    plan_digest: str | None = Field(description="Null: the request named no plan.")
    leave_out: list[OmissionRead] = Field(description="What was to stay as it is although it matches.")
    bring: list[BroughtRead] = Field(description="Keys that each cluster gets before its images.")
    restart: bool = Field(description="Whether what reads these keys and gets no other image is restarted.")
    strategy: StrategyRead


class RollbackRequestRead(Output):
    """The request of a rollback."""

    kind: Literal["rollback"]
    release: int | None = Field(description="The number of the release to go back to; null for an operation.")
    operation: str | None = Field(description="The operation to take back; null for a release.")
    containers: list[ContainerRead] | None = Field(description="Null: all of the release or operation.")
    clusters: list[str] | None = Field(description="The clusters that converge; null: all of the environment.")
    plan_digest: str | None = Field(description="Null: the request named no plan.")
    strategy: StrategyRead
    reason: str | None = Field(description="Why; with it, a rollback passes freezes.")
    with_configuration: bool = Field(description="Whether the release's ConfigMaps and Secrets were put back as well.")


class RestartRequestRead(Output):
    """The request of a restart."""

    kind: Literal["restart"]
    workloads: list[ResourceRead] | None = Field(description="Null: all that can be restarted.")
    plan_digest: str | None = Field(description="Null: the request named no plan.")
    strategy: StrategyRead


class DeployRequestRead(Output):
    """The request of a deploy."""

    kind: Literal["deploy"]
    image: str | None = Field(description="The image, if the request named one; otherwise null.")
    images: list[ContainerImageRead] = Field(description="Container by container.")
    plan_digest: str | None = Field(description="Null: the request named no plan.")
    bring: list[BroughtRead] = Field(description="Keys that each cluster gets before its images.")
    restart: bool = Field(description="Whether what reads these keys and gets no other image is restarted.")
    strategy: StrategyRead


class OverridesRead(Output):
    """What the import writes differently from the source. Null removes the key."""

    config_maps: dict[str, dict[str, str | None]]
    secrets: dict[str, dict[str, str | None]] = Field(
        description="Each value is replaced by a mark.", examples=[{"web": {"password": "withheld"}}]
    )
    replicas: dict[str, int]
    ingress_hosts: dict[str, str]
    storage_classes: dict[str, str]
    ingress_classes: dict[str, str]
    suspend_cron_jobs: bool | None
    only_keys: dict[str, list[str]] = Field(description="The keys that are brought, where not all are.")
    leave_out: list[str] = Field(description="Annotations and labels that the copy leaves out.")
    namespace_labels: list[str] = Field(description="Labels of the source's namespace that the new one gets.")
    allow: list[str]


class ImportSourceRead(Output):
    """Where an import copies from, and which resources."""

    environment: str
    cluster: str
    namespace: str
    resources: list[ResourceRead]


class ImportRequestRead(Output):
    """The request of an import."""

    kind: Literal["import"]
    namespace: str
    source: ImportSourceRead
    overrides: OverridesRead
    on_conflict: OnConflict
    restart: bool = Field(description="Whether workloads that read what is changed are restarted after it.")


class ConfigureRequestRead(Output):
    """The request of a configure."""

    kind: Literal["configure"]
    namespace: str
    manifests: list[dict[str, Any]] = Field(description="The objects; each Secret value is replaced by a mark.")
    overrides: OverridesRead
    on_conflict: OnConflict
    restart: bool = Field(description="Whether workloads that read what is changed are restarted after it.")


class PlannedCopyRead(Output):
    """What the operation plans for one resource on one cluster."""

    resource: ResourceRead
    action: Action


class ClusterImagesRead(Output):
    """What the operation plans for the images of one cluster."""

    cluster: str
    read: bool = Field(description="False if the cluster did not answer; its part is planned once it does.")
    changes: list[ImageChangeRead]
    desired: list[ContainerImageRead] = Field(description="The images to write, if the cluster was not read.")
    problems: list[PlanProblemRead]
    images: list[ContainerImageRead] = Field(description="All images that it runs if the operation succeeds.")
    configuration: list[PlannedCopyRead] = Field(description="The ConfigMaps and Secrets that a rollback puts back.")
    restarts: list[ResourceRead] = Field(description="The workloads that are restarted.")


class ImagePlanRead(Output):
    """The plan of a promotion, a deploy, a rollback or a restart, as the operation executes it."""

    kind: Literal["promotion", "deploy", "rollback", "restart"]
    digest: str
    source_environment: str | None
    source_cluster: str | None
    source_release: int | None
    source_operation: str | None
    target_environment: str
    namespace: str
    pin: bool = Field(description="Whether images are written with their digests.")
    selected: list[ContainerRead] | None
    clusters: list[ClusterImagesRead]
    unmatched: list[UnmatchedContainerRead]
    problems: list[PlanProblemRead]
    copies: list[ImageCopyRead] = Field(
        description="The images that are copied to the registry of their names before a cluster is changed."
    )


class ClusterCopyRead(Output):
    """What the operation plans for the resources of one cluster."""

    cluster: str
    read: bool = Field(description="False if the cluster did not answer; its part is planned once it does.")
    namespace_action: Action | None = Field(description="`create` if the namespace is missing; null: not read.")
    resources: list[PlannedCopyRead]
    images: list[ContainerImageRead] = Field(description="What its workloads run if the operation succeeds.")


class CopyOperationPlanRead(Output):
    """The plan of a configure or an import, as the operation executes it."""

    kind: Literal["configure", "import"]
    source: CopySourceRead | None = Field(description="Null for configure.")
    namespace: str
    on_conflict: OnConflict
    clusters: list[ClusterCopyRead]
    resources: list[ResourceRead] = Field(description="What belongs to the app environment if the operation succeeds.")


RequestRead = Annotated[
    PromotionRequestRead
    | RollbackRequestRead
    | RestartRequestRead
    | DeployRequestRead
    | ImportRequestRead
    | ConfigureRequestRead,
    Field(discriminator="kind"),
]
PlanRead = Annotated[ImagePlanRead | CopyOperationPlanRead, Field(discriminator="kind")]


def request_read(kind: OperationKind, spec: OperationSpec) -> RequestRead:
    """The request of an operation of `kind`, as the contract shows it."""
    members = {"kind": kind.value, **vars(spec.request)}
    if members.get("strategy", members) is None:
        members["strategy"] = Strategy()
    match spec.request:
        case PromotionRequest():
            return PromotionRequestRead.model_validate(members)
        case RollbackRequest():
            return RollbackRequestRead.model_validate(members)
        case RestartRequest():
            return RestartRequestRead.model_validate(members)
        case DeployRequest():
            return DeployRequestRead.model_validate(members)
        case CopyRequest(source=None, manifests=manifests):
            return ConfigureRequestRead.model_validate({**members, "manifests": [each.body for each in manifests]})
        case CopyRequest():
            return ImportRequestRead.model_validate(members)


def plan_read(kind: OperationKind, spec: OperationSpec) -> PlanRead:
    """The plan of an operation of `kind`, as the contract shows it."""
    match spec.plan:
        case StoredImagePlan() as plan:
            return _image_plan(kind, plan)
        case StoredCopyPlan() as plan:
            return _copy_plan(kind, plan)


def _image_plan(kind: OperationKind, plan: StoredImagePlan) -> ImagePlanRead:
    clusters = [
        {
            "cluster": name,
            **vars(cluster),
            "images": plan.leaves.images.get(name, ()),
            "configuration": (plan.restore.clusters.get(name) if plan.restore is not None else None) or (),
            "restarts": (plan.restarts.clusters.get(name) if plan.restarts is not None else None) or (),
        }
        for name, cluster in plan.clusters.items()
    ]
    unmatched = [{**vars(each.container), "side": each.side} for each in plan.unmatched]
    members = {
        **vars(plan),
        "kind": kind.value,
        "namespace": plan.leaves.namespace,
        "clusters": clusters,
        "unmatched": unmatched,
    }
    return ImagePlanRead.model_validate(members)


def _copy_plan(kind: OperationKind, plan: StoredCopyPlan) -> CopyOperationPlanRead:
    clusters = [
        {
            "cluster": name,
            "read": cluster is not None,
            "namespace_action": cluster.namespace_action if cluster is not None else None,
            "resources": cluster.resources if cluster is not None else (),
            "images": plan.leaves.images.get(name, ()),
        }
        for name, cluster in plan.clusters.items()
    ]
    members = {
        **vars(plan),
        "kind": kind.value,
        "namespace": plan.leaves.namespace,
        "clusters": clusters,
        "resources": plan.leaves.resources or (),
    }
    return CopyOperationPlanRead.model_validate(members)
