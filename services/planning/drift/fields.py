"""Which fields of an object are not as Stagecoach wrote them, and who wrote them. Pure.

Replicas that were written through the `scale` subresource are no drift: an autoscaler writes there, and so does
`kubectl scale`, both of which are how a workload is meant to be scaled.
"""

from collections.abc import Iterable, Iterator

from domain.configuration import CONFIGURATION
from domain.declared_kinds import Declaration
from domain.divergences import DivergenceKind, FoundField
from domain.resources import Manifest, ResourceId
from domain.written import FieldTree
from services.planning.drift.field_trees import leaves_of
from services.planning.drift.field_writers import FieldWriter, FieldWriters, moment_of
from services.planning.drift.written import THERE, image_paths, is_compared, print_of
from services.planning.objects.field_ownership import MISSING, FieldPath, Fields, readable
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.paths import below

_REPLICAS = ("f:spec", "f:replicas")
_SECTIONS = ("data", "binaryData")
GONE = FoundField(path="", removed=True)


def differing_fields(
    live: Manifest | None,
    written: FieldTree,
    prints: FieldPrints,
    *,
    place: str,
    declaration: Declaration | None = None,
) -> tuple[FoundField, ...]:
    """Those of one object, by path; `live` is None where it is gone. `place` is the id of the app environment.

    `declaration` is what is declared of its kind: images are compared by themselves.
    """
    if live is None:
        return (GONE,) if written else ()
    fields, images, writers = Fields(live.body), image_paths(live, declaration), FieldWriters(live)
    found: dict[str, FoundField] = {}
    for path, print_ in leaves_of(written):
        if not is_compared(live, path, images):
            continue
        value = fields.at(path)
        if value is MISSING:
            gone = _highest_missing(fields, path)
            found.setdefault(readable(gone), _found(gone, writers.remover(), removed=True))
        elif print_ != THERE and print_ != print_of(live, path, value, prints, place=place):
            writer = writers.of(path)
            if not _is_meant(path, value, writer, writers):
                found.setdefault(readable(path), _found(path, writer, removed=False))
    return tuple(found[path] for path in sorted(found))


def _is_meant(path: FieldPath, value: object, writer: FieldWriter | None, writers: FieldWriters) -> bool:
    if path == _REPLICAS and writer is not None and writer.subresource == "scale":
        return True
    # Whoever changes an atomic map takes it over: one that is Stagecoach's yet had something put in beside it.
    return isinstance(value, dict) and writers.is_ours(path)


def _highest_missing(fields: Fields, path: FieldPath) -> FieldPath:
    """What was taken away as a whole; keys are told one by one, whatever has become of `data`."""
    if path[0] in {f"f:{section}" for section in _SECTIONS}:
        return path
    return next(path[:end] for end in range(1, len(path) + 1) if fields.at(path[:end]) is MISSING)


def _found(path: FieldPath, writer: FieldWriter | None, *, removed: bool) -> FoundField:
    return FoundField(
        path=readable(path),
        removed=removed,
        manager=writer.manager or None if writer is not None else None,
        written_at=moment_of(writer.at) if writer is not None else None,
    )


def by_kind(
    resource: ResourceId, fields: Iterable[FoundField]
) -> Iterator[tuple[DivergenceKind, tuple[FoundField, ...]]]:
    """Keys of ConfigMaps and Secrets, and the rest; what is empty is left out."""
    found: dict[DivergenceKind, list[FoundField]] = {}
    for each in fields:
        of_key = key_of(resource, each.path) is not None or (each == GONE and _is_configuration(resource))
        found.setdefault(DivergenceKind.KEY_DRIFT if of_key else DivergenceKind.FIELD_DRIFT, []).append(each)
    return ((kind, tuple(each)) for kind, each in found.items())


def key_of(resource: ResourceId, path: str) -> str | None:
    """The key of a ConfigMap or Secret that a readable path leads to, if it does."""
    if not _is_configuration(resource):
        return None
    for section in _SECTIONS:
        for key in (path.removeprefix(f"{section}."), path.removeprefix(f"{section}[").removesuffix("]")):
            if key != path and below(section, key) == path:
                return key
    return None


def _is_configuration(resource: ResourceId) -> bool:
    return resource.group_kind in {(kind.group, kind.name) for kind in CONFIGURATION}
