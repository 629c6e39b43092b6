"""The inputs of cases from the field as objects, as a server returns them."""

import base64
from pathlib import Path

import yaml

from domain.resources import Manifest
from services.planning.namespaces.import_candidates import import_candidates
from services.planning.objects.identity import ObjectKey

INPUTS = Path(__file__).resolve().parents[1] / "field" / "inputs"


def objects_of(case: str, *, namespace: str | None = None) -> tuple[Manifest, ...]:
    """All objects of a case in their order; with `namespace`, each is in it."""
    found = []
    for path in sorted((INPUTS / case).glob("*.yaml")):
        for body in yaml.safe_load_all(path.read_text()):
            if not body:
                continue
            texts = body.pop("stringData", None)
            if texts is not None:
                body["data"] = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
            if namespace is not None and body["kind"] != "Namespace":
                body["metadata"]["namespace"] = namespace
            found.append(Manifest(body))
    return tuple(found)


def named(manifests: tuple[Manifest, ...], label: str) -> Manifest:
    """The one that a person would call this: `Secret web-tls`."""
    (found,) = (manifest for manifest in manifests if manifest.id.label == label)
    return found


def preselected(manifests: tuple[Manifest, ...], own: bool = True) -> frozenset[str]:
    """What is selected before a person selects anything, where the app environment has all objects (`own`) or none."""
    keys = frozenset(ObjectKey.of(manifest) for manifest in manifests) if own else frozenset()
    return frozenset(each.resource.label for each in import_candidates(manifests, own=keys) if each.selected)
