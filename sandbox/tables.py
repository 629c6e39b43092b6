"""Objects as rows of a table, the form that `kubectl get` requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.definitions import Column, Definition
from sandbox.resources import Resource
from sandbox.store import Object

Cell = Any
Row = Callable[[Object, datetime], Sequence[Cell]]
AGE = "Age"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of one kind: those always shown, then those of the wide form."""

    columns: tuple[str, ...]
    wide: tuple[str, ...] = ()
    row: Row


def table(
    definition: Definition, objects: Sequence[Object], now: datetime, *, metadata: Object, include: str
) -> Object:
    """A `meta.k8s.io/v1` Table; `include` says how much of each object goes along: None, Metadata or Object."""
    layout = _layout_of(definition)
    columns = [
        {
            "name": name,
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": 1 if name in layout.wide else 0,
        }
        for name in (*layout.columns, *layout.wide)
    ]
    rows = []
    for obj in objects:
        row: Object = {"cells": list(layout.row(obj, now))}
        if include == "Object":
            row["object"] = obj
        elif include != "None":
            row["object"] = partial(obj)
        rows.append(row)
    head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
    return head | {"columnDefinitions": columns, "rows": rows}


def partial(obj: Object) -> Object:
    """Only the metadata of an object."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


# Cells --------------------------------------------------------------------------------------------------------


def age(text: str | None, now: datetime) -> str:
    """How long ago, in the largest units that say it."""
    if not text:
        return "<unknown>"
    seconds = max(0, int((now - datetime.fromisoformat(text)).total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    return f"{days}d{hours % 24}h" if days < 8 and hours % 24 else f"{days}d"


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def _age(obj: Object, now: datetime) -> str:
    return age(obj["metadata"].get("creationTimestamp"), now)


def _status(obj: Object) -> dict[str, Any]:
    return obj.get("status") or {}


def _containers(obj: Object) -> tuple[str, str]:
    containers = obj["spec"]["template"]["spec"].get("containers") or ()
    return ",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)


def _labels(selector: dict[str, str] | None) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted((selector or {}).items())) or "<none>"


def _deployment(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return (
        _name(obj), ready, status.get("updatedReplicas", 0), status.get("availableReplicas", 0), _age(obj, now),
        *_containers(obj), _labels(spec["selector"].get("matchLabels")),
    )  # fmt: skip


def _replicaset(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    return (
        _name(obj), spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0), _age(obj, now),
        *_containers(obj), _labels(spec["selector"].get("matchLabels")),
    )  # fmt: skip


def _statefulset(obj: Object, now: datetime) -> Sequence[Cell]:
    ready = f"{_status(obj).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"
    return (_name(obj), ready, _age(obj, now), *_containers(obj))


def _daemonset(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    parts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    node = _labels(spec["template"]["spec"].get("nodeSelector"))
    counts = (status.get(p, 0) for p in parts)
    return (_name(obj), *counts, node, _age(obj, now), *_containers(obj), _labels(spec["selector"].get("matchLabels")))


def _pod(obj: Object, now: datetime) -> Sequence[Cell]:
    status = _status(obj)
    statuses = status.get("containerStatuses") or []
    ready = sum(bool(s.get("ready")) for s in statuses)
    restarts = sum(s.get("restartCount", 0) for s in statuses)
    return (
        _name(obj), f"{ready}/{len(obj['spec'].get('containers') or ())}", _pod_state(obj), str(restarts),
        _age(obj, now), status.get("podIP", "<none>"), obj["spec"].get("nodeName", "<none>"), "<none>", "<none>",
    )  # fmt: skip


def _pod_state(pod: Object) -> str:
    """The word that says most: why a container waits or ended, else the phase."""
    status = _status(pod)
    word = str(status.get("reason") or status.get("phase") or "Unknown")
    waiting_init = [
        s["state"]["waiting"]["reason"]
        for s in status.get("initContainerStatuses") or ()
        if (s.get("state") or {}).get("waiting", {}).get("reason", "PodInitializing") != "PodInitializing"
    ]
    if waiting_init:
        word = f"Init:{waiting_init[0]}"
    for container in reversed(status.get("containerStatuses") or ()):
        state = container.get("state") or {}
        word = (state.get("waiting") or {}).get("reason") or (state.get("terminated") or {}).get("reason") or word
    return "Terminating" if pod["metadata"].get("deletionTimestamp") else word


def _service(obj: Object, now: datetime) -> Sequence[Cell]:
    spec = obj["spec"]
    ports = [
        f"{p['port']}:{p['nodePort']}/{p['protocol']}" if p.get("nodePort") else f"{p['port']}/{p['protocol']}"
        for p in spec.get("ports") or ()
    ]
    external = ",".join(spec.get("externalIPs") or ()) or spec.get("externalName")
    if spec["type"] == "LoadBalancer" and not external:
        ingress = (_status(obj).get("loadBalancer") or {}).get("ingress") or ()
        external = ",".join(i.get("ip") or i.get("hostname", "") for i in ingress) or "<pending>"
    return (
        _name(obj), spec["type"], spec.get("clusterIP", "<none>"), external or "<none>", ",".join(ports) or "<none>",
        _age(obj, now), _labels(spec.get("selector")),
    )  # fmt: skip


def _job(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    done = {c["type"] for c in status.get("conditions") or () if c["status"] == "True"}
    word = next((w for w in ("Complete", "Failed", "Suspended") if w in done), "Running")
    took = ""
    if started := status.get("startTime"):
        end = status.get("completionTime")
        took = age(started, datetime.fromisoformat(end) if end else now)
    return (
        _name(obj), word, f"{status.get('succeeded', 0)}/{spec.get('completions', 1)}", took, _age(obj, now),
        *_containers(obj), _labels((spec.get("selector") or {}).get("matchLabels")),
    )  # fmt: skip


def _cronjob(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    last = age(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else "<none>"
    containers = _containers({"spec": spec["jobTemplate"]["spec"]})
    return (
        _name(obj), spec["schedule"], spec.get("timeZone", "<none>"), "True" if spec.get("suspend") else "False",
        len(status.get("active") or ()), last, _age(obj, now), *containers, "<none>",
    )  # fmt: skip


def _claim(obj: Object, now: datetime) -> Sequence[Cell]:
    status, spec = _status(obj), obj["spec"]
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    modes = ",".join(short.get(m, m) for m in status.get("accessModes") or ())
    return (
        _name(obj), status.get("phase", ""), spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", ""), modes, spec.get("storageClassName", ""),
        "<unset>", _age(obj, now), spec.get("volumeMode", ""),
    )  # fmt: skip


def _ingress(obj: Object, now: datetime) -> Sequence[Cell]:
    spec = obj["spec"]
    hosts = ",".join(r["host"] for r in spec.get("rules") or () if r.get("host")) or "*"
    addresses = (_status(obj).get("loadBalancer") or {}).get("ingress") or ()
    address = ",".join(i.get("ip") or i.get("hostname", "") for i in addresses)
    ports = "80, 443" if spec.get("tls") else "80"
    return (_name(obj), spec.get("ingressClassName", "<none>"), hosts, address, ports, _age(obj, now))


def _autoscaler(obj: Object, now: datetime) -> Sequence[Cell]:
    spec = obj["spec"]
    target = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
    metrics = ", ".join(_metric(m) for m in spec.get("metrics") or ()) or "<none>"
    replicas = _status(obj).get("currentReplicas", 0)
    return (_name(obj), target, metrics, spec.get("minReplicas", 1), spec["maxReplicas"], replicas, _age(obj, now))


def _metric(metric: dict[str, Any]) -> str:
    source = metric.get("resource") or {}
    aim = source.get("target") or {}
    wanted = f"{aim['averageUtilization']}%" if "averageUtilization" in aim else aim.get("averageValue", "<unknown>")
    return f"{source.get('name', metric['type'].lower())}: <unknown>/{wanted}"


def _budget(obj: Object, now: datetime) -> Sequence[Cell]:
    spec = obj.get("spec") or {}
    bounds = (str(spec.get("minAvailable", "N/A")), str(spec.get("maxUnavailable", "N/A")))
    return (_name(obj), *bounds, _status(obj).get("disruptionsAllowed", 0), _age(obj, now))


def _event(obj: Object, now: datetime) -> Sequence[Cell]:
    involved = obj.get("involvedObject") or {}
    seen = age(obj.get("lastTimestamp") or obj["metadata"].get("creationTimestamp"), now)
    subject = f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"
    return (seen, obj.get("type", ""), obj.get("reason", ""), subject, obj.get("message", "").strip())


def _namespace(obj: Object, now: datetime) -> Sequence[Cell]:
    return (_name(obj), _status(obj).get("phase", ""), _age(obj, now))


def _node(obj: Object, now: datetime) -> Sequence[Cell]:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in _status(obj).get("conditions") or ())
    version = (_status(obj).get("nodeInfo") or {}).get("kubeletVersion", "")
    return (_name(obj), "Ready" if ready else "NotReady", "<none>", _age(obj, now), version)


def _configmap(obj: Object, now: datetime) -> Sequence[Cell]:
    return (_name(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), _age(obj, now))


def _secret(obj: Object, now: datetime) -> Sequence[Cell]:
    return (_name(obj), obj.get("type", ""), len(obj.get("data") or ()), _age(obj, now))


def _serviceaccount(obj: Object, now: datetime) -> Sequence[Cell]:
    return (_name(obj), len(obj.get("secrets") or ()), _age(obj, now))


def _created_at(obj: Object, _now: datetime) -> Sequence[Cell]:
    return (_name(obj), obj["metadata"].get("creationTimestamp", ""))


def _binding(obj: Object, now: datetime) -> Sequence[Cell]:
    return (_name(obj), f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}", _age(obj, now))


_IMAGES = ("Containers", "Images")
_DEFAULT = Layout(columns=("Name", AGE), row=lambda obj, now: (_name(obj), _age(obj, now)))
_ROLE = Layout(columns=("Name", "Created At"), row=_created_at)
_BINDING = Layout(columns=("Name", "Role", AGE), row=_binding)
_LAYOUTS: dict[tuple[str, str], Layout] = {
    ("", "configmaps"): Layout(columns=("Name", "Data", AGE), row=_configmap),
    ("", "secrets"): Layout(columns=("Name", "Type", "Data", AGE), row=_secret),
    ("", "serviceaccounts"): Layout(columns=("Name", "Secrets", AGE), row=_serviceaccount),
    ("", "namespaces"): Layout(columns=("Name", "Status", AGE), row=_namespace),
    ("", "nodes"): Layout(columns=("Name", "Status", "Roles", AGE, "Version"), row=_node),
    ("", "events"): Layout(columns=("Last Seen", "Type", "Reason", "Object", "Message"), row=_event),
    ("", "pods"): Layout(
        columns=("Name", "Ready", "Status", "Restarts", AGE),
        wide=("IP", "Node", "Nominated Node", "Readiness Gates"),
        row=_pod,
    ),
    ("", "services"): Layout(
        columns=("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", AGE), wide=("Selector",), row=_service
    ),
    ("", "persistentvolumeclaims"): Layout(
        columns=(
            "Name",
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            AGE,
        ),
        wide=("VolumeMode",),
        row=_claim,
    ),
    ("apps", "deployments"): Layout(
        columns=("Name", "Ready", "Up-to-date", "Available", AGE), wide=(*_IMAGES, "Selector"), row=_deployment
    ),
    ("apps", "replicasets"): Layout(
        columns=("Name", "Desired", "Current", "Ready", AGE), wide=(*_IMAGES, "Selector"), row=_replicaset
    ),
    ("apps", "statefulsets"): Layout(columns=("Name", "Ready", AGE), wide=_IMAGES, row=_statefulset),
    ("apps", "daemonsets"): Layout(
        columns=("Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", AGE),
        wide=(*_IMAGES, "Selector"),
        row=_daemonset,
    ),
    ("batch", "jobs"): Layout(
        columns=("Name", "Status", "Completions", "Duration", AGE), wide=(*_IMAGES, "Selector"), row=_job
    ),
    ("batch", "cronjobs"): Layout(
        columns=("Name", "Schedule", "Timezone", "Suspend", "Active", "Last Schedule", AGE),
        wide=(*_IMAGES, "Selector"),
        row=_cronjob,
    ),
    ("networking.k8s.io", "ingresses"): Layout(
        columns=("Name", "Class", "Hosts", "Address", "Ports", AGE), row=_ingress
    ),
    ("autoscaling", "horizontalpodautoscalers"): Layout(
        columns=("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", AGE), row=_autoscaler
    ),
    ("policy", "poddisruptionbudgets"): Layout(
        columns=("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", AGE), row=_budget
    ),
    ("rbac.authorization.k8s.io", "roles"): _ROLE,
    ("rbac.authorization.k8s.io", "clusterroles"): _ROLE,
    ("rbac.authorization.k8s.io", "rolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _BINDING,
    ("apiextensions.k8s.io", "customresourcedefinitions"): _ROLE,
}


def _layout_of(definition: Definition) -> Layout:
    resource: Resource = definition.resource
    if definition.columns:
        return _custom_layout(definition.columns)
    return _LAYOUTS.get((resource.group, resource.plural), _DEFAULT)


def _custom_layout(columns: Sequence[Column]) -> Layout:
    shown, wide = ([c for c in columns if bool(c.priority) is w] for w in (False, True))

    def row(obj: Object, now: datetime) -> Sequence[Cell]:
        return (_name(obj), *(_cell(c, obj, now) for c in (*shown, *wide)))

    return Layout(columns=("Name", *(c.name for c in shown)), wide=tuple(c.name for c in wide), row=row)


def _cell(column: Column, obj: Object, now: datetime) -> Cell:
    value: Any = obj
    for step in column.path.strip(".").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is not None and column.type == "date":
        return age(str(value), now)
    return value
