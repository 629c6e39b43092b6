"""Resources, configure and import in the contract: what can be copied, the request, and the plan."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from api.schemas.base import (
    ChangeRead,
    Input,
    Name,
    Namespace,
    Output,
    PlanDigest,
    PlanProblemRead,
    ResourceInput,
    ResourceRead,
    Text,
)
from api.schemas.gates import BreakGlassMember, GateRead
from api.schemas.hand_overs import OwnerAddressRead, OwnerEditRead
from domain import overrides
from domain.secret_text import SecretText
from domain.words import Action, CopyDelivery, OnConflict
from services.changes import importing

ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", description="A Kubernetes object's name.")
]
DataKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,253}$", description="A key of a ConfigMap or Secret.")]


RestartConsumers = Annotated[
    bool,
    Field(
        description="Whether workloads of the app environment that read a changed ConfigMap or Secret, and are not "
        "rolled out by the copy, are restarted after it. Without it the plan names them."
    ),
]


def _bounded(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) > 1_048_576:
        raise ValueError("must be at most 1 MiB long")
    return secret


SecretValue = Annotated[
    SecretStr, AfterValidator(_bounded), Field(description="Encrypted until the operation ends; never returned.")
]


def secret_texts(values: Mapping[str, SecretStr | None]) -> dict[str, SecretText | None]:
    """The request's values as the services take them."""
    return {key: SecretText(value.get_secret_value()) if value is not None else None for key, value in values.items()}


class ReferenceRead(Output):
    """A resource that another one refers to."""

    resource: ResourceRead
    reason: str = Field(
        description="The member that refers to it.", examples=["environment variable DATABASE_URL of container web"]
    )
    required: bool = Field(description="Whether the referring resource needs it to run.")


class SourceResourceRead(Output):
    """A resource in the namespace: whether it can be copied, and what it refers to."""

    resource: ResourceRead
    copyable: bool
    reason: str | None = Field(description="Why it cannot be copied.")
    consent: str | None = Field(description="The consent in `overrides.allow` that permits copying it.")
    selected: bool = Field(description="Whether it is selected by default.")
    belongs: bool = Field(description="Whether it is one of the app environment's own resources.")
    workload: bool
    refers_to: list[ReferenceRead]
    notes: list[str] = Field(description="What copying it leaves behind or changes, as volume data.")


class SourceResources(Output):
    """The resources of a namespace on one cluster."""

    cluster: str
    namespace: str
    items: list[SourceResourceRead]
    unread: list[str] = Field(
        description="Kinds that could not be listed: the credential lacks the right, or their API service is down.",
        examples=[["Secret", "Campaign.shop.example"]],
    )


class Overrides(Input):
    """What the copy changes compared with the source."""

    config_maps: dict[ObjectName, dict[DataKey, Text | None]] = Field(
        default_factory=dict,
        description="By name, by key; null leaves the key out.",
        examples=[{"web": {"LOG_LEVEL": "info"}}],
    )
    secrets: dict[ObjectName, dict[DataKey, SecretValue | None]] = Field(
        default_factory=dict, description="By name, by key, as plain text; null leaves the key out."
    )
    replicas: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z]+/[a-z0-9.-]+$")], Annotated[int, Field(ge=0, le=10_000)]
    ] = Field(default_factory=dict, examples=[{"Deployment/web": 3}])
    ingress_hosts: dict[Text, Text] = Field(
        default_factory=dict, examples=[{"shop.dev.example": "shop.staging.example"}]
    )
    storage_classes: dict[Text, Text] = Field(default_factory=dict, description="Old name to new name.")
    ingress_classes: dict[Text, Text] = Field(default_factory=dict, description="Old name to new name.")
    suspend_cron_jobs: bool | None = Field(
        None, description="Null: copied CronJobs are suspended if those of the source are not."
    )
    only_keys: dict[
        Annotated[str, Field(pattern=r"^(ConfigMap|Secret)/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")],
        Annotated[list[DataKey], Field(min_length=1, max_length=2000)],
    ] = Field(
        default_factory=dict,
        description="Of these ConfigMaps and Secrets, only these keys are brought; the target's other keys stay. A key "
        "that the target lacks is added whatever `on_conflict` says; with `keep`, one that it has keeps its value.",
        examples=[{"ConfigMap/web": ["PAYMENT_URL"]}],
    )
    leave_out: list[Text] = Field(
        default_factory=list,
        max_length=50,
        description="Annotations and labels of objects, and annotations of pod templates, that the copy leaves out. A "
        "name may end in `*`.",
        examples=[["keel.sh/*"]],
    )
    namespace_labels: list[Text] = Field(
        default_factory=list,
        max_length=50,
        description="Labels of the source's namespace, by name, that a namespace gets which the copy creates. Policies "
        "that select by them then let it in.",
        examples=[["team"]],
    )
    allow: list[Text] = Field(
        default_factory=list,
        max_length=50,
        description="Consents that the plan's problems ask for.",
        examples=[["registry-credentials"]],
    )

    def to_overrides(self) -> overrides.Overrides:
        return overrides.Overrides(
            config_maps=self.config_maps,
            secrets={name: secret_texts(keys) for name, keys in self.secrets.items()},
            replicas=self.replicas,
            ingress_hosts=self.ingress_hosts,
            storage_classes=self.storage_classes,
            ingress_classes=self.ingress_classes,
            suspend_cron_jobs=self.suspend_cron_jobs,
            only_keys={name: tuple(keys) for name, keys in self.only_keys.items()},
            leave_out=tuple(self.leave_out),
            namespace_labels=tuple(self.namespace_labels),
            allow=tuple(self.allow),
        )


class ImportRequest(Input):
    """Copy the chosen resources from another environment."""

    source_environment: Name = Field(examples=["Development"])
    target_cluster: Name | None = Field(
        None,
        description="The cluster to bring level with the others of its environment, which is then the source "
        "environment as well. It gets the images of the last release.",
    )
    source_cluster: Name | None = Field(None, description="By default the source environment's primary.")
    namespace: Namespace | None = Field(
        None, description="By default the app environment's namespace, or its environment's."
    )
    resources: list[ResourceInput] = Field(min_length=1, max_length=2000)
    overrides: Overrides = Overrides()
    on_conflict: OnConflict = OnConflict.FAIL
    restart: RestartConsumers = False
    delivery: CopyDelivery | None = Field(
        None,
        description="`git`: files are written to the app environment's Git folder. `cluster`: objects are written to "
        "the clusters. Left out: `git` where there is a folder.",
    )
    plan_digest: PlanDigest | None = None
    break_glass: BreakGlassMember = None

    def to_request(self) -> importing.ImportRequest:
        return importing.ImportRequest(
            source_environment=self.source_environment,
            source_cluster=self.source_cluster,
            target_cluster=self.target_cluster,
            namespace=self.namespace,
            resources=tuple(each.to_id() for each in self.resources),
            overrides=self.overrides.to_overrides(),
            on_conflict=self.on_conflict,
            restart=self.restart,
            delivery=self.delivery,
            plan_digest=self.plan_digest,
        )


class PlannedResourceRead(Output):
    """What the plan does to one resource on one cluster."""

    resource: ResourceRead
    action: Action
    changes: list[ChangeRead]
    notes: list[str]


class HandedFilesRead(Output):
    """The lines that a copy changes in a Git repository, from which others deliver to the cluster."""

    owner: OwnerAddressRead = Field(description="The branch.")
    edits: list[OwnerEditRead] = Field(description="Each names a file with a line; `before` is null for a new file.")


class ClusterCopyPlanRead(Output):
    """What a copy would do on one cluster."""

    cluster: str
    namespace: str
    namespace_action: Action = Field(description="`create` if the namespace does not exist yet.")
    namespace_labels: dict[str, str] = Field(description="Labels that the new namespace gets; empty if it exists.")
    resources: list[PlannedResourceRead]
    problems: list[PlanProblemRead]
    unchecked: list[str] = Field(description="What no dry run checked, and why.")
    restarts: list[ResourceRead] = Field(description="The workloads that are restarted after the copy.")
    handed_over: HandedFilesRead | None = Field(
        description="The files that are changed instead of the cluster; null where the cluster is written."
    )


class CopySourceRead(Output):
    """Where an import copies from."""

    environment: str
    cluster: str
    namespace: str


class CopyPlanRead(Output):
    """What a configure or an import would do, on every cluster."""

    digest: str = Field(description="Send it as `plan_digest` to execute this plan or none.")
    source: CopySourceRead | None = Field(description="Null for configure.")
    namespace: str
    clusters: list[ClusterCopyPlanRead]
    problems: list[PlanProblemRead] = Field(description="Problems of the plan as a whole; each cluster lists its own.")
    gates: list[GateRead] = Field(
        description="What would keep it from being started now; asked anew at the start, and no part of the digest."
    )
    blocked: bool = Field(description="Whether a problem prevents execution.")
    nothing_to_do: bool


class ManifestsCheckRequest(Input):
    """YAML to validate. No cluster is contacted."""

    manifests: Text = Field(max_length=1_048_576)


class ManifestMistake(Output):
    """One mistake in submitted YAML."""

    code: str
    message: str
    line: int | None = Field(description="From 1.")
    column: int | None = Field(description="From 1.")
    document: int | None = Field(description="Which document of the text, from 1.")


class ManifestsCheck(Output):
    """The resources in the YAML, and its mistakes."""

    valid: bool
    resources: list[ResourceRead]
    mistakes: list[ManifestMistake]
