"""What Stagecoach wrote of an object: the fields that the server says are its own, with keyed fingerprints. Pure.

The answer to a write names them in `metadata.managedFields`, and has their values as the server keeps them. So nothing
of `status` is among them, nothing that the server or others filled in, and lists have their merge keys.
"""

from collections.abc import Iterator

from domain.cluster_api import FIELD_MANAGER
from domain.declared_kinds import Declaration
from domain.resources import Manifest
from domain.written import WrittenObject
from services.planning.drift.field_trees import tree_of
from services.planning.drift.normal_form import normal
from services.planning.objects.custom_images import images_named, may_name_images
from services.planning.objects.declared_images import containers_of, image_members
from services.planning.objects.field_ownership import MISSING, FieldPath, Fields, field_paths, readable
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.workloads import is_workload

THERE = ""  # in place of a fingerprint, where only that the field is there was written
_CONTAINERS = frozenset({"f:containers", "f:initContainers", "f:ephemeralContainers"})


def written_object(answer: Manifest, prints: FieldPrints, *, place: str) -> WrittenObject:
    """Of the object as it is after the write; `place` is the id of the app environment."""
    fields, images = Fields(answer.body), image_paths(answer)
    leaves = []
    for path in sorted(set(_own_paths(answer))):
        value = fields.at(path)
        if value is MISSING or not is_compared(answer, path, images):
            continue
        leaves.append((path, print_of(answer, path, value, prints, place=place)))
    return WrittenObject(resource=answer.id, fields=tree_of(leaves))


def print_of(manifest: Manifest, path: FieldPath, value: object, prints: FieldPrints, *, place: str) -> str:
    """Items of lists and empty maps are there or not: what others put into them is theirs."""
    if path[-1].startswith(("k:", "v:")) or value in ({}, []):
        return THERE
    return prints.of(place, manifest.id, path, normal(path, value))


def image_paths(manifest: Manifest, declaration: Declaration | None = None) -> frozenset[str]:
    """Where a custom resource names images; `declaration` is what is declared of its kind."""
    named = frozenset(images_named(manifest)) if may_name_images(manifest.kind) else frozenset()
    if declaration is None:
        return named
    return named.union(*map(image_members, containers_of(manifest, declaration)))


def is_compared(manifest: Manifest, path: FieldPath, images: frozenset[str]) -> bool:
    """Images are compared with the release's images, and kubectl's own notes are no configuration."""
    if path[0] == "f:status" or (images and readable(path) in images):
        return False
    if "f:annotations" in path and path[-1].startswith("f:kubectl.kubernetes.io/"):
        return False
    of_container = path[-1] == "f:image" and len(path) > 2 and path[-3] in _CONTAINERS
    return not (of_container and is_workload(manifest.kind))


def _own_paths(answer: Manifest) -> Iterator[FieldPath]:
    """Fields that another version of the kind may call otherwise are left out."""
    for entry in answer.metadata.get("managedFields") or ():
        if not isinstance(entry, dict) or entry.get("subresource") or entry.get("manager") != FIELD_MANAGER:
            continue
        if entry.get("apiVersion") in {None, answer.kind.api_version}:
            yield from field_paths(entry)
