"""Validates containers: ports, variables, mounts, resources and probes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import duplicate, forbidden, invalid, missing, required, unsupported

PROTOCOLS = ("TCP", "UDP", "SCTP")
_STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_POD_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
"""What a variable may take from its pod, besides single labels and annotations."""


def validate_container(container: dict[str, Any], at: str, volumes: set[Any]) -> Iterator[Cause]:
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        yield required(f"{at}.name")
    elif problem := formats.label(name):
        yield invalid(f"{at}.name", name, problem)
    if not image:
        yield required(f"{at}.image")
    elif image != image.strip():
        yield invalid(f"{at}.image", image, "must not have leading or trailing whitespace")
    options = ("Always", "IfNotPresent", "Never")
    if container.get("imagePullPolicy") not in options:
        yield unsupported(f"{at}.imagePullPolicy", container.get("imagePullPolicy"), options)
    if container.get("terminationMessagePolicy") not in {"File", "FallbackToLogsOnError"}:
        yield unsupported(
            f"{at}.terminationMessagePolicy",
            container.get("terminationMessagePolicy"),
            ("File", "FallbackToLogsOnError"),
        )
    yield from _validate_ports(container.get("ports") or (), f"{at}.ports")
    yield from _validate_security(container.get("securityContext") or {}, f"{at}.securityContext")
    for hook, handler in (container.get("lifecycle") or {}).items():
        if isinstance(handler, dict):
            yield from _validate_handler(handler, f"{at}.lifecycle.{hook}", ("exec", "httpGet", "tcpSocket", "sleep"))
    yield from _validate_env(container, at)
    yield from _validate_mounts(container, at, volumes)
    yield from validate_resources(container.get("resources") or {}, f"{at}.resources")
    for probe in _PROBES:
        if probe in container:
            yield from _validate_probe(container[probe], f"{at}.{probe}")
    if "terminationGracePeriodSeconds" in (container.get("readinessProbe") or {}):
        yield forbidden(f"{at}.readinessProbe.terminationGracePeriodSeconds", "must not be set for readinessProbes")
    if (container.get("livenessProbe") or {}).get("successThreshold", 1) != 1:
        yield invalid(
            f"{at}.livenessProbe.successThreshold", container["livenessProbe"]["successThreshold"], "must be 1"
        )


def validate_init_container(container: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """What ends before the others begin has nothing to be probed; a sidecar goes on."""
    if container.get("restartPolicy") == "Always":
        return
    for name in ("lifecycle", *_PROBES):
        if name in container:
            yield forbidden(f"{at}.{name}", "may not be set for init containers without restartPolicy=Always")


def host_port_clashes(containers: Iterable[Mapping[str, Any]], field: str) -> Iterator[Cause]:
    """A port of the node goes to one container of a pod."""
    taken: set[str] = set()
    for number, container in enumerate(containers):
        for index, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = f"{port['hostPort']}/{port.get('hostIP', '')}/{port.get('protocol')}"
            if key in taken:
                yield duplicate(f"{field}[{number}].ports[{index}].hostPort", key)
            taken.add(key)


def host_network_mismatches(containers: Iterable[Mapping[str, Any]], field: str) -> Iterator[Cause]:
    """A pod on its node's own network listens there at its own ports."""
    for number, container in enumerate(containers):
        for index, port in enumerate(container.get("ports") or ()):
            if port.get("hostPort") not in {None, 0, port.get("containerPort")}:
                detail = "must match `hostPort` when `hostNetwork` is true"
                yield invalid(f"{field}[{number}].ports[{index}].containerPort", port.get("containerPort"), detail)


def _validate_security(context: Mapping[str, Any], at: str) -> Iterator[Cause]:
    yield from validate_ids(context, at)
    if context.get("privileged") and context.get("allowPrivilegeEscalation") is False:
        detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield invalid(at, context, detail)


def validate_ids(context: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """Users and groups of a security context."""
    for name in ("runAsUser", "runAsGroup", "fsGroup"):
        if not 0 <= context.get(name, 0) <= 0x7FFFFFFF:
            yield invalid(f"{at}.{name}", context[name], "must be between 0 and 2147483647, inclusive")


def _validate_ports(ports: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    names: set[str] = set()
    for index, port in enumerate(ports):
        at = f"{field}[{index}]"
        if not port.get("containerPort"):
            yield required(f"{at}.containerPort")
        elif problem := formats.port(port["containerPort"]):
            yield invalid(f"{at}.containerPort", port["containerPort"], problem)
        if port.get("hostPort") and (problem := formats.port(port["hostPort"])):
            yield invalid(f"{at}.hostPort", port["hostPort"], problem)
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"{at}.protocol", port.get("protocol"), PROTOCOLS)
        if name := port.get("name"):
            if problem := formats.port_name(name):
                yield invalid(f"{at}.name", name, problem)
            if name in names:
                yield duplicate(f"{at}.name", name)
            names.add(name)


def _validate_env(container: dict[str, Any], at: str) -> Iterator[Cause]:
    for index, variable in enumerate(container.get("env") or ()):
        field = f"{at}.env[{index}]"
        if not variable.get("name"):
            yield required(f"{field}.name")
        elif problem := formats.env_name(variable["name"]):
            yield invalid(f"{field}.name", variable["name"], problem)
        if "valueFrom" in variable:
            yield from _validate_value_from(variable, f"{field}.valueFrom")
    for index, source in enumerate(container.get("envFrom") or ()):
        field = f"{at}.envFrom[{index}]"
        chosen = [k for k in ("configMapRef", "secretRef") if k in source]
        if source.get("prefix") and (problem := formats.env_name(source["prefix"])):
            yield invalid(f"{field}.prefix", source["prefix"], problem)
        if not chosen:
            yield invalid(field, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(chosen) > 1:
            yield invalid(field, "", "may not have more than one field specified at a time")
        for kind in chosen:
            yield from _validate_reference(source[kind].get("name"), f"{field}.{kind}.name")


def _validate_reference(name: str | None, field: str) -> Iterator[Cause]:
    if not name:
        yield required(field)
    elif problem := formats.subdomain(name):
        yield invalid(field, name, problem)


def _validate_value_from(variable: dict[str, Any], field: str) -> Iterator[Cause]:
    source = variable["valueFrom"]
    sources = [
        k for k in source if k in {"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"}
    ]
    if variable.get("value"):
        yield invalid(field, "", "may not be specified when `value` is not empty")
    if not sources:
        yield invalid(
            field,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        )
    elif len(sources) > 1:
        yield invalid(field, "", "may not have more than one field specified at a time")
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            yield from _validate_reference(source[kind].get("name"), f"{field}.{kind}.name")
            if not source[kind].get("key"):
                yield required(f"{field}.{kind}.key")
            elif problem := formats.config_key(source[kind]["key"]):
                yield invalid(f"{field}.{kind}.key", source[kind]["key"], problem)
    if "fieldRef" in source:
        yield from _validate_field_path(source["fieldRef"].get("fieldPath"), f"{field}.fieldRef.fieldPath")
    if "resourceFieldRef" in source:
        yield from _validate_amount(source["resourceFieldRef"].get("resource"), f"{field}.resourceFieldRef.resource")


def _validate_field_path(path: str | None, field: str) -> Iterator[Cause]:
    if not path:
        yield required(field)
    elif path not in _POD_FIELDS and not path.startswith(("metadata.labels['", "metadata.annotations['")):
        yield invalid(field, path, f"error converting fieldPath: field label not supported: {path}")


def _validate_amount(name: str | None, field: str) -> Iterator[Cause]:
    """A resource of a container, as a variable may ask for it: `limits.cpu`."""
    if not name:
        yield required(field)
        return
    kind, _, resource = name.partition(".")
    if kind not in {"limits", "requests"} or not resource.startswith((*_STANDARD_RESOURCES, "hugepages-")):
        yield unsupported(field, name, [f"{k}.{r}" for k in ("limits", "requests") for r in _STANDARD_RESOURCES])


def _validate_mounts(container: dict[str, Any], at: str, volumes: set[Any]) -> Iterator[Cause]:
    paths: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        field = f"{at}.volumeMounts[{index}]"
        if not mount.get("name"):
            yield required(f"{field}.name")
        elif mount["name"] not in volumes:
            yield missing(f"{field}.name", mount["name"])
        path = mount.get("mountPath")
        if not path:
            yield required(f"{field}.mountPath")
        elif path in paths:
            yield invalid(f"{field}.mountPath", path, "must be unique")
        paths.add(path or "")
        if mount.get("subPath", "").startswith("/"):
            yield invalid(f"{field}.subPath", mount["subPath"], "must be a relative path")
        if ".." in mount.get("subPath", "").split("/"):
            yield invalid(f"{field}.subPath", mount["subPath"], "must not contain '..'")


def validate_resources(resources: dict[str, Any], field: str) -> Iterator[Cause]:
    """Requests and limits of a container."""
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, amount in (resources.get(kind) or {}).items():
            at = f"{field}.{kind}[{name}]"
            if name not in _STANDARD_RESOURCES and "/" not in name and not name.startswith("hugepages-"):
                yield invalid(at, name, "must be a standard resource for containers")
            if formats.quantity(amount) < 0:
                yield invalid(at, amount, "must be greater than or equal to 0")
            if kind == "requests" and name in limits and formats.quantity(amount) > formats.quantity(limits[name]):
                yield invalid(
                    f"{field}.requests", amount, f"must be less than or equal to {name} limit of {limits[name]}"
                )
            if kind == "requests" and name not in limits and ("/" in name or name.startswith("hugepages-")):
                yield required(f"{field}.limits", "Limit must be set for non overcommitable resources")


def _validate_probe(probe: dict[str, Any], field: str) -> Iterator[Cause]:
    yield from _validate_handler(probe, field, ("exec", "httpGet", "tcpSocket", "grpc"))
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        if probe.get(name, 0) < 0:
            yield invalid(f"{field}.{name}", probe[name], "must be greater than or equal to 0")


def _validate_handler(handler: Mapping[str, Any], field: str, known: tuple[str, ...]) -> Iterator[Cause]:
    """What a probe or a hook does: exactly one thing."""
    chosen = [k for k in known if k in handler]
    if not chosen:
        yield required(field, "must specify a handler type")
    for extra in chosen[1:]:
        yield forbidden(f"{field}.{extra}", "may not specify more than 1 handler type")
    if "exec" in chosen and not handler["exec"].get("command"):
        yield required(f"{field}.exec.command")
    scheme = (handler.get("httpGet") or {}).get("scheme", "HTTP")
    if scheme not in {"HTTP", "HTTPS"}:
        yield unsupported(f"{field}.httpGet.scheme", scheme, ("HTTP", "HTTPS"))
    for kind in ("httpGet", "tcpSocket", "grpc"):
        if kind in chosen:
            port = handler[kind].get("port")
            problem = formats.port_name(port) if isinstance(port, str) and port else formats.port(port)
            if problem:
                yield invalid(f"{field}.{kind}.port", port, problem)
