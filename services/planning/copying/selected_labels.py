"""Which labels of copied objects something selects by: labels are an interface, so these stay. Pure.

Selectors of built-in kinds select pods, namespaces or volumes, whose labels a copy keeps anyway. Custom resources
select other objects: a ServiceMonitor Services, a Prometheus its rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.objects import paths
from services.planning.objects.built_in import is_built_in
from services.planning.objects.owners import foreign_marks
from services.planning.objects.selectors import selects
from services.planning.tools.rows import Place, Proof
from services.planning.tools.table import rows_on

# Selectors of these kinds, and these members of others, select pods (their API references).
_OF_PODS = frozenset(
    {
        ("monitoring.coreos.com", "PodMonitor"),
        ("argoproj.io", "Rollout"),
        ("apps.openshift.io", "DeploymentConfig"),
    }
)
_PODS = frozenset({"podSelector", "endpointSelector", "workloadSelector", "namespaceSelector", "nodeSelector"})


@dataclass(frozen=True, kw_only=True)
class LabelSelection:
    """A label selector of an object."""

    by: ResourceId
    path: str
    selector: Mapping[str, Any]


def selections_in(manifests: Iterable[Manifest]) -> tuple[LabelSelection, ...]:
    """The selectors of custom resources that may select objects other than pods."""
    return tuple(
        selection
        for manifest in manifests
        if not is_built_in(manifest.kind) and manifest.id.group_kind not in _OF_PODS
        for selection in _below(manifest.id, manifest.body.get("spec"), "spec")
    )


def _below(by: ResourceId, node: Any, path: str) -> Iterator[LabelSelection]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _below(by, item, f"{path}[{index}]")
    elif isinstance(node, dict):
        if "matchLabels" in node or "matchExpressions" in node:
            yield LabelSelection(by=by, path=path, selector=node)
            return
        for key, value in node.items():
            if key in _PODS:
                continue
            if key.endswith("elector") and _is_plain(value):
                yield LabelSelection(by=by, path=f"{path}.{key}", selector={"matchLabels": value})
            else:
                yield from _below(by, value, f"{path}.{key}")


def _is_plain(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(each, str) for each in value.values())


def selected_labels(manifest: Manifest, selections: Iterable[LabelSelection]) -> Mapping[str, LabelSelection]:
    """The labels of the object by which one of these selects it, with the first that does."""
    found: dict[str, LabelSelection] = {}
    for selection in selections:
        if selection.by == manifest.id or not selects(selection.selector, manifest.labels, empty=False):
            continue
        for name in _named(selection.selector):
            if name in manifest.labels:
                found.setdefault(name, selection)
    return found


def _named(selector: Mapping[str, Any]) -> Iterator[str]:
    yield from selector.get("matchLabels") or ()
    for term in selector.get("matchExpressions") or ():
        if isinstance(term, dict):
            yield str(term.get("key"))


def kept_labels(manifest: Manifest, selected: Mapping[str, LabelSelection]) -> frozenset[str]:
    """The selected labels that a copy keeps: all but those that alone prove a tool's ownership."""
    return frozenset(name for name in selected if not _proves(name, manifest.labels[name]))


def _proves(name: str, value: str) -> bool:
    rows = rows_on(Place.LABEL, name)
    return any(row.proof is Proof.ALONE and row.value in {None, value} for row in rows)


def notes_on_labels(manifest: Manifest, copied: Manifest, selected: Mapping[str, LabelSelection]) -> Iterator[Problem]:
    """Labels by which something selects the object, and which are a tool's mark: whether they are kept or left out."""
    marks, _ = foreign_marks(manifest)
    for name, selection in selected.items():
        field = paths.below("metadata.labels", name)
        if name not in copied.labels:
            yield Problem(
                code="selected-label-left-out",
                severity=Severity.WARNS,
                detail=f"{manifest.id.label} is copied without its label {name}, by which a tool recognises what it "
                f"manages. {selection.by.label} selects by it ({selection.path}) and will not find the copy: change "
                "that selector.",
                resource=manifest.id,
                field=field,
            )
        elif name in marks:
            tool = next(row.tool for row in rows_on(Place.LABEL, name) if row.proof is not None)
            yield Problem(
                code="selected-label-kept",
                severity=Severity.WARNS,
                detail=f"{manifest.id.label} keeps its label {name}, because {selection.by.label} selects by it "
                f"({selection.path}). Where {tool} recognises by it what it manages in the target, it may take the "
                "copy for its own.",
                resource=manifest.id,
                field=field,
            )
