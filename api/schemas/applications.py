"""Applications and app environments in the contract."""

from typing import Self

from pydantic import Field

from api.schemas.base import (
    Input,
    Labels,
    Moment,
    Name,
    Namespace,
    Output,
    PageRead,
    PlanProblemRead,
    ResourceInput,
    ResourceRead,
    Text,
)
from api.schemas.follows import FollowInput, ShownFollow
from api.schemas.git_files import GitFileInput, GitFileRead, GitFolderRead
from db.app_environments import AppEnvironmentFields
from db.applications import ApplicationFields
from db.records.inventory import AppEnvironmentRecord
from domain.stored.image_deliveries import ImageDeliveries, WorkloadDelivery
from domain.words import DeployMode, ImageConsent, ImageDelivery, Pin
from services.changes import adopting


class ApplicationCreate(Input):
    """An application to create; it is unconfigured in every environment."""

    name: Name = Field(examples=["shop"])
    description: Text = Field("", max_length=2000)
    labels: Labels = Field(default_factory=dict)


class ApplicationUpdate(Input):
    """Members to change; the others keep their values."""

    name: Name | None = None
    description: Text | None = Field(None, max_length=2000)
    labels: Labels | None = None

    def to_changes(self) -> ApplicationFields:
        changes: ApplicationFields = {}
        if self.name is not None:
            changes["name"] = self.name
        if self.description is not None:
            changes["description"] = self.description
        if self.labels is not None:
            changes["labels"] = self.labels
        return changes


class ApplicationRead(Output):
    """An application: a named set of workloads and the resources around them."""

    id: str
    name: str = Field(examples=["shop"])
    description: str
    labels: dict[str, str] = Field(description="Bindings can select applications by their labels.")
    created_at: Moment
    updated_at: Moment


class ApplicationPage(PageRead[ApplicationRead]):
    """Applications, by name."""


class StoredConsentRead(Output):
    """A consent that an administrator has stored for an app environment."""

    consent: ImageConsent
    given_by: str = Field(description="The name of the actor who stored it.", examples=["ann"])
    given_at: Moment


class WorkloadDeliveryRead(Output):
    """The image delivery of one workload."""

    workload: ResourceRead
    delivery: ImageDelivery
    file: GitFileRead | None = Field(description="Of the delivery `git`; null for every other.")


class ImageDeliveriesRead(Output):
    """How new images reach workloads that something else owns."""

    owned: ImageDelivery = Field(
        description="Of workloads of Helm, Argo CD or Flux that `workloads` does not name; `refuse` unless it was set."
    )
    workloads: list[WorkloadDeliveryRead] = Field(description="Of single workloads, whoever owns them.")
    set_by: str | None = Field(
        description="The name of the actor who set them; null while nobody has.", examples=["ann"]
    )
    set_at: Moment | None

    @classmethod
    def of(cls, record: AppEnvironmentRecord) -> Self:
        given = record.image_deliveries
        return cls.model_validate(
            {
                "owned": record.deliveries.owned,
                "workloads": record.deliveries.workloads,
                "set_by": given.set_by if given is not None else None,
                "set_at": given.set_at if given is not None else None,
            }
        )


class WorkloadDeliveryInput(Input):
    """The image delivery of one workload."""

    workload: ResourceInput
    delivery: ImageDelivery
    file: GitFileInput | None = Field(
        None, description="Of the delivery `git`. To name another one takes administration of the installation."
    )

    def to_delivery(self) -> WorkloadDelivery:
        return WorkloadDelivery(
            workload=self.workload.to_id(),
            delivery=self.delivery,
            file=self.file.to_file() if self.file is not None else None,
        )


class ImageDeliveriesInput(Input):
    """How new images reach workloads that something else owns; it replaces what was set."""

    owned: ImageDelivery = Field(description="Of workloads of Helm, Argo CD or Flux that `workloads` does not name.")
    workloads: list[WorkloadDeliveryInput] = Field(
        default_factory=list, max_length=2000, description="Of single workloads, whoever owns them."
    )

    def to_deliveries(self) -> ImageDeliveries:
        return ImageDeliveries(owned=self.owned, workloads=tuple(each.to_delivery() for each in self.workloads))


class AppEnvironmentRead(Output):
    """An application in an environment."""

    application: str = Field(examples=["shop"])
    environment: str = Field(examples=["Staging"])
    configured: bool = Field(description="False until it is configured, imported or adopted.")
    namespace: str | None = Field(description="Null while it is unconfigured and its environment has no default.")
    deploy_mode: DeployMode
    follow: ShownFollow
    pin: Pin
    clusters: list[str] = Field(description="The environment's clusters; the first is the primary.")
    resources: list[ResourceRead] = Field(description="Its resources on its clusters.")
    active_operation: str | None = Field(description="The id of its operation under way.")
    consents: list[StoredConsentRead] = Field(
        description="Consents that hold for every change of images here, by people and automatically."
    )
    image_deliveries: ImageDeliveriesRead
    git_folder: GitFolderRead | None = Field(
        description="Where an import writes files instead of objects; null where it writes to the clusters."
    )

    @classmethod
    def of(cls, record: AppEnvironmentRecord) -> Self:
        return cls.model_validate(
            {
                "application": record.application.name,
                "environment": record.environment.name,
                "configured": record.configured,
                "namespace": record.namespace or record.environment.default_namespace,
                "deploy_mode": record.deploy_mode,
                "follow": record.follow,
                "pin": record.pin,
                "clusters": [cluster.name for cluster in record.environment.clusters],
                "resources": record.resources,
                "active_operation": record.active_operation,
                "consents": record.consents,
                "image_deliveries": ImageDeliveriesRead.of(record),
                "git_folder": record.git_folder,
            }
        )


class AppEnvironmentUpdate(Input):
    """Members to change; the others keep their values. The namespace of a configured one cannot change.

    The deploy mode `follow` needs `follow`, and another one takes it away. To set either again lets what failed be
    tried once more.
    """

    namespace: Namespace | None = None
    deploy_mode: DeployMode | None = None
    follow: FollowInput | None = None
    pin: Pin | None = None

    def to_changes(self) -> AppEnvironmentFields:
        changes: AppEnvironmentFields = {}
        if self.namespace is not None:
            changes["namespace"] = self.namespace
        if self.deploy_mode is not None:
            changes["deploy_mode"] = self.deploy_mode
        if self.pin is not None:
            changes["pin"] = self.pin
        return changes


class AdoptRequest(Input):
    """What to adopt: the resources with the labels, the named resources, or everything in the namespace."""

    namespace: Namespace = Field(examples=["shop"])
    label_selector: Text | None = Field(
        None, min_length=1, max_length=1000, examples=["app.kubernetes.io/part-of=shop"]
    )
    resources: list[ResourceInput] | None = Field(None, min_length=1, max_length=2000)

    def to_request(self) -> adopting.AdoptRequest:
        return adopting.AdoptRequest(
            namespace=self.namespace,
            label_selector=self.label_selector,
            resources=tuple(each.to_id() for each in self.resources) if self.resources is not None else None,
        )


class AdoptableRead(Output):
    """One resource in the namespace, and whether it would be adopted."""

    resource: ResourceRead
    adopted: bool
    reason: str | None = Field(description="Why it would not be adopted.")


class AdoptionPlanRead(Output):
    """What would be adopted. Adopting changes no cluster."""

    namespace: str
    resources: list[AdoptableRead]
    problems: list[PlanProblemRead]
