"""The fields that Stagecoach wrote, as two releases of one app environment have them. Pure.

A release has fingerprints of these fields and no values: of a field is said that it differs, or which release has it.
ConfigMaps and Secrets are compared key by key elsewhere.
"""

from collections.abc import Iterator, Mapping

from domain.configuration import CONFIGURATION
from domain.resources import ResourceId
from domain.written import FieldTree
from services.planning.comparing.sections import section_of
from services.planning.comparing.values import Difference, DifferenceKind, Side, ValueOn
from services.planning.drift.field_trees import leaves_of
from services.planning.objects.field_ownership import FieldPath, readable

WrittenOn = Mapping[str, Mapping[ResourceId, FieldTree]]  # by cluster name


def written_differences(left: Side, right: Side) -> Iterator[Difference]:
    """Of the objects that Stagecoach had written by either release."""
    for resource in sorted(_objects(left) & _objects(right), key=str):
        on_left, on_right = _leaves(left, resource), _leaves(right, resource)
        for path in sorted({path for side in (on_left, on_right) for fields in side.values() for path in fields}):
            ones = {cluster: fields.get(path) for cluster, fields in on_left.items()}
            others = {cluster: fields.get(path) for cluster, fields in on_right.items()}
            if set(ones.values()) != set(others.values()):
                yield _difference(resource, path, ones, others)


def written_units(left: Side, right: Side) -> Iterator[tuple[ResourceId, str]]:
    """The fields that are compared: object and path."""
    for resource in _objects(left) & _objects(right):
        for side in (left, right):
            for fields in _leaves(side, resource).values():
                yield from ((resource, readable(path)) for path in fields)


def _objects(side: Side) -> set[ResourceId]:
    return {
        resource for cluster in side.read for resource in cluster.written or {} if resource.kind not in CONFIGURATION
    }


def _leaves(side: Side, resource: ResourceId) -> dict[str, dict[FieldPath, str]]:
    return {
        cluster.cluster: dict(leaves_of(tree))
        for cluster in side.read
        if (tree := (cluster.written or {}).get(resource)) is not None
    }


def _difference(
    resource: ResourceId, path: FieldPath, ones: Mapping[str, str | None], others: Mapping[str, str | None]
) -> Difference:
    shown = readable(path)
    kind = DifferenceKind.DIFFERS
    if not any(each is not None for each in others.values()):
        kind = DifferenceKind.ONLY_LEFT
    elif not any(each is not None for each in ones.values()):
        kind = DifferenceKind.ONLY_RIGHT
    return Difference(
        resource=resource,
        path=shown,
        section=section_of(resource.kind, shown),
        kind=kind,
        left=_grouped(ones),
        right=_grouped(others),
        hidden=True,
    )


def _grouped(prints: Mapping[str, str | None]) -> tuple[ValueOn, ...]:
    groups: dict[str | None, list[str]] = {}
    for cluster, print_ in prints.items():
        groups.setdefault(print_, []).append(cluster)
    return tuple(ValueOn(clusters=tuple(members), present=print_ is not None) for print_, members in groups.items())
