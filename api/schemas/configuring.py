"""The short form of `configure` in the contract.

It covers what most workloads need; `manifests` takes everything else. Both go through the same checks.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.base import Input, Namespace, PlanDigest, Text
from api.schemas.copying import DataKey, ObjectName, RestartConsumers, SecretValue
from api.schemas.gates import BreakGlassMember
from domain.secret_text import SecretText
from domain.words import OnConflict
from services.changes import configuring
from services.planning.configuring import scaffold

LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
LabelKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$")]
Quantity = Annotated[
    str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$", examples=["500m", "128Mi"])
]
Port = Annotated[int, Field(ge=1, le=65_535)]


class PortForm(Input):
    """A port that a container listens on; with a `service_port` the workload's Service offers it."""

    container_port: Port = Field(examples=[8080])
    service_port: Port | None = Field(None, examples=[80])
    name: str | None = Field(None, pattern=r"^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$", examples=["http"])
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"

    def to_form(self) -> scaffold.PortForm:
        return scaffold.PortForm(**self.model_dump())


class KeyReference(Input):
    """A key of a ConfigMap or Secret."""

    name: ObjectName
    key: DataKey


class EnvironmentVariable(Input):
    """An environment variable: exactly one of the three sources."""

    name: str = Field(pattern=r"^[A-Za-z_.-][A-Za-z0-9_.-]{0,252}$", examples=["LOG_LEVEL"])
    value: Text | None = Field(None, max_length=131_072)
    config_map_key: KeyReference | None = None
    secret_key: KeyReference | None = None

    @model_validator(mode="after")
    def _validated_by_the_form(self) -> Self:
        self.to_form()  # raises ValueError with the reason
        return self

    def to_form(self) -> scaffold.EnvironmentVariable:
        return scaffold.EnvironmentVariable(
            name=self.name,
            value=self.value,
            config_map_key=scaffold.KeyReference(**vars(self.config_map_key)) if self.config_map_key else None,
            secret_key=scaffold.KeyReference(**vars(self.secret_key)) if self.secret_key else None,
        )


class ProbeForm(Input):
    """A container's probe: exactly one of `http_path`, `tcp` or `command`."""

    http_path: Text | None = Field(None, pattern=r"^/", max_length=1000, examples=["/healthz"])
    port: Port | None = None
    tcp: bool = False
    command: list[Text] | None = Field(None, min_length=1, max_length=100)
    initial_delay_seconds: int = Field(0, ge=0, le=3600)
    period_seconds: int = Field(10, ge=1, le=3600)

    @model_validator(mode="after")
    def _validated_by_the_form(self) -> Self:
        self.to_form()  # raises ValueError with the reason
        return self

    def to_form(self) -> scaffold.ProbeForm:
        return scaffold.ProbeForm(**{**vars(self), "command": tuple(self.command or ())})


class ResourcesForm(Input):
    """Requests and limits."""

    cpu_request: Quantity | None = None
    cpu_limit: Quantity | None = None
    memory_request: Quantity | None = None
    memory_limit: Quantity | None = None


class ContainerForm(Input):
    """A container; `init` ones run before the others."""

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["web"])
    image: Text = Field(min_length=1, max_length=1000, examples=["registry.example/shop/web:1.4.2"])
    init: bool = False
    command: list[Text] = Field(default_factory=list, max_length=100)
    args: list[Text] = Field(default_factory=list, max_length=200)
    ports: list[PortForm] = Field(default_factory=list, max_length=50)
    env: list[EnvironmentVariable] = Field(default_factory=list, max_length=500)
    env_from_config_maps: list[ObjectName] = Field(default_factory=list, max_length=50)
    env_from_secrets: list[ObjectName] = Field(default_factory=list, max_length=50)
    resources: ResourcesForm = ResourcesForm()
    readiness: ProbeForm | None = None
    liveness: ProbeForm | None = None

    def to_form(self) -> scaffold.ContainerForm:
        return scaffold.ContainerForm(
            name=self.name,
            image=self.image,
            init=self.init,
            command=tuple(self.command),
            args=tuple(self.args),
            ports=tuple(each.to_form() for each in self.ports),
            env=tuple(each.to_form() for each in self.env),
            env_from_config_maps=tuple(self.env_from_config_maps),
            env_from_secrets=tuple(self.env_from_secrets),
            resources=scaffold.ResourcesForm(**vars(self.resources)),
            readiness=self.readiness.to_form() if self.readiness else None,
            liveness=self.liveness.to_form() if self.liveness else None,
        )


class WorkloadForm(Input):
    """A workload, and the Service in front of it where one of its ports has a service port."""

    kind: scaffold.WorkloadKind = scaffold.WorkloadKind.DEPLOYMENT
    name: ObjectName = Field(examples=["web"])
    replicas: int = Field(1, ge=0, le=10_000, description="Ignored for DaemonSet and CronJob.")
    schedule: Text | None = Field(None, max_length=200, description="For a CronJob.", examples=["0 3 * * *"])
    service_type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    service_account: ObjectName | None = None
    grace_seconds: int = Field(60, ge=0, le=86_400)
    node_selector: dict[LabelKey, LabelValue] = Field(default_factory=dict, max_length=50)
    containers: list[ContainerForm] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _validated_by_the_form(self) -> Self:
        self.to_form()  # raises ValueError with the reason
        return self

    def to_form(self) -> scaffold.WorkloadForm:
        return scaffold.WorkloadForm(**{**vars(self), "containers": tuple(each.to_form() for each in self.containers)})


class ConfigMapForm(Input):
    """A ConfigMap."""

    name: ObjectName
    data: dict[DataKey, Text] = Field(default_factory=dict, max_length=2000)

    def to_form(self) -> scaffold.ConfigMapForm:
        return scaffold.ConfigMapForm(name=self.name, data=self.data)


class SecretForm(Input):
    """A Secret; its values are given as plain text."""

    name: ObjectName
    type: Text = Field("Opaque", min_length=1, max_length=253)
    data: dict[DataKey, SecretValue] = Field(default_factory=dict, max_length=2000)

    def to_form(self) -> scaffold.SecretForm:
        data = {key: SecretText(value.get_secret_value()) for key, value in self.data.items()}
        return scaffold.SecretForm(name=self.name, type=self.type, data=data)


class ConfigureRequest(Input):
    """The resources of the app environment, in the short form, as manifests, or both."""

    namespace: Namespace | None = Field(
        None, description="By default the app environment's namespace, or its environment's."
    )
    workloads: list[WorkloadForm] = Field(default_factory=list, max_length=200)
    config_maps: list[ConfigMapForm] = Field(default_factory=list, max_length=500)
    secrets: list[SecretForm] = Field(default_factory=list, max_length=500)
    manifests: Text | None = Field(
        None, max_length=1_048_576, description="YAML, any number of documents; their namespace is replaced."
    )
    allow: list[Text] = Field(
        default_factory=list, max_length=50, description="Consents that the plan's problems ask for."
    )
    on_conflict: OnConflict = OnConflict.FAIL
    restart: RestartConsumers = False
    plan_digest: PlanDigest | None = None
    break_glass: BreakGlassMember = None

    def to_request(self) -> configuring.ConfigureRequest:
        return configuring.ConfigureRequest(
            namespace=self.namespace,
            workloads=tuple(each.to_form() for each in self.workloads),
            config_maps=tuple(each.to_form() for each in self.config_maps),
            secrets=tuple(each.to_form() for each in self.secrets),
            manifests=self.manifests,
            allow=tuple(self.allow),
            on_conflict=self.on_conflict,
            restart=self.restart,
            plan_digest=self.plan_digest,
        )
