"""Compare two sides of an application: images, then every object that either side has, field by field. Pure.

A side may be several clusters. What is known of each of them is compared, what could not be read is said, and is no
difference. Comparing a side with itself finds nothing, and swapping the sides swaps the differences.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.comparisons import ObjectField
from domain.resources import Manifest, ResourceId
from services.planning.comparing.counts import counts
from services.planning.comparing.expected import Expectations, judged
from services.planning.comparing.images import containers_of, image_differences, path_of
from services.planning.comparing.neutral import Neutral, neutral
from services.planning.comparing.sections import HOSTS_PATH, data_key, section_of, units_of
from services.planning.comparing.showing import as_shown, is_hidden
from services.planning.comparing.tree import Found, differing, same_value, table_of
from services.planning.comparing.values import (
    Comparison,
    ComparisonSection,
    Difference,
    DifferenceKind,
    Seen,
    Side,
    ValueOn,
)
from services.planning.objects.field_ownership import MISSING
from services.planning.objects.identity import ObjectKey
from services.planning.objects.merge_keys import MergeTable
from services.planning.objects.redact import Fingerprints

_ORDER = tuple(ComparisonSection)


@dataclass(frozen=True, kw_only=True)
class _OnCluster:
    """One object on one cluster; None where the cluster lacks it."""

    cluster: str
    found: Neutral | None


def compare(
    application: str,
    left: Side,
    right: Side,
    *,
    expectations: Expectations,
    fingerprints: Fingerprints,
    values_shown: bool,
) -> Comparison:
    """What differs between the sides; `values_shown` says whether the reader may see values of ConfigMaps."""
    namespaces = (left.namespace, right.namespace)
    found: list[Difference] = []
    units: set[tuple[ComparisonSection, ObjectField]] = set()
    skew = {"left": 0, "right": 0}
    if left.read and right.read:
        found += _of_images(left, right, values_shown=values_shown)
        units |= {
            (ComparisonSection.IMAGES, _field(each.workload, path_of(each)))
            for each in containers_of(left, right).values()
        }
        for on_left, on_right in _objects(left, right, fingerprints):
            found += _of_object(on_left, on_right, values_shown=values_shown)
            units |= {unit for each in (*on_left, *on_right) if each.found is not None for unit in _units(each.found)}
            skew["left"] += _skew(on_left)
            skew["right"] += _skew(on_right)
        skew["left"] += _skewed_images(left)
        skew["right"] += _skewed_images(right)
    differences = tuple(judged(each, expectations, namespaces) for each in sorted(found, key=_place))
    return Comparison(
        application=application,
        left=left,
        right=right,
        differences=differences,
        counts=tuple(counts(differences, units)),
        not_recorded=tuple(each for each in ComparisonSection if each is not ComparisonSection.IMAGES)
        if _holds_images(left, right)
        else (),
        not_compared=tuple(_not_compared(left, right)),
        left_skew=skew["left"],
        right_skew=skew["right"],
    )


def _holds_images(*sides: Side) -> bool:
    """Whether one of the sides holds images alone."""
    return any(side.release is not None for side in sides)


def _place(difference: Difference) -> tuple[int, ObjectField]:
    return _ORDER.index(difference.section), difference.field


def _field(resource: ResourceId, path: str) -> ObjectField:
    group, kind = resource.group_kind
    return ObjectField(group=group, kind=kind, name=resource.name, path=path)


# Objects


def _objects(
    left: Side, right: Side, fingerprints: Fingerprints
) -> Iterator[tuple[tuple[_OnCluster, ...], tuple[_OnCluster, ...]]]:
    """Each object that either side has, on the clusters of both of which something is known of its kind."""
    if _holds_images(left, right):
        return
    keys = {key for each in (*left.read, *right.read) for key in each.objects or {}}
    for key in sorted(keys, key=lambda key: (key.kind, key.group, key.name)):
        on_left, on_right = (tuple(_on_clusters(side, key, fingerprints)) for side in (left, right))
        if on_left and on_right:
            yield on_left, on_right


def _on_clusters(side: Side, key: ObjectKey, fingerprints: Fingerprints) -> Iterator[_OnCluster]:
    for cluster in side.read:
        if (key.group, key.kind) not in cluster.unread:
            manifest = (cluster.objects or {}).get(key)
            yield _OnCluster(
                cluster=cluster.cluster,
                found=None if manifest is None else _neutral(manifest, side, cluster, fingerprints),
            )


def _neutral(manifest: Manifest, side: Side, cluster: Seen, fingerprints: Fingerprints) -> Neutral:
    return neutral(manifest, namespace=side.namespace or "", autoscalers=cluster.autoscalers, fingerprints=fingerprints)


def _of_object(
    left: tuple[_OnCluster, ...], right: tuple[_OnCluster, ...], *, values_shown: bool
) -> Iterator[Difference]:
    present = [each.found for each in (*left, *right) if each.found is not None]
    resource, table = present[0].source.id, table_of(each.source for each in present)
    presence = Found(path="", left=_presence(left), right=_presence(right))
    if {*presence.left} != {*presence.right}:
        on_left, on_right = tuple(each.cluster for each in left), tuple(each.cluster for each in right)
        yield _difference(resource, presence, on_left, on_right, table, values_shown=values_shown)
    left, right = (tuple(each for each in side if each.found is not None) for side in (left, right))
    if not left or not right:
        return
    on_left, on_right = tuple(each.cluster for each in left), tuple(each.cluster for each in right)
    for found in (*_hosts(left, right, table), *_differing(left, right, table)):
        yield _difference(resource, found, on_left, on_right, table, values_shown=values_shown)


def _presence(side: tuple[_OnCluster, ...]) -> tuple[Any, ...]:
    return tuple(MISSING if each.found is None else None for each in side)


def _manifests(side: tuple[_OnCluster, ...]) -> tuple[Neutral, ...]:
    return tuple(each.found for each in side if each.found is not None)


def _hosts(left: tuple[_OnCluster, ...], right: tuple[_OnCluster, ...], table: MergeTable) -> Iterator[Found]:
    hosts = [tuple(list(each.hosts) or MISSING for each in _manifests(side)) for side in (left, right)]
    on_left, on_right = hosts
    alike = [
        any(same_value(one, other, HOSTS_PATH, table) for other in others)
        for ones, others in ((on_left, on_right), (on_right, on_left))
        for one in ones
    ]
    if not all(alike):
        yield Found(path=HOSTS_PATH, left=on_left, right=on_right)


def _differing(left: tuple[_OnCluster, ...], right: tuple[_OnCluster, ...], table: MergeTable) -> Iterator[Found]:
    """The fields, with the names that tokens stood for."""
    ones, others = _manifests(left), _manifests(right)
    for found in differing(tuple(each.manifest for each in ones), tuple(each.manifest for each in others), table):
        yield Found(
            path=found.path,
            left=tuple(each.shown(value) for each, value in zip(ones, found.left, strict=True)),
            right=tuple(each.shown(value) for each, value in zip(others, found.right, strict=True)),
            only_order=found.only_order,
        )


def _units(found: Neutral) -> Iterator[tuple[ComparisonSection, ObjectField]]:
    for section, path in units_of(found.manifest, found.hosts):
        yield section, _field(found.source.id, path)


def _of_images(left: Side, right: Side, *, values_shown: bool) -> Iterator[Difference]:
    on_left, on_right = (tuple(each.cluster for each in side.read) for side in (left, right))
    for container, found in image_differences(left, right):
        table = table_of((Manifest({"apiVersion": "v1", "kind": "Pod"}),))
        yield _difference(container.workload, found, on_left, on_right, table, values_shown=values_shown)


# One difference


def _difference(
    resource: ResourceId,
    found: Found,
    left: tuple[str, ...],
    right: tuple[str, ...],
    table: MergeTable,
    *,
    values_shown: bool,
) -> Difference:
    section = section_of(resource.kind, found.path)
    hidden = is_hidden(resource.kind, found.path, values_shown=values_shown)

    def same(one: Any, other: Any) -> bool:
        return same_value(one, other, found.path, table)

    def show(value: Any, beside: tuple[Any, ...]) -> Any:
        if hidden or value is MISSING:
            return None
        other = next((each for each in beside if each is not MISSING and not same(each, value)), None)
        return as_shown(value, other, section, values_shown=values_shown)

    return Difference(
        resource=resource,
        path=found.path,
        section=section,
        kind=_kind(found),
        left=_grouped(left, found.left, same, lambda value: show(value, found.right)),
        right=_grouped(right, found.right, same, lambda value: show(value, found.left)),
        key=data_key(resource.kind, found.path),
        hidden=hidden,
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


# Around the differences


def _skew(side: tuple[_OnCluster, ...]) -> int:
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


def _skewed_images(side: Side) -> int:
    first, *others = side.read
    alone = [Side(environment=side.environment, clusters=(each,)) for each in (first, *others)]
    return len({container.key for other in alone[1:] for container, _ in image_differences(alone[0], other)})


def _not_compared(left: Side, right: Side) -> Iterator[str]:
    for side in (left, right):
        for cluster in side.clusters:
            if cluster.failure is not None:
                yield f"Cluster {cluster.cluster} of {side.environment} could not be read: {cluster.failure.detail}"
            for _, kind in sorted(cluster.unread):
                yield f"{kind}s of {side.environment} on cluster {cluster.cluster} could not be read."
