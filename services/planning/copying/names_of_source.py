"""Where a copied object names the source's namespace in texts that only the application, or a tool, interprets. Pure.

Such texts are copied as they are. Unsaid, the copy would talk to the source: the import is green and the damage silent.
A Secret's values are searched as well and never shown: the problem names the key.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.namespace_texts import names_namespace
from services.planning.objects import paths
from services.planning.objects.redact import is_secret

# Members whose texts are no names of places: images and identities, and what a rule of `rewrite` has mapped.
_NOT_SEARCHED = frozenset({"image", "apiVersion", "kind", "subjects", "labels", "matchLabels", "ownerReferences"})
# Lists whose items may name objects of other namespaces: options, and what Istio calls `namespace/name`
# (https://istio.io/latest/docs/reference/config/networking/sidecar/, …/gateway/ and …/virtual-service/).
_REFERRING = frozenset({"args", "command", "hosts", "gateways"})
_MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Text:
    path: str
    member: str  # the name that says what the text means: a key, a variable's name, or the option before it
    text: str
    refers: bool  # an option or annotation may name an object as `namespace/name`


def names_of_source(manifest: Manifest, source: str) -> Problem | None:
    """A warning with every place in which the rewritten object names the source's namespace; None where none does."""
    found = [
        each.path
        for each in _texts(manifest)
        if names_namespace(each.text, source, member=each.member, refers=each.refers)
    ]
    if not found:
        return None
    shown = ", ".join(found[:_MOST_SHOWN])
    more = f" and {len(found) - _MOST_SHOWN} more places" if len(found) > _MOST_SHOWN else ""
    return Problem(
        code="names-source-namespace",
        severity=Severity.WARNS,
        detail=f"{manifest.id.label} names the source's namespace {source} in {shown}{more}. The text is copied as it "
        "is, so that the copy may reach into the source: change it in the target, or by an override.",
        resource=manifest.id,
        field=found[0],
    )


def _texts(manifest: Manifest) -> Iterator[_Text]:
    if is_secret(manifest.kind):
        yield from _of_secret(manifest)
        return
    metadata = manifest.annotations
    for name, text in metadata.items():
        yield _Text(path=paths.below("metadata.annotations", name), member=name, text=str(text), refers=True)
    for key, value in manifest.body.items():
        if key not in {"metadata", "status", *_NOT_SEARCHED}:
            yield from _below({key: value}, "", key)


def _of_secret(manifest: Manifest) -> Iterator[_Text]:
    for name, text in manifest.annotations.items():
        yield _Text(path=paths.below("metadata.annotations", name), member=name, text=str(text), refers=True)
    yield from _decoded(manifest.body.get("data") or {}, path="data")


def _decoded(entries: Mapping[str, Any], *, path: str) -> Iterator[_Text]:
    """The values that are text in base64; others are binary data, as a keystore."""
    for key, encoded in entries.items():
        try:
            text = base64.b64decode(str(encoded), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        yield _Text(path=paths.below(path, key), member=key, text=text, refers=False)


def _below(node: Any, path: str, member: str) -> Iterator[_Text]:
    if isinstance(node, str):
        refers = "annotations" in path or (path.endswith("]") and member in _REFERRING)
        yield _Text(path=path, member=member, text=node, refers=refers or member.startswith("-"))
    elif isinstance(node, list):
        yield from _in_list(node, path, member)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "matchLabels":
                yield from _of_labels(value, paths.below(path, key))
            if key.lower().endswith("namespaceselector"):
                yield from _of_namespace_selector(value, paths.below(path, key))
                continue
            if key in _NOT_SEARCHED:
                continue
            if key == "binaryData" and isinstance(value, dict):
                yield from _decoded(value, path=paths.below(path, key))
                continue
            if key == "values" and "namespace" in str(node.get("key")).lower():
                yield from _below(value, paths.below(path, key), "namespace")
                continue
            # A variable, header or parameter is called by its `name`, which says what its `value` means.
            named = str(node["name"]) if key == "value" and isinstance(node.get("name"), str) else key
            yield from _below(value, paths.below(path, key), named)


def _of_namespace_selector(node: Any, path: str) -> Iterator[_Text]:
    """Every text in a selector of namespaces; those of NetworkPolicies are checked by their meaning elsewhere."""
    if path.startswith(("spec.ingress", "spec.egress")):
        return
    if isinstance(node, str):  # Calico writes an expression: projectcalico.org/name == 'shop'
        words = " ".join(re.findall(r"[A-Za-z0-9-]+", node))
        yield _Text(path=path, member="namespaces", text=words, refers=False)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _of_namespace_selector(item, f"{path}[{index}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _of_namespace_selector(value, paths.below(path, key))


def _of_labels(labels: Any, path: str) -> Iterator[_Text]:
    """Labels that stand for the namespace of pods, as Cilium's `k8s:io.kubernetes.pod.namespace`."""
    for name, value in labels.items() if isinstance(labels, dict) else ():
        if "namespace" in str(name).lower():
            yield _Text(path=paths.below(path, str(name)), member="namespace", text=str(value), refers=False)


def _in_list(items: list[Any], path: str, member: str) -> Iterator[_Text]:
    option = ""
    for index, item in enumerate(items):
        if isinstance(item, dict):
            name = item.get("name")
            yield from _below(item, f"{path}[{name if isinstance(name, str) and name else index}]", member)
            continue
        # `--namespace`, `shop`: the option before a value says what it means; `-n` is kubectl's.
        meaning = {"-n": "--namespace"}.get(option, option) or member
        yield from _below(item, f"{path}[{index}]", meaning)
        option = item if isinstance(item, str) and item.startswith("-") and "=" not in item else ""
