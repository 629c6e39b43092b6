"""Which labels, annotations and field managers of an object are kept, and which of their values. Pure.

A name is kept where the table of what tools write (`planning.tools`) takes it for a mark, or where a rule asks for it.
A value is kept where a rule reads it: annotations may hold whole copies of manifests, Secret values among them.
"""

from collections.abc import Mapping
from functools import lru_cache

from services.planning.health.driven import WORKLOAD_GENERATION
from services.planning.health.revisions import (
    REVISION_ANNOTATION,
    REVISION_HASH_LABEL,
    ROLLOUT_HASH_LABEL,
    TEMPLATE_HASH_LABEL,
)
from services.planning.objects.owners import is_mark
from services.planning.objects.workload_owners import READ_ANNOTATIONS, READ_LABELS
from services.planning.tools.rows import Place, Tell
from services.planning.tools.table import rows_on

REVISION_LABELS = frozenset({TEMPLATE_HASH_LABEL, REVISION_HASH_LABEL, ROLLOUT_HASH_LABEL})
_IN_ORDER = tuple(sorted(REVISION_LABELS))
_READ = {
    Place.LABEL: READ_LABELS | REVISION_LABELS,
    Place.ANNOTATION: READ_ANNOTATIONS | {REVISION_ANNOTATION, WORKLOAD_GENERATION},
}
_TRIGGERS = "image.openshift.io/triggers"
_SWITCH = 64  # characters: the values that turn a tool off, as `never`, are shorter


def kept(place: Place, written: Mapping[str, str] | None) -> dict[str, str] | None:
    """The labels or annotations that are kept, in a fixed order; None where there are none."""
    pairs = sorted((written or {}).items())
    return {name: _value(place, name, value) for name, value in pairs if _is_kept(place, name)} or None


def is_kept_manager(manager: str) -> bool:
    """Whether it matters that the manager wrote any field at all."""
    return "helm" in manager.lower() or is_mark(Place.MANAGER, manager)


@lru_cache(maxsize=8192)  # the same few names stand on object after object
def _is_kept(place: Place, name: str) -> bool:
    return name in _READ[place] or is_mark(place, name) or _tells_of_images(place, name)


def _tells_of_images(place: Place, name: str) -> bool:
    return any(row.tell is Tell.IMAGES for row in rows_on(place, name))


def _value(place: Place, name: str, value: str) -> str:
    if name in _READ[place] or name == _TRIGGERS or _is_compared(place, name):
        return value
    return value[:_SWITCH] if _tells_of_images(place, name) else ""


@lru_cache(maxsize=8192)
def _is_compared(place: Place, name: str) -> bool:
    return any(row.proof is not None and row.value is not None for row in rows_on(place, name))


def of_revision(labels: Mapping[str, str] | None) -> dict[str, str] | None:
    """The labels that tell the revisions of a workload apart; None where there are none."""
    return {name: labels[name] for name in _IN_ORDER if name in labels} or None if labels else None


def revision_of(annotations: Mapping[str, str] | None) -> dict[str, str] | None:
    """The annotation that numbers the revisions of a Deployment; None where there is none."""
    number = (annotations or {}).get(REVISION_ANNOTATION)
    return {REVISION_ANNOTATION: number} if number is not None else None
