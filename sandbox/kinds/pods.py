"""Pods, and what holds of the templates that other kinds make them from."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import IMMUTABLE, duplicate, forbidden, invalid, missing, required, unsupported
from sandbox.kinds.meta import unique_names, validate_annotations, validate_labels
from sandbox.kinds.pod_defaults import CONTAINER_LISTS, default_pod_spec
from sandbox.kinds.rules import Rules
from sandbox.store import Object

EMPTY_SPEC: dict[str, Any] = {"containers": None}
EMPTY_TEMPLATE: dict[str, Any] = {"metadata": {}, "spec": EMPTY_SPEC}
PROTOCOLS = ("TCP", "UDP", "SCTP")


# Validation ---------------------------------------------------------------------------------------------------


def validate_template(
    template: dict[str, Any], field: str, *, restart: tuple[str, ...] = ("Always",)
) -> Iterator[Cause]:
    metadata = template.get("metadata") or {}
    yield from validate_labels(metadata.get("labels"), f"{field}.labels")
    yield from validate_annotations(metadata.get("annotations"), f"{field}.annotations")
    spec = template.get("spec") or {}
    yield from validate_pod_spec(spec, f"{field}.spec")
    if spec.get("restartPolicy") not in restart:
        yield unsupported(f"{field}.spec.restartPolicy", spec.get("restartPolicy"), restart)


def validate_pod_spec(spec: dict[str, Any], field: str) -> Iterator[Cause]:
    volumes = {v.get("name") for v in spec.get("volumes") or ()}
    yield from _validate_volumes(spec.get("volumes") or (), f"{field}.volumes")
    if not spec.get("containers"):
        yield required(f"{field}.containers")
    names: set[str] = set()
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            at = f"{field}.{kind}[{index}]"
            yield from _validate_container(container, at, volumes)
            if container.get("name") in names:
                yield duplicate(f"{at}.name", container.get("name"))
            names.add(container.get("name", ""))
    for name, options in (
        ("restartPolicy", ("Always", "OnFailure", "Never")),
        ("dnsPolicy", ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")),
    ):
        if spec.get(name) not in options:
            yield unsupported(f"{field}.{name}", spec.get(name), options)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        yield invalid(
            f"{field}.terminationGracePeriodSeconds",
            spec["terminationGracePeriodSeconds"],
            "must be greater than or equal to 0",
        )
    if "activeDeadlineSeconds" in spec and spec["activeDeadlineSeconds"] < 1:
        yield invalid(
            f"{field}.activeDeadlineSeconds",
            spec["activeDeadlineSeconds"],
            "must be between 1 and 2147483647, inclusive",
        )
    for name, check in (
        ("serviceAccountName", formats.subdomain),
        ("nodeName", formats.subdomain),
        ("priorityClassName", formats.subdomain),
        ("runtimeClassName", formats.subdomain),
        ("hostname", formats.label),
        ("subdomain", formats.label),
    ):
        if spec.get(name) and (problem := check(spec[name])):
            yield invalid(f"{field}.{name}", spec[name], problem)
    yield from validate_labels(spec.get("nodeSelector"), f"{field}.nodeSelector")
    yield from _validate_tolerations(spec.get("tolerations") or (), f"{field}.tolerations")


def _validate_tolerations(tolerations: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    for index, toleration in enumerate(tolerations):
        at = f"{field}[{index}]"
        operator = toleration.get("operator") or "Equal"
        if operator not in {"Equal", "Exists"}:
            yield unsupported(f"{at}.operator", operator, ("Equal", "Exists"))
        if operator == "Exists" and toleration.get("value"):
            yield invalid(f"{at}.operator", toleration, "value must be empty when `operator` is 'Exists'")
        if not toleration.get("key") and operator != "Exists":
            yield invalid(
                f"{at}.operator",
                operator,
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            )
        effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
        if toleration.get("effect") and toleration["effect"] not in effects:
            yield unsupported(f"{at}.effect", toleration["effect"], effects)


def _validate_container(container: dict[str, Any], at: str, volumes: set[Any]) -> Iterator[Cause]:
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
    yield from _validate_env(container, at)
    yield from _validate_mounts(container, at, volumes)
    yield from validate_resources(container.get("resources") or {}, f"{at}.resources")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            yield from _validate_probe(container[probe], f"{at}.{probe}")
    if (container.get("livenessProbe") or {}).get("successThreshold", 1) != 1:
        yield invalid(
            f"{at}.livenessProbe.successThreshold", container["livenessProbe"]["successThreshold"], "must be 1"
        )


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
    if "fieldRef" in source and not source["fieldRef"].get("fieldPath"):
        yield required(f"{field}.fieldRef.fieldPath")
    if "resourceFieldRef" in source and not source["resourceFieldRef"].get("resource"):
        yield required(f"{field}.resourceFieldRef.resource")


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
            standard = {"cpu", "memory", "ephemeral-storage"}
            if name not in standard and "/" not in name and not name.startswith("hugepages-"):
                yield invalid(at, name, "must be a standard resource for containers")
            if formats.quantity(amount) < 0:
                yield invalid(at, amount, "must be greater than or equal to 0")
            if kind == "requests" and name in limits and formats.quantity(amount) > formats.quantity(limits[name]):
                yield invalid(
                    f"{field}.requests", amount, f"must be less than or equal to {name} limit of {limits[name]}"
                )


def _validate_probe(probe: dict[str, Any], field: str) -> Iterator[Cause]:
    handlers = [k for k in ("exec", "httpGet", "tcpSocket", "grpc") if k in probe]
    if not handlers:
        yield required(field, "must specify a handler type")
    for extra in handlers[1:]:
        yield forbidden(f"{field}.{extra}", "may not specify more than 1 handler type")
    for kind in ("httpGet", "tcpSocket", "grpc"):
        if kind in probe:
            port = probe[kind].get("port")
            problem = formats.port_name(port) if isinstance(port, str) and port else formats.port(port)
            if problem:
                yield invalid(f"{field}.{kind}.port", port, problem)
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        if probe.get(name, 0) < 0:
            yield invalid(f"{field}.{name}", probe[name], "must be greater than or equal to 0")


def _validate_volumes(volumes: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    yield from unique_names(volumes, field)
    for index, volume in enumerate(volumes):
        at = f"{field}[{index}]"
        if not volume.get("name"):
            yield required(f"{at}.name")
        elif problem := formats.label(volume["name"]):
            yield invalid(f"{at}.name", volume["name"], problem)
        sources = [k for k in volume if k != "name"]
        if not sources:
            yield required(at, "must specify a volume type")
        for extra in sources[1:]:
            yield forbidden(f"{at}.{extra}", "may not specify more than 1 volume type")
        for source, key in (("secret", "secretName"), ("configMap", "name"), ("persistentVolumeClaim", "claimName")):
            if source in volume and not volume[source].get(key):
                yield required(f"{at}.{source}.{key}")
        for source in ("secret", "configMap"):
            yield from _validate_items((volume.get(source) or {}).get("items") or (), f"{at}.{source}.items")
            mode = (volume.get(source) or {}).get("defaultMode", 0)
            if not 0 <= mode <= 0o777:
                yield invalid(
                    f"{at}.{source}.defaultMode", mode, "must be a number between 0 and 0777 (octal), both inclusive"
                )


def _validate_items(items: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    for index, item in enumerate(items):
        for part in ("key", "path"):
            if not item.get(part):
                yield required(f"{field}[{index}].{part}")
        if item.get("path", "").startswith("/"):
            yield invalid(f"{field}[{index}].path", item["path"], "must be a relative path")


# Pods themselves ----------------------------------------------------------------------------------------------


def _default_pod(pod: Object) -> None:
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for kind in CONTAINER_LISTS:
        for container in spec.get(kind) or ():
            limits = container["resources"].get("limits") or {}
            for name, amount in limits.items():
                container["resources"].setdefault("requests", {}).setdefault(name, amount)


def _prepare_pod(pod: Object) -> None:
    """What admission adds to a pod, and its first status."""
    spec = pod["spec"]
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(t.get("key") in {key, None} and t.get("effect") in {"NoExecute", None} for t in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    pod["status"] = {"phase": "Pending", "qosClass": _qos_class(spec)}


def _qos_class(spec: dict[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort, by the requests and limits for cpu and memory."""
    resources = [c.get("resources") or {} for k in ("initContainers", "containers") for c in spec.get(k) or ()]
    amounts = [
        {n: a for n, a in (r.get(kind) or {}).items() if n in {"cpu", "memory"}}
        for r in resources
        for kind in ("requests", "limits")
    ]
    if not any(amounts):
        return "BestEffort"
    pairs = zip(amounts[::2], amounts[1::2], strict=True)
    return "Guaranteed" if all(r == lim and len(lim) == 2 for r, lim in pairs) else "Burstable"


def _validate_pod(pod: Object) -> Iterator[Cause]:
    yield from validate_pod_spec(pod["spec"], "spec")


_POD_MUTABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _forbid_pod(new: Object, old: Object) -> Iterator[Cause]:
    def fixed(spec: dict[str, Any]) -> dict[str, Any]:
        rest = {k: v for k, v in spec.items() if k not in {"activeDeadlineSeconds", "tolerations", "nodeName"}}
        for kind in ("containers", "initContainers"):
            rest[kind] = [{k: v for k, v in c.items() if k != "image"} for c in spec.get(kind) or ()]
        return rest

    if fixed(new["spec"]) != fixed(old["spec"]):
        yield forbidden("spec", _POD_MUTABLE)
    bound = old["spec"].get("nodeName")
    if bound and new["spec"].get("nodeName") != bound:
        yield invalid("spec.nodeName", new["spec"].get("nodeName"), IMMUTABLE)


PODS = {
    ("", "pods"): Rules(
        default=_default_pod,
        prepare=_prepare_pod,
        validate=_validate_pod,
        forbid=_forbid_pod,
        empty={"spec": EMPTY_SPEC, "status": {}},
        status={},
        generation=True,
    )
}
