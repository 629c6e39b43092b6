"""Definitions of custom kinds, whose objects may have any members."""

from typing import Any


def definition(kind: str, plural: str, group: str, version: str, *, status_apart: bool = False) -> dict[str, Any]:
    """A CustomResourceDefinition. `status_apart`: its status is a subresource, as most controllers have it."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    served: dict[str, Any] = {"name": version, "served": True, "storage": True, "schema": schema}
    if status_apart:
        served["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [served],
        },
    }
