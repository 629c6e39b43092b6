"""Pods, and the pod templates of other kinds."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.containers import (
    host_network_mismatches,
    host_port_clashes,
    validate_container,
    validate_ids,
    validate_init_container,
)
from sandbox.kinds.findings import IMMUTABLE, duplicate, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_annotations, validate_labels
from sandbox.kinds.placement import validate_placement
from sandbox.kinds.pod_defaults import CONTAINER_LISTS, default_pod_spec
from sandbox.kinds.rules import Rules
from sandbox.kinds.volumes import validate_volumes
from sandbox.store import Object

EMPTY_SPEC: dict[str, Any] = {"containers": None}
EMPTY_TEMPLATE: dict[str, Any] = {"metadata": {}, "spec": EMPTY_SPEC}


# Validation ---------------------------------------------------------------------------------------------------


def validate_template(
    template: dict[str, Any], field: str, *, restart: tuple[str, ...] = ("Always",)
) -> Iterator[Cause]:
    metadata = template.get("metadata") or {}
    yield from validate_labels(metadata.get("labels"), f"{field}.labels")
    yield from validate_annotations(metadata.get("annotations"), f"{field}.annotations")
    spec = template.get("spec") or {}
    yield from validate_pod_spec(spec, f"{field}.spec")
    if spec.get("ephemeralContainers"):
        yield forbidden(f"{field}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")
    if restart == ("Always",) and "activeDeadlineSeconds" in spec:
        yield forbidden(f"{field}.spec.activeDeadlineSeconds", "activeDeadlineSeconds is not supported here")
    if spec.get("restartPolicy") not in restart:
        yield unsupported(f"{field}.spec.restartPolicy", spec.get("restartPolicy"), restart)


def validate_pod_spec(spec: dict[str, Any], field: str) -> Iterator[Cause]:
    volumes = {v.get("name") for v in spec.get("volumes") or ()}
    yield from validate_volumes(spec.get("volumes") or (), f"{field}.volumes")
    if not spec.get("containers"):
        yield required(f"{field}.containers")
    names: set[str] = set()
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            at = f"{field}.{kind}[{index}]"
            yield from validate_container(container, at, volumes)
            if container.get("name") in names:
                yield duplicate(f"{at}.name", container.get("name"))
            names.add(container.get("name", ""))
            if kind == "initContainers":
                yield from validate_init_container(container, at)
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
    yield from validate_placement(spec, field)
    yield from validate_ids(spec.get("securityContext") or {}, f"{field}.securityContext")
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        if problem := formats.strict_address(alias.get("ip", "")):
            yield invalid(f"{field}.hostAliases[{index}].ip", alias.get("ip", ""), problem)
    if spec.get("hostNetwork"):
        yield from host_network_mismatches(spec.get("containers") or (), f"{field}.containers")
    yield from host_port_clashes(spec.get("containers") or (), f"{field}.containers")
    dns = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None" and not (dns or {}).get("nameservers"):
        at = f"{field}.dnsConfig" + (".nameservers" if dns is not None else "")
        yield required(at, "must be provided when `dnsPolicy` is None")


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
    if pod["spec"].get("ephemeralContainers") and "nodeName" not in pod["spec"]:
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
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
