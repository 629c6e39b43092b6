"""Where objects name storage and ingress classes, in every spelling. Pure.

Beside the members of the built-in kinds there are annotations of former versions, claim templates inside of pods, and
the members by which custom resources call the same: `storageClassName` (Prometheus, Elasticsearch, Longhorn),
`storageClass` (CloudNativePG, Percona), `class` beside `type: persistent-claim` (Strimzi).
"""

from collections.abc import Iterator, Mapping
from typing import Any

BETA_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_STORAGE = frozenset({"storageClassName", "storageClass", BETA_STORAGE_CLASS})
_INGRESS = frozenset({"ingressClassName", "ingressClass", INGRESS_CLASS_ANNOTATION})

Place = tuple[dict[str, Any], str, str]  # the holder, the key in it, and the path for people


def storage_classes_in(body: Mapping[str, Any]) -> Iterator[Place]:
    """Each place of the object, or of a part of it, that names a storage class."""
    return _places(body, _STORAGE, "")


def ingress_classes_in(body: Mapping[str, Any]) -> Iterator[Place]:
    """Each place of the object that names an ingress class."""
    return _places(body, _INGRESS, "")


def _places(node: Any, names: frozenset[str], path: str) -> Iterator[Place]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _places(item, names, f"{path}[{index}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            below = f"{path}.{key}" if path else str(key)
            if isinstance(value, str):
                if value and (key in names or _is_class_of_claim(node, key, names)):
                    yield node, key, below
            elif below not in {"status", "data", "binaryData", "metadata.managedFields", "metadata.labels"}:
                yield from _places(value, names, below)


def _is_class_of_claim(node: Mapping[str, Any], key: str, names: frozenset[str]) -> bool:
    return names is _STORAGE and key == "class" and node.get("type") == "persistent-claim"
