"""What differs between one object on clusters of the left and of the right side of a comparison. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from domain.resources import ResourceId
from services.planning.comparing.neutral import Neutral
from services.planning.comparing.sections import HOSTS_PATH, data_key, section_of
from services.planning.comparing.showing import as_shown, is_hidden
from services.planning.comparing.tree import Found, differing, same_value, table_of
from services.planning.comparing.values import ComparisonSection, Difference, DifferenceKind, SideName, ValueOn
from services.planning.objects.field_ownership import MISSING
from services.planning.objects.merge_keys import MergeTable

_DATA = frozenset({ComparisonSection.CONFIG_MAPS, ComparisonSection.SECRETS})
_LACKING = {DifferenceKind.ONLY_LEFT: SideName.RIGHT, DifferenceKind.ONLY_RIGHT: SideName.LEFT}


@dataclass(frozen=True, kw_only=True)
class OnCluster:
    """One object on one cluster; None where the cluster lacks it."""

    cluster: str
    found: Neutral | None


def object_differences(
    left: tuple[OnCluster, ...], right: tuple[OnCluster, ...], *, values_shown: bool
) -> Iterator[Difference]:
    """The differences of one object that some of the clusters have; first whether it is there at all."""
    present = [each.found for each in (*left, *right) if each.found is not None]
    resource, table = present[0].source.id, table_of(each.source for each in present)
    presence = Found(path="", left=_presence(left), right=_presence(right))
    if {*presence.left} != {*presence.right}:
        on_left, on_right = tuple(each.cluster for each in left), tuple(each.cluster for each in right)
        yield difference(resource, presence, on_left, on_right, table, values_shown=values_shown)
    left, right = (tuple(each for each in side if each.found is not None) for side in (left, right))
    if not left or not right:
        return
    on_left, on_right = tuple(each.cluster for each in left), tuple(each.cluster for each in right)
    moved = _keys(left) & _keys(right)
    for found in (*_hosts(left, right, table), *_differing(left, right, table)):
        one = difference(resource, found, on_left, on_right, table, values_shown=values_shown)
        yield replace(one, missing_in=None) if one.key in moved else one


def _presence(side: tuple[OnCluster, ...]) -> tuple[Any, ...]:
    return tuple(MISSING if each.found is None else None for each in side)


def _manifests(side: tuple[OnCluster, ...]) -> tuple[Neutral, ...]:
    return tuple(each.found for each in side if each.found is not None)


def _keys(side: tuple[OnCluster, ...]) -> frozenset[str]:
    """The keys that any cluster has: one may be text (`data`) on one side, and bytes (`binaryData`) on the other."""
    return frozenset(
        key
        for each in _manifests(side)
        for field in ("data", "binaryData")
        for key in each.manifest.body.get(field) or {}
    )


def _hosts(left: tuple[OnCluster, ...], right: tuple[OnCluster, ...], table: MergeTable) -> Iterator[Found]:
    hosts = [tuple(list(each.hosts) or MISSING for each in _manifests(side)) for side in (left, right)]
    on_left, on_right = hosts
    alike = [
        any(same_value(one, other, HOSTS_PATH, table) for other in others)
        for ones, others in ((on_left, on_right), (on_right, on_left))
        for one in ones
    ]
    if not all(alike):
        yield Found(path=HOSTS_PATH, left=on_left, right=on_right)


def _differing(left: tuple[OnCluster, ...], right: tuple[OnCluster, ...], table: MergeTable) -> Iterator[Found]:
    """The fields, with the names that tokens stood for."""
    ones, others = _manifests(left), _manifests(right)
    for found in differing(tuple(each.manifest for each in ones), tuple(each.manifest for each in others), table):
        yield Found(
            path=found.path,
            left=tuple(each.shown(value) for each, value in zip(ones, found.left, strict=True)),
            right=tuple(each.shown(value) for each, value in zip(others, found.right, strict=True)),
            only_order=found.only_order,
        )


def skewed_fields(side: tuple[OnCluster, ...]) -> int:
    """The number of fields in which the clusters of one side differ."""
    paths: set[str] = set()
    first, *others = side
    for other in others:
        if first.found is None or other.found is None:
            paths |= {""} if (first.found is None) != (other.found is None) else set()
            continue
        table = table_of((first.found.source, other.found.source))
        pair = (first,), (other,)
        paths |= {found.path for found in (*_hosts(*pair, table), *_differing(*pair, table))}
    return len(paths)


def difference(
    resource: ResourceId,
    found: Found,
    left: tuple[str, ...],
    right: tuple[str, ...],
    table: MergeTable,
    *,
    values_shown: bool,
) -> Difference:
    """The difference, with its values as they may be shown."""
    section = section_of(resource.kind, found.path)
    hidden = is_hidden(resource.kind, found.path, values_shown=values_shown)

    def same(one: Any, other: Any) -> bool:
        return same_value(one, other, found.path, table)

    def show(value: Any, beside: tuple[Any, ...]) -> Any:
        if hidden or value is MISSING:
            return None
        other = next((each for each in beside if each is not MISSING and not same(each, value)), None)
        return as_shown(value, other, section, values_shown=values_shown)

    kind, key = _kind(found), data_key(resource.kind, found.path)
    is_datum = section in _DATA and (key is not None or not found.path)
    return Difference(
        resource=resource,
        path=found.path,
        section=section,
        kind=kind,
        left=_grouped(left, found.left, same, lambda value: show(value, found.right)),
        right=_grouped(right, found.right, same, lambda value: show(value, found.left)),
        key=key,
        hidden=hidden,
        missing_in=_LACKING.get(kind) if is_datum else None,
    )


def _kind(found: Found) -> DifferenceKind:
    if found.only_order:
        return DifferenceKind.ORDER
    if all(each is MISSING for each in found.right):
        return DifferenceKind.ONLY_LEFT
    if all(each is MISSING for each in found.left):
        return DifferenceKind.ONLY_RIGHT
    return DifferenceKind.DIFFERS


def _grouped(
    clusters: tuple[str, ...],
    values: tuple[Any, ...],
    same: Callable[[Any, Any], bool],
    show: Callable[[Any], Any],
) -> tuple[ValueOn, ...]:
    """The values, each once, with the clusters that have it."""
    groups: list[tuple[Any, list[str]]] = []
    for cluster, value in zip(clusters, values, strict=True):
        for known, members in groups:
            if same(known, value):
                members.append(cluster)
                break
        else:
            groups.append((value, [cluster]))
    return tuple(
        ValueOn(clusters=tuple(members), present=value is not MISSING, value=show(value)) for value, members in groups
    )
