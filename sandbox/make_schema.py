"""Makes `schema.json`: the types of the built-in kinds, and how their lists and maps merge.

Only run by hand, when the API version moves: the types are read off the models of the client library (a development
dependency of this folder alone: the practice clusters never import it), the merge rules off a `merge-keys.json`
that was read off the OpenAPI document of the same Kubernetes version.

    python -m sandbox.make_schema MERGE_KEYS.json > sandbox/schema.json
"""

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from sandbox.resources import BUILT_IN

MODELS = "kubernetes_asyncio.client.models"

# The library names one model for each version of a kind; these are not called version + kind.
MODEL_OF = {
    "v1/Event": "CoreV1Event",
    "autoscaling/v1/Scale": "V1Scale",
    "discovery.k8s.io/v1/EndpointSlice": "V1EndpointSlice",
}
REVIEWS = ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview", "LocalSubjectAccessReview")

SIMPLE = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime": "time",
    "object": "any",
}
QUANTITIES = {
    "limits",
    "requests",
    "hard",
    "used",
    "capacity",
    "allocatable",
    "allocatedResources",
    "sizeLimit",
    "divisor",
    "averageValue",
    "default",
    "defaultRequest",
    "max",
    "min",
    "maxLimitRequestRatio",
    "overhead",
}
INT_OR_STRING = {"targetPort", "maxSurge", "maxUnavailable", "minAvailable", "port"}
BASE64 = {("V1Secret", "data"), ("V1ConfigMap", "binaryData")}
OPAQUE = {"V1JSONSchemaProps", "V1CustomResourceValidation"}

# Of types that the merge keys do not cover: kinds that are never copied, and statuses.
ATOMIC_TYPES = {
    "V1ObjectReference",
    "V1CrossVersionObjectReference",
    "V1LocalObjectReference",
    "V1RoleRef",
    "RbacV1Subject",
    "V1LabelSelector",
}
CONDITIONS_BY_TYPE = {
    "V1DeploymentStatus",
    "V1ReplicaSetStatus",
    "V1StatefulSetStatus",
    "V1DaemonSetStatus",
    "V1PodStatus",
    "V1NamespaceStatus",
    "V1PersistentVolumeClaimStatus",
    "V1ServiceStatus",
    "V1NodeStatus",
    "V2HorizontalPodAutoscalerStatus",
    "V1PodDisruptionBudgetStatus",
    "V1CustomResourceDefinitionStatus",
}
FURTHER_LISTS: dict[str, dict[str, Any]] = {
    "V1PodStatus.podIPs": {"keys": ["ip"], "patch": "ip"},
    "V1NodeStatus.addresses": {"keys": ["type"], "patch": "type"},
} | {f"{t}.conditions": {"keys": ["type"], "patch": "type"} for t in CONDITIONS_BY_TYPE}


class Types:
    """Collects the types that a kind reaches."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, str]] = {}
        self.lists: dict[str, dict[str, Any]] = dict(FURTHER_LISTS)
        self.atomic_fields: set[str] = set()
        self.atomic_types: set[str] = set(ATOMIC_TYPES)

    def add(self, model: str) -> None:
        if model in self.fields or model in OPAQUE:
            return
        cls = getattr(importlib.import_module(MODELS), model)
        self.fields[model] = {}
        for attribute, kind in sorted(cls.openapi_types.items()):
            field = cls.attribute_map[attribute]
            self.fields[model][field] = self._code(model, field, kind)

    def _code(self, model: str, field: str, kind: str) -> str:
        if match := re.fullmatch(r"list\[(.*)\]", kind):
            return "[" + self._code(model, field, match[1])
        if match := re.fullmatch(r"dict\(str, (.*)\)", kind):
            return "{" + self._code(model, field, match[1])
        if kind in SIMPLE:
            if kind == "str" and (field in QUANTITIES or (model, field) == ("V2MetricTarget", "value")):
                return "quantity"
            if kind == "str" and (model, field) in BASE64:
                return "base64"
            if kind == "object" and field in INT_OR_STRING:
                return "int-or-string"
            return SIMPLE[kind]
        if kind in OPAQUE:
            return "any"
        self.add(kind)
        return kind

    def merge(self, model: str, path: str, rule: dict[str, Any] | str) -> None:
        """Note what one path of the merge keys says at the type that the path ends in."""
        code, owner, field = model, "", ""
        for step in (s for s in path.split(".") if s):
            name = step.removesuffix("[]")
            owner, field = code, name
            code = self.fields[owner].get(name, "any")
            if code == "any":
                return
            if step.endswith("[]"):
                code = code.removeprefix("[")
        if isinstance(rule, str):
            return
        if rule.get("map_type") == "atomic":
            if code.startswith("{"):
                self.atomic_fields.add(f"{owner}.{field}")
            else:
                self.atomic_types.add(code)
        if rule.get("list_type") in {"map", "set"}:
            entry: dict[str, Any] = {"keys": rule["map_keys"]} if rule["list_type"] == "map" else {"set": True}
            if rule.get("patch_strategy"):
                entry["patch"] = rule.get("patch_merge_key", "")
            if "retainKeys" in rule.get("patch_strategy", ""):
                entry["retain"] = True
            self.lists[f"{owner}.{field}"] = entry


def main() -> None:
    """Print the schema."""
    keys = json.loads(Path(sys.argv[1]).read_text())
    types, kinds = Types(), {}
    wanted = [(r.api_version, r.kind) for r in BUILT_IN] + [("autoscaling/v1", "Scale")]
    wanted += [("authorization.k8s.io/v1", kind) for kind in REVIEWS]
    for api_version, kind in wanted:
        version = api_version.rpartition("/")[2]
        model = MODEL_OF.get(f"{api_version}/{kind}", f"{version.upper()}{kind}")
        types.add(model)
        kinds[f"{api_version}/{kind}"] = model
    for path, rule in keys["metadata"].items():
        types.merge("V1ObjectMeta", path, rule)
    for path, rule in keys["pod_template.spec"].items():
        types.merge("V1PodSpec", path, rule)
    for kind, paths in keys["kinds"].items():
        for path, rule in paths.items():
            types.merge(kinds[kind], path, rule)
    json.dump(
        {
            "kinds": kinds,
            "types": types.fields,
            "lists": {k: types.lists[k] for k in sorted(types.lists) if k.split(".")[0] in types.fields},
            "atomic_fields": sorted(types.atomic_fields),
            "atomic_types": sorted(types.atomic_types & set(types.fields)),
        },
        sys.stdout,
        indent=1,
        sort_keys=True,
    )
    print()


if __name__ == "__main__":
    main()
