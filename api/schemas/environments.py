"""Environments in the contract."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import ClusterName, Input, Moment, Name, Namespace, Output
from api.schemas.strategies import Strategy, StrategyRead
from db.environments import EnvironmentFields
from domain.dangers import Danger
from domain.image_mappings import ImageMapping
from domain.words import DeployMode, Pin, Reachability
from services.inventory.environments import EnvironmentChanges, NewEnvironment

ClusterNames = Annotated[
    list[Name],
    Field(
        min_length=1,
        max_length=1000,
        description="By name; the first is the primary.",
        examples=[["prod-eu", "prod-us"]],
    ),
]


# Which environment to follow is said for each application, so none can follow by default.
DefaultDeployMode = Literal[DeployMode.MANUAL, DeployMode.AUTO]
Pattern = Annotated[
    str,
    Field(
        min_length=1,
        max_length=63,
        pattern=r"^\*?[a-z0-9-]*\*?$",
        description="A namespace, or several: a `*` at the beginning or end stands for any text. With a `*` it "
        "never means a namespace that belongs to the cluster or its platform.",
        examples=["shop-*"],
    ),
]
Dangers = Annotated[
    list[Danger],
    Field(
        max_length=50,
        description="Consents that hold for every plan in this environment.",
        examples=[["privileged-pods"]],
    ),
]
KeepSecrets = Annotated[
    bool,
    Field(
        description="Whether releases here hold the values of Secrets, encrypted, so that a rollback can put them "
        "back. Without it they hold fingerprints, by which Secrets are compared. Switching it off erases the values."
    ),
]
CatchUp = Annotated[
    bool,
    Field(
        description="Whether a cluster that did not answer during an operation gets what it missed when it answers "
        "again, by itself. Without it, people retry the operation."
    ),
]

Prefix = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="The beginning of an image's name: a registry and, where needed, the beginning of a path.",
        examples=["registry.example:5000/shop"],
    ),
]
CopyFirst = Annotated[
    bool,
    Field(
        description="Whether an image that the second registry does not have is copied there from the first one before "
        "a cluster is changed: all its platforms, and what is attached to it. Both registries have to be registered, "
        "the second one with a credential that may pull and push."
    ),
]


class ImageMappingInput(Input):
    """Images whose names begin with `source` are pulled here under names that begin with `target`."""

    source: Prefix
    target: Prefix
    copy_first: CopyFirst = False

    def to_mapping(self) -> ImageMapping:
        return ImageMapping(source=self.source, target=self.target, copy_first=self.copy_first)


ImageMappings = Annotated[
    list[ImageMappingInput],
    Field(
        max_length=100,
        description="What is promoted into this environment gets the mapped name, with the same tag and digest; the "
        "longest `source` decides. Deployments and rollbacks write the names that they are given.",
    ),
]


class EnvironmentCreate(Input):
    """An environment to create; it gets the last rank."""

    name: Name = Field(examples=["Production"])
    clusters: ClusterNames
    default_namespace: Namespace | None = None
    deploy_mode: DefaultDeployMode = DeployMode.MANUAL
    pin: Pin = Pin.DIGEST
    namespaces: list[Pattern] = Field(
        default_factory=list,
        max_length=100,
        description="Namespaces that all applications may use here. The default namespace is one of them.",
    )
    allowed_dangers: Dangers = Field(default_factory=list)
    releases_keep_secrets: KeepSecrets = False
    catch_up: CatchUp = True
    image_mappings: ImageMappings = Field(default_factory=list)
    strategy: Strategy | None = Field(None, description="What operations go by that name none; null: all at once.")

    def to_new(self) -> NewEnvironment:
        return NewEnvironment(
            name=self.name,
            clusters=tuple(self.clusters),
            default_namespace=self.default_namespace,
            deploy_mode=self.deploy_mode,
            pin=self.pin,
            namespaces=tuple(self.namespaces),
            allowed_dangers=tuple(self.allowed_dangers),
            releases_keep_secrets=self.releases_keep_secrets,
            catch_up=self.catch_up,
            image_mappings=tuple(each.to_mapping() for each in self.image_mappings),
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
        )


class EnvironmentUpdate(Input):
    """Members to change; the others keep their values.

    A `default_namespace` of null removes the default, a `strategy` of null lets operations go to all clusters at once.
    """

    name: Name | None = None
    clusters: ClusterNames | None = None
    default_namespace: Namespace | None = None
    deploy_mode: DefaultDeployMode | None = None
    pin: Pin | None = None
    allowed_dangers: Dangers | None = None
    releases_keep_secrets: KeepSecrets | None = None
    catch_up: CatchUp | None = None
    image_mappings: ImageMappings | None = None
    strategy: Strategy | None = None

    def to_changes(self) -> EnvironmentChanges:
        fields: EnvironmentFields = {}
        if self.name is not None:
            fields["name"] = self.name
        if self.deploy_mode is not None:
            fields["deploy_mode"] = self.deploy_mode
        if self.pin is not None:
            fields["pin"] = self.pin
        if self.allowed_dangers is not None:
            fields["allowed_dangers"] = [danger.value for danger in dict.fromkeys(self.allowed_dangers)]
        if self.releases_keep_secrets is not None:
            fields["releases_keep_secrets"] = self.releases_keep_secrets
        if self.catch_up is not None:
            fields["catch_up"] = self.catch_up
        if self.image_mappings is not None:
            fields["image_mappings"] = tuple(each.to_mapping() for each in self.image_mappings)
        if "strategy" in self.model_fields_set:
            fields["strategy"] = self.strategy.to_strategy() if self.strategy is not None else None
        if "default_namespace" in self.model_fields_set:
            fields["default_namespace"] = self.default_namespace
        return EnvironmentChanges(fields=fields, clusters=tuple(self.clusters) if self.clusters else None)


class EnvironmentOrder(Input):
    """All environments in their new order."""

    environments: list[Name] = Field(max_length=1000, examples=[["Development", "Staging", "Production"]])


class EnvironmentCluster(Output):
    """A cluster of an environment."""

    name: ClusterName
    labels: dict[str, str]
    reachability: Reachability
    server_version: str | None


class ImageMappingRead(Output):
    """Images whose names begin with `source` are pulled here under names that begin with `target`."""

    source: str = Field(examples=["registry.dev.example"])
    target: str = Field(examples=["registry.prod.example/shop"])
    copy_first: CopyFirst


class EnvironmentRead(Output):
    """An environment; applications move through them by rising rank."""

    id: str
    name: str = Field(examples=["Production"])
    rank: int = Field(description="From 1.")
    clusters: list[EnvironmentCluster] = Field(description="The first is the primary.")
    default_namespace: str | None
    deploy_mode: DefaultDeployMode = Field(description="The deploy mode of new app environments.")
    pin: Pin = Field(description="Whether promotions write the digest along with the tag.")
    allowed_dangers: list[str] = Field(
        description="Consents that hold for every plan here; an administrator sets them."
    )
    releases_keep_secrets: KeepSecrets
    catch_up: CatchUp
    image_mappings: list[ImageMappingRead] = Field(
        description="The names under which what is promoted or imported into this environment is pulled here."
    )
    strategy: StrategyRead | None = Field(
        description="What operations go by that name none; null: all clusters at once."
    )
    created_at: Moment
    updated_at: Moment


class EnvironmentList(Output):
    """All environments, by rank."""

    items: list[EnvironmentRead]


class EnvironmentNamespace(Output):
    """A namespace, and on which clusters of the environment it exists."""

    name: str = Field(examples=["shop"])
    clusters: list[ClusterName]
    given: bool = Field(description="Whether an application may use it here. Only administrators see others.")


class GivenNamespaceCreate(Input):
    """Namespaces to give to applications in an environment. Those that have them already keep them."""

    pattern: Pattern
    applications: Annotated[list[Name], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="By name; null gives them to all applications.", examples=[["shop"]]
    )


class GivenNamespaceRead(Output):
    """Namespaces that applications may use in an environment."""

    id: str
    pattern: str = Field(examples=["shop-*"])
    applications: list[str] | None = Field(description="By name; null: all applications.", examples=[["shop"]])
    given_by: str = Field(description="The name of the actor who gave them last.")
    created_at: Moment


class EnvironmentNamespaces(Output):
    """The namespaces of all clusters of an environment; clusters that did not answer are named."""

    items: list[EnvironmentNamespace]
    given: list[GivenNamespaceRead] = Field(description="What applications may use here, by pattern.")
    not_asked: list[ClusterName] = Field(description="Clusters that did not answer in time.")
    not_listed: list[ClusterName] = Field(
        description="Clusters whose credential may not list namespaces: those that are given by name stand for them, "
        "whether they exist or not."
    )
