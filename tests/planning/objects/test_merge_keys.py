"""The merge table is that of Kubernetes' OpenAPI, from which the practice clusters have their schema."""

from collections.abc import Iterator

import pytest

from domain.resources import Kind
from sandbox.schema import Node, Shape, built_in
from services.planning.objects.merge_keys import merge_table

# What a copy never writes: it belongs to the source's objects, or to running pods.
_NOT_WRITTEN = ("ownerReferences", "finalizers", "ephemeralContainers", "managedFields")
_KINDS = (
    "v1/ConfigMap",
    "v1/Secret",
    "v1/Service",
    "v1/ServiceAccount",
    "v1/PersistentVolumeClaim",
    "v1/ResourceQuota",
    "v1/LimitRange",
    "v1/Endpoints",
    "v1/Pod",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "apps/v1/DaemonSet",
    "apps/v1/ReplicaSet",
    "batch/v1/Job",
    "batch/v1/CronJob",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1/Role",
    "rbac.authorization.k8s.io/v1/RoleBinding",
    "discovery.k8s.io/v1/EndpointSlice",
)


def _rules(node: Node | None, path: str) -> Iterator[tuple[str, object]]:
    """How each list and map merges, down to what is replaced as a whole."""
    if node is None or path.rpartition(".")[2] in _NOT_WRITTEN:
        return
    if node.shape is Shape.LIST:
        if node.granular_list:
            yield path, node.keys or "set"
            yield from _rules(node.element, f"{path}[]")
    elif node.atomic:
        yield path, "atomic"
    else:
        for name, inner in node.fields.items():
            yield from _rules(inner, f"{path}.{name}" if path else name)


@pytest.mark.parametrize("kind", _KINDS)
def test_every_list_and_map_merges_as_the_schema_says(kind):
    api_version, _, name = kind.rpartition("/")
    table = merge_table(Kind.of(api_version, name))
    schema = built_in(api_version, name)
    assert schema is not None
    told = {
        path: rule
        for field, node in schema.fields.items()
        if field not in {"metadata", "status"}
        for path, rule in _rules(node, field)
    }
    known: dict[str, object] = {
        **table.keys,
        **dict.fromkeys(table.sets, "set"),
        **dict.fromkeys(table.atomic, "atomic"),
    }
    assert {path: known.get(path) for path in told} == told
