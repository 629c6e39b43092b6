"""Discovery: the served groups, versions and resources, in the unaggregated and the aggregated form."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from sandbox.resources import ALL_VERBS, Catalogue, Resource

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2026-06-01T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_STATUS_VERBS = ["get", "patch", "update"]
_REVIEWS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "authentication.k8s.io": (("selfsubjectreviews", "SelfSubjectReview", False),),
    "authorization.k8s.io": (
        ("localsubjectaccessreviews", "LocalSubjectAccessReview", True),
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview", False),
        ("selfsubjectrulesreviews", "SelfSubjectRulesReview", False),
        ("subjectaccessreviews", "SubjectAccessReview", False),
    ),
}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


_GROUPS = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
)
"""The groups of a real server in its order. Groups without resources here are listed, and empty."""


def groups(catalogue: Catalogue) -> dict[str, list[str]]:
    """Versions by group, without the core group; those of custom kinds come last."""
    found: dict[str, list[str]] = {group: ["v2" if group == "autoscaling" else "v1"] for group in _GROUPS}
    for resource in catalogue:
        if resource.group:
            versions = found.setdefault(resource.group, [])
            if resource.version not in versions:
                versions.append(resource.version)
    return found


def versions(address: str) -> dict[str, Any]:
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(name, served) for name, served in groups(catalogue).items()],
    }


def group(catalogue: Catalogue, name: str) -> dict[str, Any] | None:
    served = groups(catalogue).get(name)
    return None if served is None else {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, served)


def _group(name: str, served: Iterable[str]) -> dict[str, Any]:
    entries = [{"groupVersion": f"{name}/{version}", "version": version} for version in served]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def _verbs(resource: Resource) -> list[str]:
    if resource.custom:
        return ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    return [v for v in ALL_VERBS if v != "deletecollection" or resource.plural != "namespaces"]


def _singular(resource: Resource) -> str:
    return resource.singular or resource.kind.lower()


def resource_list(catalogue: Catalogue, group_name: str, version: str) -> dict[str, Any] | None:
    """The resources of one version of a group; None if it is not served."""
    rows: list[dict[str, Any]] = []
    for resource in sorted_resources(catalogue, group_name, version):
        row: dict[str, Any] = {
            "name": resource.plural,
            "singularName": _singular(resource),
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": _verbs(resource),
        }
        if resource.short_names:
            row["shortNames"] = list(resource.short_names)
        if resource.categories:
            row["categories"] = list(resource.categories)
        row["storageVersionHash"] = _storage_hash(resource)
        rows.append(row)
        rows += [_subresource_row(resource, s) for s in _subresources(resource)]
    rows += [
        {"name": p, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["create"]}
        for p, kind, namespaced in (_REVIEWS.get(group_name, ()) if version == "v1" else ())
    ]
    if not rows and version not in groups(catalogue).get(group_name, ()):
        return None
    group_version = f"{group_name}/{version}" if group_name else version
    head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version}
    return head | {"resources": rows}


def _storage_hash(resource: Resource) -> str:
    kind = f"{resource.group}/{resource.version}/{resource.kind}"
    return base64.b64encode(hashlib.sha256(kind.encode()).digest()[:8]).decode()


def sorted_resources(catalogue: Catalogue, group_name: str, version: str) -> list[Resource]:
    here = [r for r in catalogue if (r.group, r.version) == (group_name, version)]
    return sorted(here, key=lambda r: r.plural)


def _subresources(resource: Resource) -> list[str]:
    extra = {"namespaces": ("finalize",), "pods": ("eviction", "log")}.get(resource.plural, ())
    return sorted((*resource.subresources, *(extra if not resource.group else ())))


def _subresource_row(resource: Resource, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": f"{resource.plural}/{name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _STATUS_VERBS,
    }
    match name:
        case "scale":
            row |= {"group": "autoscaling", "version": "v1", "kind": "Scale"}
        case "eviction":
            row |= {"group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]}
        case "finalize":
            row |= {"verbs": ["update"]}
        case "log":
            row |= {"verbs": ["get"]}
        case _:
            pass
    return row


def aggregated(catalogue: Catalogue, *, core: bool) -> dict[str, Any]:
    """All groups with all their resources in one answer; the core group has a path of its own."""
    served = {"": ["v1"]} if core else groups(catalogue)
    items = []
    for name, group_versions in served.items():
        entries = [
            {
                "version": version,
                "resources": [_aggregated_row(r) for r in sorted_resources(catalogue, name, version)]
                + [_aggregated_review(*review) for review in _REVIEWS.get(name, ())],
                "freshness": "Current",
            }
            for version in group_versions
        ]
        items.append({"metadata": {"name": name} if name else {}, "versions": entries})
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
    return head | {"items": items}


def _response_kind(kind: str, group_name: str = "", version: str = "") -> dict[str, str]:
    return {"group": group_name, "version": version, "kind": kind}


def _aggregated_row(resource: Resource) -> dict[str, Any]:
    row: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": _response_kind(resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": _singular(resource),
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    below = [_subresource_row(resource, s) for s in _subresources(resource)]
    if below:
        row["subresources"] = [
            {
                "subresource": s["name"].partition("/")[2],
                "responseKind": _response_kind(s["kind"], s.get("group", ""), s.get("version", "")),
                "verbs": s["verbs"],
            }
            for s in below
        ]
    return row


def _aggregated_review(plural: str, kind: str, namespaced: bool) -> dict[str, Any]:  # noqa: FBT001
    return {
        "resource": plural,
        "responseKind": _response_kind(kind),
        "scope": "Namespaced" if namespaced else "Cluster",
        "singularResource": kind.lower(),
        "verbs": ["create"],
    }


_ROOT = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]


def at_path(catalogue: Catalogue, parts: list[str], *, host: str) -> dict[str, Any] | None:
    """What a path says about the server itself; None if nothing is there."""
    match parts:
        case []:
            return {"paths": _ROOT + [f"/apis/{g}/{v}" for g, vs in groups(catalogue).items() for v in vs]}
        case ["api"]:
            return versions(host)
        case ["apis"]:
            return group_list(catalogue)
        case ["api", version]:
            return resource_list(catalogue, "", version)
        case ["apis", name]:
            return group(catalogue, name)
        case ["apis", name, version]:
            return resource_list(catalogue, name, version)
        case ["version"]:
            return VERSION
        case _:
            return None
