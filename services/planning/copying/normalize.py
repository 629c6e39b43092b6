"""Normalise an object: remove what belongs to its cluster, by `strip_rules`, and the marks of its owners.

Pure. It works on raw JSON, so that unknown fields survive. Normalising is idempotent except for node ports: the
last-applied annotation and the field ownership, which prove that somebody set one, are removed.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from domain.resources import Kind, Manifest
from services.planning.copying.account_secrets import is_generated_login, without_generated
from services.planning.copying.foreign_copies import holds_a_copy
from services.planning.copying.generated_members import without_generated_members
from services.planning.copying.node_ports import LAST_APPLIED, asked_for
from services.planning.copying.strip_rules import STRIP_RULES, StripRule, Where
from services.planning.objects import paths
from services.planning.objects.built_in import has_go_type
from services.planning.objects.identity import kind_name
from services.planning.objects.owners import foreign_marks
from services.planning.objects.workloads import pod_spec, pod_template, template_path
from services.planning.tools.rows import Unless
from services.planning.tools.table import matches

_EXACT = 2**53  # whole numbers below it are exact as floating-point numbers, too
_RELATIVE_TO_OBJECT = frozenset({Where.FIELD, Where.ANNOTATION, Where.LABEL})
_SERVER_WRITTEN = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "managedFields",
    "namespace",
)


@dataclass(frozen=True, kw_only=True)
class Normalized:
    """The object without what belongs to its cluster, and the ids of the rules that removed something."""

    manifest: Manifest
    stripped: tuple[str, ...]


def normalize(
    manifest: Manifest,
    *,
    keep_node_ports: bool = False,
    by_hand: bool = False,
    keep_labels: frozenset[str] = frozenset(),
    secret_types: Mapping[str, str] | None = None,
) -> Normalized:
    """The object as it can be written to another cluster; `keep_node_ports` keeps allocated node ports, too.

    `by_hand` keeps what a person may ask for in a manifest of their own: an address, a volume, a node.

    `keep_labels` are labels that something selects by. `secret_types` are the types of the source's Secrets by name, as
    far as ServiceAccounts list them.
    """
    body = _plain(manifest)
    _name_account(body)
    stripped = [
        rule.id
        for rule in _rules_about(manifest, body)
        if not (by_hand and rule.asked_for)
        and not _is_exempt(rule.unless, manifest)
        and _strip(rule, body, manifest, keep_node_ports=keep_node_ports)
    ]
    stripped += _strip_marks(body, manifest, keep_labels)
    stripped += _strip_copies(body, manifest)
    stripped += _strip_special(body, manifest, secret_types or {})
    _drop_empty_metadata(body)
    return Normalized(manifest=Manifest(body), stripped=tuple(stripped))


def observed(manifest: Manifest) -> Manifest:
    """A live object without identity, status and bookkeeping annotations: the input of its fingerprint."""
    body = {key: value for key, value in manifest.body.items() if key != "status"}
    body["metadata"] = {key: value for key, value in manifest.metadata.items() if key not in _SERVER_WRITTEN}
    annotations = {
        key: value
        for key, value in manifest.annotations.items()
        if key != LAST_APPLIED and not key.startswith(("deployment.kubernetes.io/", "pv.kubernetes.io/"))
    }
    body["metadata"].pop("annotations", None)
    if annotations:
        body["metadata"]["annotations"] = annotations
    return Manifest(body)


def _rules_about(manifest: Manifest, body: dict[str, Any]) -> Iterator[StripRule]:
    """The rules that may apply: on the fields, annotations and labels that the object has, and all on pod templates."""
    kind = manifest.kind
    for rule in _field_rules(kind):
        if rule.where is not Where.FIELD or paths.begins(body, rule.name):
            yield rule
    for where, names in ((Where.ANNOTATION, manifest.annotations), (Where.LABEL, manifest.labels)):
        for name in names:
            yield from _rules_on_name(kind, where, name)


@cache
def _rules_for(kind: Kind) -> tuple[StripRule, ...]:
    name, has_template = kind_name(kind), template_path(kind) is not None
    return tuple(
        rule
        for rule in STRIP_RULES
        if (not rule.kinds or name in rule.kinds) and (has_template or rule.where in _RELATIVE_TO_OBJECT)
    )


@cache
def _field_rules(kind: Kind) -> tuple[StripRule, ...]:
    return tuple(rule for rule in _rules_for(kind) if rule.where not in {Where.ANNOTATION, Where.LABEL})


@lru_cache(maxsize=4096)
def _rules_on_name(kind: Kind, where: Where, name: str) -> tuple[StripRule, ...]:
    return tuple(rule for rule in _rules_for(kind) if rule.where is where and matches(rule.name, name))


def _plain(manifest: Manifest) -> dict[str, Any]:
    """A copy without the nulls that mean "not set": those of metadata, and of built-in kinds all. Empty objects stay.

    In a custom resource null is a value, which its definition may allow and which stops a default.
    """
    built_in = has_go_type(manifest.kind)
    return {
        key: _copy(value, nulls=not built_in and key != "metadata")
        for key, value in manifest.body.items()
        if value is not None or not built_in
    }


def _copy(node: Any, *, nulls: bool) -> Any:
    if isinstance(node, dict):
        return {key: _copy(value, nulls=nulls) for key, value in node.items() if nulls or value is not None}
    if isinstance(node, list):
        return [_copy(item, nulls=nulls) for item in node]
    if isinstance(node, float) and node.is_integer() and abs(node) < _EXACT:
        return int(node)  # as kubectl sends it: a create with 1000.0 for an integer is refused
    return node


def _name_account(body: dict[str, Any]) -> None:
    """The server writes the deprecated alias `serviceAccount` beside the name; a person may write the alias alone."""
    spec = pod_spec(Manifest(body)) or {}
    if "serviceAccount" in spec:
        spec.setdefault("serviceAccountName", spec["serviceAccount"])


def _strip(rule: StripRule, body: dict[str, Any], manifest: Manifest, *, keep_node_ports: bool) -> bool:
    if rule.unless is Unless.SET_BY_A_PERSON:
        return _strip_ports(rule.name, body, manifest, keep_all=keep_node_ports)
    keep = _selected(manifest) if rule.unless is Unless.SELECTED else frozenset()
    holder = body if rule.where in _RELATIVE_TO_OBJECT else pod_template(Manifest(body))
    match rule.where:
        case Where.FIELD | Where.TEMPLATE:
            return paths.remove(holder, rule.name)
        case Where.ANNOTATION | Where.TEMPLATE_ANNOTATION:
            return _strip_names(holder, "annotations", rule.name, keep=keep)
        case Where.LABEL | Where.TEMPLATE_LABEL:
            return _strip_names(holder, "labels", rule.name, keep=keep)


def _strip_names(holder: dict[str, Any] | None, field: str, pattern: str, *, keep: frozenset[str]) -> bool:
    named = ((holder or {}).get("metadata") or {}).get(field) or {}
    matching = [name for name in named if matches(pattern, name) and name not in keep]
    for name in matching:
        del named[name]
    return bool(matching)


def _strip_ports(path: str, body: dict[str, Any], manifest: Manifest, *, keep_all: bool) -> bool:
    """Remove node ports that the source cluster allocated; a port that somebody asked for stays."""
    if keep_all:
        return False
    asked = asked_for(manifest, path)
    allocated = [(parent, key) for parent, key in paths.locations(body, path) if parent[key] not in asked]
    for parent, key in allocated:
        del parent[key]
    return bool(allocated)


def _is_exempt(unless: Unless | None, manifest: Manifest) -> bool:
    match unless:
        case Unless.HEADLESS:
            return bool(paths.value(manifest.body, "spec.clusterIP") == "None")
        case Unless.MANUAL_SELECTOR:
            manual = ("spec.manualSelector", "spec.jobTemplate.spec.manualSelector")
            return any(paths.value(manifest.body, path) is True for path in manual)
        case Unless.SET_BY_A_PERSON | Unless.SELECTED | None:
            return False  # decided port by port, label by label


def _selected(manifest: Manifest) -> frozenset[str]:
    """The label names in the object's own selector."""
    selector = manifest.spec.get("selector")
    if not isinstance(selector, dict):
        return frozenset()
    names = set(selector.get("matchLabels") or ())
    names |= {str(term.get("key")) for term in selector.get("matchExpressions") or () if isinstance(term, dict)}
    return frozenset(names)


def _strip_copies(body: dict[str, Any], manifest: Manifest) -> list[str]:
    """Take out annotations in which a tool keeps the object as it was applied, whatever the tool is."""
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    copies = [name for name, text in annotations.items() if holds_a_copy(name, text, manifest)]
    for name in copies:
        del annotations[name]
    return [f"*: copy in annotation {name}" for name in sorted(copies)]


def _strip_marks(body: dict[str, Any], manifest: Manifest, keep_labels: frozenset[str]) -> list[str]:
    labels, annotations = foreign_marks(manifest)
    labels -= keep_labels
    metadata = body.get("metadata") or {}
    for field, names in (("labels", labels), ("annotations", annotations)):
        for name in names:
            (metadata.get(field) or {}).pop(name, None)
    return [f"*: mark {name}" for name in sorted(labels | annotations)]


def _strip_special(body: dict[str, Any], manifest: Manifest, secret_types: Mapping[str, str]) -> list[str]:
    """Rules that no path can express: the value of one field decides about another."""
    match kind_name(manifest.kind):
        case "ServiceAccount":
            return [f"ServiceAccount: generated {field}" for field in without_generated(body, secret_types)]
        case "ClusterRole.rbac.authorization.k8s.io" if body.get("aggregationRule"):
            if body.pop("rules", None) is not None:
                return ["ClusterRole.rbac.authorization.k8s.io: rules of an aggregated role"]
        case "Pod":
            return _strip_pod(body)
        case "Service" | "PodDisruptionBudget.policy" | "NetworkPolicy.networking.k8s.io" | "Route.route.openshift.io":
            return without_generated_members(body, manifest)
        case "ConfigMap":
            return _without_injected(body, manifest)
        case _:
            pass
    return []


# What asks OpenShift for an authority's certificates, and the key under which it puts those of its own cluster.
_INJECTED = {
    "config.openshift.io/inject-trusted-cabundle": "ca-bundle.crt",
    "service.beta.openshift.io/inject-cabundle": "service-ca.crt",
    "service.alpha.openshift.io/inject-cabundle": "service-ca.crt",
}


def _without_injected(body: dict[str, Any], manifest: Manifest) -> list[str]:
    """Without the certificates that the source injected; what else a person put there stays."""
    asked = {*manifest.labels, *manifest.annotations}
    data = body.get("data") or {}
    found = [key for name, key in _INJECTED.items() if name in asked and data.pop(key, None) is not None]
    if found and not data:
        del body["data"]
    return [f"ConfigMap: injected {key}" for key in found]


_NODE_TOLERATIONS = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})


def _strip_pod(body: dict[str, Any]) -> list[str]:
    """Remove what admission plugins add to a bare Pod: token volume and mounts, logins, tolerations, overhead.

    These are ServiceAccount, DefaultTolerationSeconds and RuntimeClass (Kubernetes docs, "Admission Controllers").
    """
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return []
    account = str(spec.get("serviceAccountName") or "default")

    def injected(name: object) -> bool:
        return str(name).startswith(("kube-api-access-", f"{account}-token-"))

    before = copy.deepcopy(spec)
    spec.pop("overhead", None)
    _filter(spec, "imagePullSecrets", lambda each: not is_generated_login(str(each.get("name", ""))))
    _filter(spec, "volumes", lambda volume: not injected(volume.get("name")))
    for field in ("containers", "initContainers"):
        for container in spec.get(field) or ():
            _filter(container, "volumeMounts", lambda mount: not injected(mount.get("name")))
    _filter(
        spec,
        "tolerations",
        lambda t: not (t.get("key") in _NODE_TOLERATIONS and t.get("tolerationSeconds") == 300),
    )
    return ["Pod: what admission plugins added"] if before != spec else []


def _filter(holder: dict[str, Any], field: str, keep: Callable[[dict[str, Any]], bool]) -> None:
    items = holder.get(field)
    if isinstance(items, list):
        _put_list(holder, field, [item for item in items if keep(item)])


def _put_list(holder: dict[str, Any], field: str, items: list[Any]) -> None:
    """What is left of a list; without items the field goes, as the server forgets empty lists."""
    if items:
        holder[field] = items
    else:
        del holder[field]


def _drop_empty_metadata(body: dict[str, Any]) -> None:
    """Remove labels and annotations that are empty after the rules were applied."""
    for holder in (body, pod_template(Manifest(body)) or {}):
        metadata = holder.get("metadata")
        for field in ("labels", "annotations"):
            if isinstance(metadata, dict) and metadata.get(field) == {}:
                del metadata[field]
        if holder is not body and metadata == {}:
            del holder["metadata"]
