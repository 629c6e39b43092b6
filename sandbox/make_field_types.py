"""Makes services/manifests/field_types.json: the types of the fields of the built-in kinds that people submit.

Only run by hand, when the API version moves. They are read off the models of the client library, which are made of the
API's OpenAPI document.

    python -m sandbox.make_field_types > services/manifests/field_types.json
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from kubernetes_asyncio.client import models

KINDS: dict[str, tuple[str, ...]] = {
    "v1": (
        "ConfigMap", "Endpoints", "LimitRange", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Pod",
        "PodTemplate", "ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount",
    ),
    "apps/v1": ("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "batch/v1": ("CronJob", "Job"),
    "autoscaling/v1": ("HorizontalPodAutoscaler",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "policy/v1": ("PodDisruptionBudget",),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "NetworkPolicy"),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    "storage.k8s.io/v1": ("StorageClass",),
    "scheduling.k8s.io/v1": ("PriorityClass",),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "coordination.k8s.io/v1": ("Lease",),
}  # fmt: skip

# resource.Quantity takes numbers and texts alike; in the library it is a text. (intstr.IntOrString is an object there.)
_QUANTITIES = frozenset(
    {
        "allocatable", "allocatedResources", "averageValue", "capacity", "default", "defaultRequest", "divisor", "hard",
        "limits", "max", "maxLimitRequestRatio", "min", "overhead", "podFixed", "requests", "sizeLimit", "used",
    }
)  # fmt: skip
_COLLECTION = re.compile(r"(?P<outer>list\[|dict\(str, )(?P<inner>.+)[\])]")
_LEAVES = {"str": "text", "datetime": "text", "int": "number", "float": "fraction", "bool": "switch", "object": "any"}


def field_types() -> dict[str, Any]:
    """`kinds`: the model of each "apps/v1/Deployment". `models`: the types of its fields that are not `any`.

    A type is a leaf's word, `[type]` for a list, `{type}` for a map, or the name of a model.
    """
    kinds = {
        f"{api_version}/{kind}": f"{api_version.rpartition('/')[2].capitalize()}{kind}"
        for api_version, names in KINDS.items()
        for kind in names
    }
    found: dict[str, dict[str, str]] = {}
    waiting = ["V1ObjectMeta", *kinds.values()]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = dict(_fields(model))
            waiting += [name for each in found[model].values() if (name := each.strip("[]{}"))[0].isupper()]
    return {"kinds": kinds, "models": dict(sorted(found.items()))}


def _fields(model: str) -> Iterator[tuple[str, str]]:
    declared: Any = getattr(models, model)
    for attribute, name in sorted(declared.attribute_map.items()):
        field_type = _typed(declared.openapi_types[attribute], field=name, model=model)
        if field_type != "any":
            yield name, field_type


def _typed(declared: str, *, field: str, model: str) -> str:
    if collection := _COLLECTION.fullmatch(declared):
        inner = _typed(collection["inner"], field=field, model=model)
        return f"[{inner}]" if collection["outer"] == "list[" else f"{{{inner}}}"
    leaf = _LEAVES.get(declared, declared)
    if leaf == "text" and (field in _QUANTITIES or (field == "value" and model.startswith("V2Metric"))):
        return "any"
    return leaf


if __name__ == "__main__":
    print(json.dumps(field_types(), indent=1, sort_keys=True))
