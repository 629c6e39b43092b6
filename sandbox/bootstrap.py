"""The initial objects of a cluster: its namespaces, and the default roles of Kubernetes."""

from collections.abc import Iterator
from typing import Any

from sandbox.access import VIEWER
from sandbox.cluster import Cluster
from sandbox.kinds.roles import GROUP
from sandbox.store import Object

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_MANAGER = "kube-apiserver"

_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_APPLICATION_RESOURCES: dict[str, list[str]] = {
    "": ["configmaps", "endpoints", "persistentvolumeclaims", "pods", "serviceaccounts", "services"],
    "apps": ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
    "autoscaling": ["horizontalpodautoscalers"],
    "batch": ["cronjobs", "jobs"],
    "networking.k8s.io": ["ingresses", "networkpolicies"],
    "policy": ["poddisruptionbudgets"],
}
_VIEW_ONLY: dict[str, list[str]] = {
    "": ["events", "limitranges", "namespaces", "resourcequotas"],
    "discovery.k8s.io": ["endpointslices"],
}
_DISCOVERY = [
    "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version",
    "/version/",
]  # fmt: skip
_PUBLIC = ["/healthz", "/livez", "/readyz", "/version", "/version/"]


def lay_out(cluster: Cluster) -> None:
    """Make what is missing; what is there stays as it is."""
    for name in NAMESPACES:
        _ensure(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for name, rules in _roles():
        _ensure(cluster, _named("ClusterRole", name, rules=rules))
    for name, subjects in _bindings():
        role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
        _ensure(cluster, _named("ClusterRoleBinding", name, roleRef=role, subjects=subjects))


def _named(kind: str, name: str, **parts: Any) -> Object:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}} | parts


def _ensure(cluster: Cluster, obj: Object) -> None:
    resource = cluster.resources.of_kind(obj["apiVersion"], obj["kind"])
    assert resource is not None
    if cluster.get(resource.group_resource, obj["metadata"]["name"]) is None:
        cluster.create(obj, manager=_MANAGER)


def _rules(resources: dict[str, list[str]], verbs: list[str]) -> list[dict[str, Any]]:
    return [{"apiGroups": [g], "resources": r, "verbs": verbs} for g, r in resources.items()]


def _roles() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    yield "cluster-admin", [everything, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
    view = _rules(_APPLICATION_RESOURCES | {"": _APPLICATION_RESOURCES[""] + _VIEW_ONLY[""]}, _READ)
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": _READ + _WRITE}
    edit = [*_rules(_APPLICATION_RESOURCES, _WRITE), secrets, *view]
    yield "view", view
    yield "edit", edit
    roles = {"apiGroups": [GROUP], "resources": ["rolebindings", "roles"], "verbs": _READ + _WRITE}
    yield "admin", [*edit, roles]
    yield (
        "system:basic-user",
        [
            {
                "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                "verbs": ["create"],
            },
            {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
        ],
    )
    well_known = {"nonResourceURLs": ["/.well-known", "/.well-known/*"], "verbs": ["get"]}
    yield "system:discovery", [{"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}, well_known]
    yield "system:public-info-viewer", [{"nonResourceURLs": _PUBLIC, "verbs": ["get"]}]
    yield "sandbox:configmap-reader", [{"apiGroups": [""], "resources": ["configmaps"], "verbs": _READ}]


def _bindings() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    def group(name: str) -> dict[str, Any]:
        return {"kind": "Group", "apiGroup": GROUP, "name": name}

    yield "cluster-admin", [group("system:masters")]
    yield "system:basic-user", [group("system:authenticated")]
    yield "system:discovery", [group("system:authenticated")]
    yield "system:public-info-viewer", [group("system:authenticated"), group("system:unauthenticated")]
    yield "sandbox:configmap-reader", [{"kind": "User", "apiGroup": GROUP, "name": VIEWER}]
