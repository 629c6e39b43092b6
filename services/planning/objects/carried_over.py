"""Fields that an API server keeps on its own when a write omits them. Pure.

A Service keeps its addresses and its allocated ports as long as its type needs them, whoever owned the fields
(`patchAllocatedValues` in pkg/registry/core/service/storage/alloc.go). To omit them removes nothing.
"""

from domain.resources import Manifest
from services.planning.objects.field_ownership import MISSING, FieldPath, lookup
from services.planning.objects.identity import kind_name

_ADDRESSES = frozenset({"f:clusterIP", "f:clusterIPs", "f:ipFamilies", "f:ipFamilyPolicy"})
_WITH_NODE_PORTS = frozenset({"NodePort", "LoadBalancer"})


def is_carried_over(path: FieldPath, desired: Manifest) -> bool:
    """Whether the server keeps the live value at `path`, which `desired` omits."""
    if kind_name(desired.kind) != "Service" or path[:1] != ("f:spec",):
        return False
    of_type = str(desired.spec.get("type") or "ClusterIP")
    match path[1:]:
        case (field, *_) if field in _ADDRESSES:
            return of_type != "ExternalName"
        case ("f:ports", _, "f:nodePort"):
            return of_type in _WITH_NODE_PORTS and lookup(desired.body, path[:3]) is not MISSING
        case ("f:healthCheckNodePort",):
            return of_type == "LoadBalancer" and bool(desired.spec.get("externalTrafficPolicy") == "Local")
        case _:
            return False
