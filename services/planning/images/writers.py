"""Who else writes images: tools that a workload's marks name, and the field manager that wrote one last. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.resources import Manifest
from services.planning.objects.workloads import template_path
from services.planning.tools.rows import Place, Tell
from services.planning.tools.table import told

_TRIGGERS = "image.openshift.io/triggers"
_OFF = frozenset({"", "never", "false", "none"})


@dataclass(frozen=True, kw_only=True)
class ImageWriter:
    """A tool that writes images of the workload by itself, and the mark that says so.

    `containers` are those that the mark names; None where it is about all of them.
    """

    tool: str
    mark: str
    containers: frozenset[str] | None

    def writes(self, container: str) -> bool:
        return self.containers is None or container in self.containers


@dataclass(frozen=True, kw_only=True)
class LastWriter:
    """The field manager that owns an image, and when it last wrote to the object."""

    manager: str
    at: str | None


def image_writers(manifest: Manifest) -> tuple[ImageWriter, ...]:
    """The tools that write the workload's images, each once."""
    found: dict[str, ImageWriter] = {}
    for place, names in ((Place.ANNOTATION, manifest.annotations), (Place.LABEL, manifest.labels)):
        for name, row in told(place, names, Tell.IMAGES):
            containers = _triggered(names[name]) if name == _TRIGGERS else None
            if names[name].strip().lower() in _OFF or (containers is not None and not containers):
                continue
            found.setdefault(row.tool, ImageWriter(tool=row.tool, mark=f"{place} {name}", containers=containers))
    return tuple(found.values())


def last_writers(manifest: Manifest) -> dict[str, LastWriter]:
    """Container → who wrote its image last, where that was not Stagecoach.

    An image that one manager applied and another one changed since has two entries; the later one wrote it.
    """
    steps = [f"f:{key}" for key in (*(template_path(manifest.kind) or ()), "spec")]
    found: dict[str, LastWriter] = {}
    for entry in manifest.metadata.get("managedFields") or ():
        if not isinstance(entry, dict) or entry.get("subresource"):
            continue
        writer = LastWriter(manager=str(entry.get("manager") or ""), at=entry.get("time"))
        for container in _images_of(_at(entry.get("fieldsV1"), steps)):
            known = found.get(container)
            if known is None or (writer.at or "") >= (known.at or ""):
                found[container] = writer
    return {container: writer for container, writer in found.items() if writer.manager not in {"", FIELD_MANAGER}}


def _triggered(annotation: str) -> frozenset[str] | None:
    """The containers of triggers that are not paused, by their field paths; None where a path names none.

    `fieldPath` is a JSONPath, as `spec.template.spec.containers[?(@.name=="web")].image` (OpenShift, "Triggering
    updates on image stream changes").
    """
    try:
        triggers = json.loads(annotation)
    except ValueError:
        return None
    names = set()
    for trigger in triggers if isinstance(triggers, list) else ():
        if not isinstance(trigger, dict) or str(trigger.get("paused", "")).lower() == "true":
            continue
        _, found, rest = str(trigger.get("fieldPath", "")).partition("@.name==")
        if not found:
            return None
        names.add(rest.partition(")")[0].strip("\"'"))
    return frozenset(names)


def _at(fields: Any, steps: list[str]) -> Any:
    for step in steps:
        fields = fields.get(step) if isinstance(fields, Mapping) else None
    return fields


def _images_of(spec: Any) -> Iterator[str]:
    """The containers whose image the fields of a pod spec hold, by the key `k:{"name":"web"}`."""
    for listed in ("f:initContainers", "f:containers"):
        items = spec.get(listed) if isinstance(spec, Mapping) else None
        for key, fields in (items or {}).items():
            if key.startswith("k:") and isinstance(fields, Mapping) and "f:image" in fields:
                yield str(json.loads(key[2:]).get("name", ""))
