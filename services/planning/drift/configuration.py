"""What is kept of a ConfigMap or Secret: its keys, with keyed fingerprints of their values. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.resources import Manifest
from services.planning.objects.field_prints import FieldPrints

_SECTIONS = ("data", "binaryData")


def key_prints(manifest: Manifest, prints: FieldPrints, *, place: str) -> dict[str, str]:
    """Key → fingerprint; a ConfigMap has no key in both sections."""
    return {
        key: prints.of(place, manifest.id, (f"f:{section}", f"f:{key}"), value)
        for section, key, value in _keys(manifest.body)
    }


def _keys(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for section in _SECTIONS:
        found = body.get(section)
        if isinstance(found, dict):
            for key, value in found.items():
                yield section, str(key), value
