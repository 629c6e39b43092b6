"""Which tool owns an object: Helm, Argo CD, Flux and others that would revert, prune or be broken by a change.

Pure. `MARKS` is the table; the first match, in its order, decides. A copy does not carry the marks of its source. A
mark on a live target object means that its owner has to make the change. The marks are those that each tool documents
(Argo CD "Resource Tracking", Flux kustomize-controller, Helm `pkg/action/validate.go`, KEP-3659 ApplySet) or writes as
its field manager.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from domain.resources import Manifest


@dataclass(frozen=True, kw_only=True)
class Owner:
    """`tool` is the owner's name for people, `mark` what identified it, `consequence` what it does to a change."""

    tool: str
    mark: str
    consequence: str
    controller: bool = False  # an object of the cluster owns it, whose controller reverts a change at once


class Location(StrEnum):
    """Where an object carries a mark."""

    LABEL = "label"
    ANNOTATION = "annotation"
    MANAGER = "field manager"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One way to recognise an owner. `name` may end in `*`; where `value` is given, it has to be equal, too."""

    tool: str
    location: Location
    name: str
    value: str | None = None
    alone: bool = True  # False: too common to prove ownership without another mark of the same tool


_ARGO, _FLUX, _HELM = "Argo CD", "Flux", "Helm"
_OLM, _RANCHER, _CONFIG_SYNC = "Operator Lifecycle Manager", "Rancher", "Config Sync"

MARKS: tuple[Mark, ...] = (
    Mark(tool=_ARGO, location=Location.ANNOTATION, name="argocd.argoproj.io/tracking-id"),
    Mark(tool=_ARGO, location=Location.LABEL, name="argocd.argoproj.io/instance"),
    Mark(tool=_ARGO, location=Location.MANAGER, name="argocd-controller"),
    Mark(tool=_ARGO, location=Location.MANAGER, name="argocd-application-controller"),
    Mark(tool=_ARGO, location=Location.ANNOTATION, name="argocd.argoproj.io/*", alone=False),
    # Argo CD's label tracking uses this label, and so do most charts: it counts only with another mark of Argo CD.
    Mark(tool=_ARGO, location=Location.LABEL, name="app.kubernetes.io/instance", alone=False),
    Mark(tool=_FLUX, location=Location.LABEL, name="kustomize.toolkit.fluxcd.io/*"),
    Mark(tool=_FLUX, location=Location.LABEL, name="helm.toolkit.fluxcd.io/*"),
    Mark(tool=_FLUX, location=Location.ANNOTATION, name="kustomize.toolkit.fluxcd.io/*", alone=False),
    Mark(tool=_FLUX, location=Location.MANAGER, name="kustomize-controller"),
    Mark(tool=_FLUX, location=Location.MANAGER, name="helm-controller"),
    Mark(tool=_HELM, location=Location.ANNOTATION, name="meta.helm.sh/release-name"),
    Mark(tool=_HELM, location=Location.LABEL, name="app.kubernetes.io/managed-by", value="Helm"),
    Mark(tool=_HELM, location=Location.ANNOTATION, name="meta.helm.sh/*", alone=False),
    Mark(tool=_HELM, location=Location.LABEL, name="helm.sh/chart", alone=False),
    Mark(tool=_OLM, location=Location.LABEL, name="olm.owner"),
    Mark(tool=_OLM, location=Location.LABEL, name="olm.owner.*", alone=False),
    Mark(tool=_OLM, location=Location.LABEL, name="operators.coreos.com/*"),
    Mark(tool=_RANCHER, location=Location.LABEL, name="objectset.rio.cattle.io/*"),
    Mark(tool=_RANCHER, location=Location.ANNOTATION, name="objectset.rio.cattle.io/*"),
    Mark(tool="kapp", location=Location.LABEL, name="kapp.k14s.io/*"),
    Mark(tool="kapp", location=Location.ANNOTATION, name="kapp.k14s.io/*", alone=False),
    Mark(tool="a kubectl ApplySet", location=Location.LABEL, name="applyset.kubernetes.io/part-of"),
    Mark(tool=_CONFIG_SYNC, location=Location.ANNOTATION, name="configmanagement.gke.io/managed"),
    Mark(tool=_CONFIG_SYNC, location=Location.ANNOTATION, name="configsync.gke.io/*"),
    Mark(tool=_CONFIG_SYNC, location=Location.ANNOTATION, name="config.k8s.io/owning-inventory"),
    Mark(tool="Crossplane", location=Location.LABEL, name="crossplane.io/composite"),
    Mark(tool="Crossplane", location=Location.LABEL, name="crossplane.io/claim-*"),
    Mark(tool="the addon manager", location=Location.LABEL, name="addonmanager.kubernetes.io/mode"),
    Mark(tool="the addon manager", location=Location.LABEL, name="eks.amazonaws.com/component"),
    Mark(tool="Terraform", location=Location.MANAGER, name="Terraform"),
    Mark(tool="Terraform", location=Location.MANAGER, name="HashiCorp"),
    Mark(tool="Pulumi", location=Location.MANAGER, name="pulumi-*"),
)

_CONSEQUENCES: Mapping[str, str] = {
    _ARGO: "its next sync may revert the change",
    _FLUX: "its next reconciliation reverts the change",
    _HELM: "the release's next upgrade may revert the change",
    _OLM: "the operator reverts the change",
    _RANCHER: "it reverts the change",
    "kapp": "its next deploy reverts the change",
    "a kubectl ApplySet": "the set's next apply may revert the change or delete the object",
    _CONFIG_SYNC: "it reverts the change",
    "Crossplane": "it reverts the change",
    "the addon manager": "it reverts the change",
    "Terraform": "its next run shows drift and may revert the change",
    "Pulumi": "its next run shows drift and may revert the change",
}


def matches(pattern: str, name: str) -> bool:
    """Whether `name` is `pattern`, or begins with it where it ends in `*`."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def controller_of(manifest: Manifest) -> Mapping[str, Any] | None:
    """The owner reference with `controller: true` (at most one, by the API conventions); None without one."""
    for reference in manifest.metadata.get("ownerReferences") or ():
        if isinstance(reference, dict) and reference.get("controller"):
            return reference
    return None


def owner_of(manifest: Manifest) -> Owner | None:
    """The tool or controller that would revert or be broken by a change of this object; None where none is known."""
    controller = controller_of(manifest)
    if controller is not None:
        name = f"{controller.get('kind', 'object')} {controller.get('name', '')}".strip()
        return Owner(
            tool=name,
            mark="metadata.ownerReferences",
            consequence="its controller reverts the change at once: change the owner instead",
            controller=True,
        )
    proofs = [mark for mark, _ in _hits(manifest) if mark.alone]
    if not proofs:
        return None
    first = min(proofs, key=MARKS.index)
    return Owner(tool=first.tool, mark=f"{first.location} {first.name}", consequence=_CONSEQUENCES[first.tool])


def foreign_marks(manifest: Manifest) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the labels, then of the annotations, by which owners recognise the object. A copy omits them."""
    hits = [*_hits(manifest)]
    if not hits:
        return frozenset(), frozenset()
    owner = owner_of(manifest)
    # A mark that proves nothing alone is left out only where another mark proves that its tool owns the object.
    proven = [(mark, name) for mark, name in hits if mark.alone or (owner is not None and owner.tool == mark.tool)]
    return (
        frozenset(name for mark, name in proven if mark.location is Location.LABEL),
        frozenset(name for mark, name in proven if mark.location is Location.ANNOTATION),
    )


def _hits(manifest: Manifest) -> Iterator[tuple[Mark, str]]:
    """The marks that stand on the object, with the names of the labels, annotations or managers that they are."""
    for location in Location:
        for name, value in _names(location, manifest):
            for mark in _marks_called(location, name):
                if mark.value is None or mark.value == value:
                    yield mark, name


@lru_cache(maxsize=4096)  # the same few names stand on object after object
def _marks_called(location: Location, name: str) -> tuple[Mark, ...]:
    return tuple(mark for mark in MARKS if mark.location is location and matches(mark.name, name))


def _names(location: Location, manifest: Manifest) -> Iterator[tuple[str, str]]:
    match location:
        case Location.LABEL:
            yield from manifest.labels.items()
        case Location.ANNOTATION:
            yield from manifest.annotations.items()
        case Location.MANAGER:
            for entry in manifest.metadata.get("managedFields") or ():
                if isinstance(entry, dict):
                    yield str(entry.get("manager", "")), ""
