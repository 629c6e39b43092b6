"""How lists and maps of built-in kinds merge under server-side apply. Data, taken from Kubernetes' OpenAPI (1.36).

The source is `x-kubernetes-list-type`, `-list-map-keys` and `-map-type` of `api/openapi-spec/v3`. A list in `keys`
merges item by item, and these keys identify an item; a list in `sets` is a set; every other list is atomic. A map in
`atomic` is atomic; every other map merges key by key. Kinds that are not listed (custom resources) get the server's
defaults: atomic lists, merging maps.

A list that merges by keys still has an order, which an apply changes to that of its request (kubernetes/kubernetes
#107565). In the lists of `ordered` the order means something: init containers run one after the other, and a variable
may refer with `$(NAME)` to those before it (core/v1 types.go, `Container.Env`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from domain.resources import Kind
from services.planning.objects.built_in import has_go_type
from services.planning.objects.workloads import template_path


@dataclass(frozen=True, kw_only=True)
class MergeTable:
    """Merge rules of one kind; paths read `spec.template.spec.containers[].env`.

    `ordered` are those of the lists in `keys` whose order means something. `exact`: the server stores what it gets, as
    of custom resources: nulls, empty lists and empty objects are values.
    """

    keys: Mapping[str, tuple[str, ...]]
    sets: frozenset[str]
    atomic: frozenset[str]
    ordered: frozenset[str] = frozenset()
    exact: bool = False


_OWNERS = {"metadata.ownerReferences": ("uid",)}
_METADATA_SETS = frozenset({"metadata.finalizers"})

_CONTAINER_KEYS: Mapping[str, tuple[str, ...]] = {
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "resources.claims": ("name",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
}
_CONTAINER_ATOMIC = (
    "env[].valueFrom.configMapKeyRef",
    "env[].valueFrom.fieldRef",
    "env[].valueFrom.fileKeyRef",
    "env[].valueFrom.resourceFieldRef",
    "env[].valueFrom.secretKeyRef",
)
_CONTAINER_LISTS = ("containers", "initContainers")

_POD_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "resourceClaims": ("name",),
    "resources.claims": ("name",),
    "schedulingGates": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumes": ("name",),
    **{f"{where}[].{path}": keys for where in _CONTAINER_LISTS for path, keys in _CONTAINER_KEYS.items()},
}
_POD_ORDERED = ("initContainers", *(f"{where}[].env" for where in _CONTAINER_LISTS))
_POD_SETS = frozenset(f"{where}[].restartPolicyRules[].exitCodes.values" for where in _CONTAINER_LISTS)
_POD_ATOMIC = frozenset(
    {
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        "imagePullSecrets[]",
        "nodeSelector",
        "topologySpreadConstraints[].labelSelector",
        "volumes[].cephfs.secretRef",
        "volumes[].cinder.secretRef",
        "volumes[].csi.nodePublishSecretRef",
        "volumes[].ephemeral.volumeClaimTemplate.spec.dataSource",
        "volumes[].ephemeral.volumeClaimTemplate.spec.selector",
        "volumes[].flexVolume.secretRef",
        "volumes[].iscsi.secretRef",
        "volumes[].rbd.secretRef",
        "volumes[].scaleIO.secretRef",
        "volumes[].storageos.secretRef",
        *(f"{where}[].{path}" for where in _CONTAINER_LISTS for path in _CONTAINER_ATOMIC),
    },
)

_KIND_KEYS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("", "Service"): {"spec.ports": ("port", "protocol")},
    ("", "ServiceAccount"): {"secrets": ("name",)},
}
_KIND_ATOMIC: Mapping[tuple[str, str], frozenset[str]] = {
    ("", "Service"): frozenset({"spec.selector"}),
    ("", "PersistentVolumeClaim"): frozenset({"spec.dataSource", "spec.selector"}),
    ("", "ServiceAccount"): frozenset({"secrets[]"}),
    ("", "ResourceQuota"): frozenset({"spec.scopeSelector"}),
    ("apps", "Deployment"): frozenset({"spec.selector"}),
    ("apps", "StatefulSet"): frozenset({"spec.selector"}),
    ("apps", "DaemonSet"): frozenset({"spec.selector"}),
    ("apps", "ReplicaSet"): frozenset({"spec.selector"}),
    ("batch", "Job"): frozenset({"spec.selector"}),
    ("batch", "CronJob"): frozenset({"spec.jobTemplate.spec.selector"}),
    ("networking.k8s.io", "Ingress"): frozenset({"spec.defaultBackend.resource", "spec.defaultBackend.service.port"}),
    ("networking.k8s.io", "NetworkPolicy"): frozenset({"spec.podSelector"}),
    ("policy", "PodDisruptionBudget"): frozenset({"spec.selector"}),
    ("rbac.authorization.k8s.io", "RoleBinding"): frozenset({"roleRef"}),
}


@cache
def merge_table(kind: Kind) -> MergeTable:
    """The merge rules of a kind, whatever its version."""
    group_kind = (kind.group, kind.name)
    keys = {**_OWNERS, **_KIND_KEYS.get(group_kind, {})}
    sets, atomic = set(_METADATA_SETS), set(_KIND_ATOMIC.get(group_kind, frozenset()))
    ordered: set[str] = set()
    steps = template_path(kind)
    if steps is not None:
        prefix = ".".join((*steps, "spec")) + "."
        keys |= {prefix + path: names for path, names in _POD_KEYS.items()}
        sets |= {prefix + path for path in _POD_SETS}
        atomic |= {prefix + path for path in _POD_ATOMIC}
        ordered |= {prefix + path for path in _POD_ORDERED}
    return MergeTable(
        keys=keys,
        sets=frozenset(sets),
        atomic=frozenset(atomic),
        ordered=frozenset(ordered),
        exact=not has_go_type(kind),
    )
