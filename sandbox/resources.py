"""The resources that a cluster serves: the built-in ones, and those of its CustomResourceDefinitions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.errors import Cause, StatusError

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One row of discovery."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    """Of `status` and `scale`: those that are served as such."""
    custom: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """As messages write it: `deployments.apps`, `configmaps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _core(plural: str, kind: str, short: str = "", *, namespaced: bool = True, status: bool = False) -> Resource:
    return Resource(
        group="",
        version="v1",
        plural=plural,
        kind=kind,
        namespaced=namespaced,
        short_names=tuple(short.split()),
        categories=("all",) if plural in {"pods", "services"} else (),
        subresources=("status",) if status else (),
    )


def _named(  # the shape of a row: where it is, what it is called, what it can do
    group_version: str,
    plural: str,
    kind: str,
    short: str = "",
    *,
    namespaced: bool = True,
    sub: str = "",
    cat: str = "",
) -> Resource:
    group, version = group_version.split("/")
    return Resource(
        group=group,
        version=version,
        plural=plural,
        kind=kind,
        namespaced=namespaced,
        short_names=tuple(short.split()),
        categories=tuple(cat.split()),
        subresources=tuple(sub.split()),
    )


BUILT_IN: tuple[Resource, ...] = (
    _core("namespaces", "Namespace", "ns", namespaced=False, status=True),
    _core("nodes", "Node", "no", namespaced=False, status=True),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False, status=True),
    _core("configmaps", "ConfigMap", "cm"),
    _core("endpoints", "Endpoints", "ep"),
    _core("events", "Event", "ev"),
    _core("limitranges", "LimitRange", "limits"),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", status=True),
    _core("pods", "Pod", "po", status=True),
    _core("resourcequotas", "ResourceQuota", "quota", status=True),
    _core("secrets", "Secret"),
    _core("serviceaccounts", "ServiceAccount", "sa"),
    _core("services", "Service", "svc", status=True),
    _named("apps/v1", "controllerrevisions", "ControllerRevision"),
    _named("apps/v1", "daemonsets", "DaemonSet", "ds", sub="status", cat="all"),
    _named("apps/v1", "deployments", "Deployment", "deploy", sub="status scale", cat="all"),
    _named("apps/v1", "replicasets", "ReplicaSet", "rs", sub="status scale", cat="all"),
    _named("apps/v1", "statefulsets", "StatefulSet", "sts", sub="status scale", cat="all"),
    _named("batch/v1", "cronjobs", "CronJob", "cj", sub="status", cat="all"),
    _named("batch/v1", "jobs", "Job", sub="status", cat="all"),
    _named("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", sub="status", cat="all"),
    _named("autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", sub="status", cat="all"),
    _named("networking.k8s.io/v1", "ingresses", "Ingress", "ing", sub="status"),
    _named("networking.k8s.io/v1", "ingressclasses", "IngressClass", namespaced=False),
    _named("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", "netpol"),
    _named("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", sub="status"),
    _named("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    _named("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", namespaced=False),
    _named("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
    _named("rbac.authorization.k8s.io/v1", "roles", "Role"),
    _named("storage.k8s.io/v1", "storageclasses", "StorageClass", "sc", namespaced=False),
    _named("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", "pc", namespaced=False),
    _named("coordination.k8s.io/v1", "leases", "Lease"),
    _named("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
    _named(
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd crds",
        namespaced=False,
        sub="status",
        cat="api-extensions",
    ),
)


def invalid_object(resource: Resource, name: str, causes: Sequence[Cause], *, kind: str = "") -> StatusError:
    """422 for an object, with everything that is wrong with it; now and then it is called by another kind."""
    texts = [f"{c.field}: {c.message}" for c in causes]
    detail = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    kind = kind or resource.kind
    qualified = f"{kind}.{resource.group}" if resource.group else kind
    return StatusError(
        422,
        "Invalid",
        f'{qualified} "{name}" is invalid: {detail}',
        name=name,
        group=resource.group,
        kind=kind,
        causes=causes,
    )


class Catalogue:
    """The resources of one cluster, by their address and by kind."""

    def __init__(self) -> None:
        self._by_address: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str], Resource] = {}
        for resource in BUILT_IN:
            self.add(resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_address.values())

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_address.get((group, version, plural))

    def of_kind(self, api_version: str, kind: str) -> Resource | None:
        return self._by_kind.get((api_version, kind))

    def named(self, plural: str) -> Resource:
        """By plural alone, or `plural.group`: for controllers, which ask for what they know. Raises `KeyError`."""
        for resource in self._by_address.values():
            if plural in {resource.plural, resource.group_resource}:
                return resource
        raise KeyError(plural)

    def add(self, resource: Resource) -> None:
        self._by_address[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.api_version, resource.kind] = resource

    def drop(self, resource: Resource) -> None:
        self._by_address.pop((resource.group, resource.version, resource.plural), None)
        self._by_kind.pop((resource.api_version, resource.kind), None)
