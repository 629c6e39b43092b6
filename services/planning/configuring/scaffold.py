"""Scaffold the manifests of an application from short forms. Pure.

The forms have the fields that most workloads need; the API server defaults the rest. The labels follow the Kubernetes
docs, "Recommended Labels"; none of them is a mark by which another tool recognises its objects.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.image_references import try_parse_image
from domain.resources import Manifest
from domain.secret_text import SecretText

NAME_LABEL = "app.kubernetes.io/name"
PART_OF_LABEL = "app.kubernetes.io/part-of"


class WorkloadKind(StrEnum):
    """The kinds of workloads that a form can create."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"
    DAEMON_SET = "DaemonSet"
    CRON_JOB = "CronJob"


@dataclass(frozen=True, kw_only=True)
class PortForm:
    """A port of a container; with a `service_port`, the Service of the workload exposes it under that number."""

    container_port: int
    service_port: int | None = None
    name: str | None = None
    protocol: str = "TCP"


@dataclass(frozen=True, kw_only=True)
class KeyReference:
    """One key of a ConfigMap or Secret."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentVariable:
    """A variable with exactly one of `value`, `config_map_key` and `secret_key`."""

    name: str
    value: str | None = None
    config_map_key: KeyReference | None = None
    secret_key: KeyReference | None = None

    def __post_init__(self) -> None:
        given = [source for source in (self.value, self.config_map_key, self.secret_key) if source is not None]
        if len(given) != 1:
            raise ValueError(f"Environment variable {self.name} needs exactly one source")


@dataclass(frozen=True, kw_only=True)
class ProbeForm:
    """A probe: exactly one of `http_path` (with `port`), `tcp` (with `port`) and `command`."""

    http_path: str | None = None
    port: int | None = None
    tcp: bool = False
    command: tuple[str, ...] = ()
    initial_delay_seconds: int = 0
    period_seconds: int = 10

    def __post_init__(self) -> None:
        if [self.http_path is not None, self.tcp, bool(self.command)].count(True) != 1:
            raise ValueError("A probe needs exactly one of http_path, tcp and command")
        if not self.command and self.port is None:
            raise ValueError("A probe over the network needs a port")


@dataclass(frozen=True, kw_only=True)
class ResourcesForm:
    """Requests and limits as Kubernetes quantities: `500m`, `128Mi`."""

    cpu_request: str | None = None
    cpu_limit: str | None = None
    memory_request: str | None = None
    memory_limit: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContainerForm:
    """A container; init containers run to completion before the others start."""

    name: str
    image: str
    init: bool = False
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    ports: tuple[PortForm, ...] = ()
    env: tuple[EnvironmentVariable, ...] = ()
    env_from_config_maps: tuple[str, ...] = ()
    env_from_secrets: tuple[str, ...] = ()
    resources: ResourcesForm = ResourcesForm()
    readiness: ProbeForm | None = None
    liveness: ProbeForm | None = None

    def __post_init__(self) -> None:
        if try_parse_image(self.image) is None:
            raise ValueError(
                f"Container {self.name} needs an image reference, for instance registry.example/shop/web:1.4.2"
            )


@dataclass(frozen=True, kw_only=True)
class WorkloadForm:
    """A workload, and its Service where one of its ports has a service port.

    `replicas` is ignored for a DaemonSet or CronJob. `schedule` (cron syntax) is required for a CronJob and refused for
    other kinds. `grace_seconds` is `terminationGracePeriodSeconds`.
    """

    kind: WorkloadKind = WorkloadKind.DEPLOYMENT
    name: str
    containers: tuple[ContainerForm, ...]
    replicas: int = 1
    schedule: str | None = None
    service_type: str = "ClusterIP"
    service_account: str | None = None
    grace_seconds: int = 60
    node_selector: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.kind is WorkloadKind.CRON_JOB) != (self.schedule is not None):
            raise ValueError(f"Workload {self.name}: a CronJob needs a schedule, and no other kind may have one")
        if all(container.init for container in self.containers):
            raise ValueError(f"Workload {self.name} needs a container that is no init container")
        names = [container.name for container in self.containers]
        if len(set(names)) < len(names):
            raise ValueError(f"Workload {self.name} has two containers of the same name")


@dataclass(frozen=True, kw_only=True)
class ConfigMapForm:
    """A ConfigMap with plain text values."""

    name: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SecretForm:
    """A Secret whose values are plain text; the manifest encodes them in base64."""

    name: str
    type: str = "Opaque"
    data: Mapping[str, SecretText] = field(default_factory=dict)


def scaffold(
    application: str,
    *,
    workloads: tuple[WorkloadForm, ...] = (),
    config_maps: tuple[ConfigMapForm, ...] = (),
    secrets: tuple[SecretForm, ...] = (),
) -> tuple[Manifest, ...]:
    """The manifests of the forms, without a namespace: ConfigMaps, Secrets, then each workload and its Service."""
    part_of = {PART_OF_LABEL: application}
    manifests = [_config_map(form, part_of) for form in config_maps]
    manifests += [_secret(form, part_of) for form in secrets]
    for form in workloads:
        labels = {NAME_LABEL: form.name, **part_of}
        manifests.append(_workload(form, labels))
        manifests += _service(form, labels)
    return tuple(manifests)


def _manifest(api_version: str, kind: str, name: str, labels: Mapping[str, str], **body: Any) -> Manifest:
    metadata = {"name": name, "labels": dict(labels)}
    return Manifest({"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})


def _config_map(form: ConfigMapForm, labels: Mapping[str, str]) -> Manifest:
    return _manifest("v1", "ConfigMap", form.name, labels, data=dict(form.data))


def _secret(form: SecretForm, labels: Mapping[str, str]) -> Manifest:
    data = {key: base64.b64encode(text.value.encode()).decode() for key, text in form.data.items()}
    return _manifest("v1", "Secret", form.name, labels, type=form.type, data=data)


def _workload(form: WorkloadForm, labels: Mapping[str, str]) -> Manifest:
    # A selector is immutable, so it has the name alone.
    selector = {"matchLabels": {NAME_LABEL: form.name}}
    template = {"metadata": {"labels": dict(labels)}, "spec": _pod_spec(form)}
    match form.kind:
        case WorkloadKind.DEPLOYMENT:
            spec = {"replicas": form.replicas, "selector": selector, "template": template}
        case WorkloadKind.STATEFUL_SET:
            spec = {"replicas": form.replicas, "serviceName": form.name, "selector": selector, "template": template}
        case WorkloadKind.DAEMON_SET:
            spec = {"selector": selector, "template": template}
        case WorkloadKind.CRON_JOB:
            template["spec"] = {**_pod_spec(form), "restartPolicy": "OnFailure"}
            spec = {"schedule": form.schedule, "jobTemplate": {"spec": {"template": template}}}
    api_version = "batch/v1" if form.kind is WorkloadKind.CRON_JOB else "apps/v1"
    return _manifest(api_version, form.kind, form.name, labels, spec=spec)


def _pod_spec(form: WorkloadForm) -> dict[str, Any]:
    spec: dict[str, Any] = {"terminationGracePeriodSeconds": form.grace_seconds}
    init = [_container(container) for container in form.containers if container.init]
    if init:
        spec["initContainers"] = init
    spec["containers"] = [_container(container) for container in form.containers if not container.init]
    if form.service_account is not None:
        spec["serviceAccountName"] = form.service_account
    if form.node_selector:
        spec["nodeSelector"] = dict(form.node_selector)
    return spec


def _container(form: ContainerForm) -> dict[str, Any]:
    fields = {
        "name": form.name,
        "image": form.image,
        "command": list(form.command),
        "args": list(form.args),
        "ports": [_container_port(port) for port in form.ports],
        "env": [_variable(variable) for variable in form.env],
        "envFrom": [
            *({"configMapRef": {"name": name}} for name in form.env_from_config_maps),
            *({"secretRef": {"name": name}} for name in form.env_from_secrets),
        ],
        "resources": _resources(form.resources),
        "readinessProbe": _probe(form.readiness) if form.readiness else None,
        "livenessProbe": _probe(form.liveness) if form.liveness else None,
    }
    return {key: value for key, value in fields.items() if value}


def _container_port(port: PortForm) -> dict[str, Any]:
    name = {"name": port.name} if port.name else {}
    return {**name, "containerPort": port.container_port, "protocol": port.protocol}


def _variable(variable: EnvironmentVariable) -> dict[str, Any]:
    if variable.value is not None:
        return {"name": variable.name, "value": variable.value}
    reference = variable.config_map_key or variable.secret_key
    assert reference is not None, "the form has exactly one source"
    source = "configMapKeyRef" if variable.config_map_key else "secretKeyRef"
    return {"name": variable.name, "valueFrom": {source: {"name": reference.name, "key": reference.key}}}


def _resources(form: ResourcesForm) -> dict[str, Any]:
    sides = {
        "requests": {"cpu": form.cpu_request, "memory": form.memory_request},
        "limits": {"cpu": form.cpu_limit, "memory": form.memory_limit},
    }
    given = {side: {name: q for name, q in quantities.items() if q is not None} for side, quantities in sides.items()}
    return {side: quantities for side, quantities in given.items() if quantities}


def _probe(form: ProbeForm) -> dict[str, Any]:
    times = {"initialDelaySeconds": form.initial_delay_seconds, "periodSeconds": form.period_seconds}
    # The server does not store a delay of 0: sent, it would show as a difference in every plan.
    times = {key: seconds for key, seconds in times.items() if seconds}
    if form.command:
        return {"exec": {"command": list(form.command)}, **times}
    if form.tcp:
        return {"tcpSocket": {"port": form.port}, **times}
    return {"httpGet": {"path": form.http_path, "port": form.port}, **times}


def _service(form: WorkloadForm, labels: Mapping[str, str]) -> list[Manifest]:
    ports = [
        {
            **({"name": _port_name(port)} if _offered(form) > 1 or port.name else {}),
            "port": port.service_port,
            "targetPort": port.container_port,
            "protocol": port.protocol,
        }
        for container in form.containers
        for port in container.ports
        if port.service_port is not None
    ]
    spec: dict[str, Any] = {"selector": {NAME_LABEL: form.name}}
    if form.kind is WorkloadKind.STATEFUL_SET and not ports:
        # A StatefulSet needs a headless Service for the DNS names of its pods, with or without ports.
        return [_manifest("v1", "Service", form.name, labels, spec={**spec, "clusterIP": "None"})]
    if not ports:
        return []
    return [_manifest("v1", "Service", form.name, labels, spec={**spec, "type": form.service_type, "ports": ports})]


def _offered(form: WorkloadForm) -> int:
    return sum(port.service_port is not None for container in form.containers for port in container.ports)


def _port_name(port: PortForm) -> str:
    return port.name or f"{port.protocol.lower()}-{port.service_port}"
