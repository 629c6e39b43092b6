"""Which tool owns an object: Helm, Argo CD, Flux and others that would revert, prune or be broken by a change.

Pure. The marks stand in the table of what tools write (`planning.tools`); the first match, in its order, decides. A
copy does not carry the marks of its source. A
mark on a live target object means that its owner has to make the change. The marks are those that each tool documents
(Argo CD "Resource Tracking", Flux kustomize-controller, Helm `pkg/action/validate.go`, KEP-3659 ApplySet) or writes as
its field manager.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from domain.resources import Manifest
from services.planning.tools import delivery
from services.planning.tools.rows import Place, Proof
from services.planning.tools.table import TABLE, matches


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


_LOCATIONS = {
    Place.LABEL: Location.LABEL,
    Place.ANNOTATION: Location.ANNOTATION,
    Place.MANAGER: Location.MANAGER,
}

MARKS: tuple[Mark, ...] = tuple(
    Mark(
        tool=row.tool,
        location=_LOCATIONS[row.place],
        name=row.name,
        value=row.value,
        alone=row.proof is Proof.ALONE,
    )
    for row in TABLE
    if row.proof is not None
)

_CONSEQUENCES: Mapping[str, str] = {
    delivery.ARGO.name: "its next sync may revert the change",
    delivery.FLUX.name: "its next reconciliation reverts the change",
    delivery.HELM.name: "the release's next upgrade may revert the change",
    delivery.OLM.name: "the operator reverts the change",
    delivery.RANCHER_SETS.name: "it reverts the change",
    delivery.KAPP.name: "its next deploy reverts the change",
    delivery.APPLY_SET.name: "the set's next apply may revert the change or delete the object",
    delivery.CONFIG_SYNC.name: "it reverts the change",
    delivery.CROSSPLANE.name: "it reverts the change",
    delivery.ADDONS.name: "it reverts the change",
    delivery.KARMADA.name: "it reverts the change",
    delivery.SVELTOS.name: "it reverts the change",
    delivery.KUBEVELA.name: "the application's next reconciliation reverts the change",
    delivery.KLUCTL.name: "its next deploy reverts the change",
    delivery.TANKA.name: "its next apply reverts the change",
    delivery.KUBECFG.name: "its next update reverts the change",
    delivery.VCLUSTER.name: "it reverts the change: make it in the virtual cluster",
    delivery.TERRAFORM.name: "its next run shows drift and may revert the change",
    delivery.PULUMI.name: "its next run shows drift and may revert the change",
}


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


def is_mark(place: Place, name: str) -> bool:
    """Whether a name in this place is a mark by which an owner may be recognised, alone or with another one."""
    return any(mark.location is _LOCATIONS[place] for mark in _marks_called(name))


def foreign_marks(manifest: Manifest) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the labels, then of the annotations, by which owners recognise the object. A copy omits them."""
    hits = [*_hits(manifest)]
    if not hits:
        return frozenset(), frozenset()
    owners = {mark.tool for mark, _ in hits if mark.alone}
    # A mark that proves nothing alone is left out only where another mark proves that its tool owns the object.
    proven = [(mark, name) for mark, name in hits if mark.alone or mark.tool in owners]
    return (
        frozenset(name for mark, name in proven if mark.location is Location.LABEL),
        frozenset(name for mark, name in proven if mark.location is Location.ANNOTATION),
    )


def _hits(manifest: Manifest) -> Iterator[tuple[Mark, str]]:
    """The marks that stand on the object, with the names of the labels, annotations or managers that they are."""
    yield from _hits_among(Location.LABEL, manifest.labels.items())
    yield from _hits_among(Location.ANNOTATION, manifest.annotations.items())
    entries = manifest.metadata.get("managedFields") or ()
    managers = ((str(entry.get("manager", "")), "") for entry in entries if isinstance(entry, dict))
    yield from _hits_among(Location.MANAGER, managers)


def _hits_among(location: Location, names: Iterable[tuple[str, str]]) -> Iterator[tuple[Mark, str]]:
    for name, value in names:
        for mark in _marks_called(name):
            if mark.location is location and (mark.value is None or mark.value == value):
                yield mark, name


@lru_cache(maxsize=4096)  # the same few names stand on object after object
def _marks_called(name: str) -> tuple[Mark, ...]:
    """In whatever location, because few names are a mark in any: an enumeration's member takes long to look up."""
    return tuple(mark for mark in MARKS if matches(mark.name, name))
