"""Compare two sides of an application: images, then every object that either side has, field by field. Pure.

A side may be several clusters. What is known of each of them is compared, what could not be read is said, and is no
difference. Comparing a side with itself finds nothing, and swapping the sides swaps the differences.
"""

from collections.abc import Iterator
from dataclasses import replace

from domain.comparisons import ObjectField
from domain.resources import Manifest, ResourceId
from services.planning.comparing.counts import counts
from services.planning.comparing.expected import Expectations, judged
from services.planning.comparing.images import containers_of, image_differences, path_of
from services.planning.comparing.neutral import Neutral, neutral
from services.planning.comparing.objects import OnCluster, difference, object_differences, skewed_fields
from services.planning.comparing.sections import section_of, units_of
from services.planning.comparing.tree import table_of
from services.planning.comparing.values import Comparison, ComparisonSection, Difference, Seen, Side
from services.planning.comparing.written import written_differences, written_units
from services.planning.objects.identity import ObjectKey
from services.planning.objects.redact import Fingerprints

_ORDER = tuple(ComparisonSection)
_DATA = {ComparisonSection.CONFIG_MAPS, ComparisonSection.SECRETS}


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
            shown = values_shown and not _printed(left, right, on_left, on_right)
            found += object_differences(on_left, on_right, values_shown=shown)
            units |= {unit for each in (*on_left, *on_right) if each.found is not None for unit in _units(each.found)}
            skew["left"] += skewed_fields(on_left)
            skew["right"] += skewed_fields(on_right)
        found += written_differences(left, right)
        units |= {
            (section_of(resource.kind, path), _field(resource, path)) for resource, path in written_units(left, right)
        }
        skew["left"] += _skewed_images(left)
        skew["right"] += _skewed_images(right)
    if any(side.release is not None for side in (left, right)):
        found = [replace(each, missing_in=None) for each in found]
    differences = tuple(judged(each, expectations, namespaces) for each in sorted(found, key=_place))
    return Comparison(
        application=application,
        left=left,
        right=right,
        differences=differences,
        counts=tuple(counts(differences, units)),
        not_recorded=tuple(_not_recorded(left, right)),
        not_compared=tuple(_not_compared(left, right)),
        left_skew=skew["left"],
        right_skew=skew["right"],
    )


def _not_recorded(*sides: Side) -> Iterator[ComparisonSection]:
    """What a release among the sides does not hold; ConfigMaps and Secrets it may hold, and written fields, too."""
    if all(side.release is None for side in sides):
        return
    seen = [cluster for side in sides for cluster in side.read]
    recorded = {ComparisonSection.IMAGES}
    if all(cluster.objects is not None for cluster in seen):
        recorded |= {ComparisonSection.CONFIG_MAPS, ComparisonSection.SECRETS}
    if all(cluster.written for cluster in seen):
        recorded |= set(ComparisonSection) if recorded >= _DATA else set(ComparisonSection) - _DATA
    yield from (each for each in ComparisonSection if each not in recorded)


def _printed(left: Side, right: Side, on_left: tuple[OnCluster, ...], on_right: tuple[OnCluster, ...]) -> bool:
    """Whether fingerprints stand for the values of an object, which nobody can read."""
    found = next(each.found for each in (*on_left, *on_right) if each.found is not None)
    key = ObjectKey.of(found.source)
    return any(key in cluster.printed for cluster in (*left.read, *right.read))


def _place(difference: Difference) -> tuple[int, ObjectField]:
    return _ORDER.index(difference.section), difference.field


def _field(resource: ResourceId, path: str) -> ObjectField:
    group, kind = resource.group_kind
    return ObjectField(group=group, kind=kind, name=resource.name, path=path)


# Objects


def _objects(
    left: Side, right: Side, fingerprints: Fingerprints
) -> Iterator[tuple[tuple[OnCluster, ...], tuple[OnCluster, ...]]]:
    """Each object that either side has, on the clusters of both of which something is known of its kind."""
    keys = {key for each in (*left.read, *right.read) for key in each.objects or {}}
    for key in sorted(keys, key=lambda key: (key.kind, key.group, key.name)):
        on_left, on_right = (tuple(_on_clusters(side, key, fingerprints)) for side in (left, right))
        if on_left and on_right:
            yield on_left, on_right


def _on_clusters(side: Side, key: ObjectKey, fingerprints: Fingerprints) -> Iterator[OnCluster]:
    for cluster in side.read:
        if cluster.objects is not None and (key.group, key.kind) not in cluster.unread:
            manifest = cluster.objects.get(key)
            yield OnCluster(
                cluster=cluster.cluster,
                found=None if manifest is None else _neutral(manifest, side, cluster, fingerprints),
            )


def _neutral(manifest: Manifest, side: Side, cluster: Seen, fingerprints: Fingerprints) -> Neutral:
    return neutral(
        manifest,
        namespace=side.namespace or "",
        autoscalers=cluster.autoscalers,
        fingerprints=fingerprints,
        declaration=cluster.declared.of(manifest.kind),
    )


def _units(found: Neutral) -> Iterator[tuple[ComparisonSection, ObjectField]]:
    for section, path in units_of(found.manifest, found.hosts):
        yield section, _field(found.source.id, path)


def _of_images(left: Side, right: Side, *, values_shown: bool) -> Iterator[Difference]:
    on_left, on_right = (tuple(each.cluster for each in side.read) for side in (left, right))
    for container, found in image_differences(left, right):
        table = table_of((Manifest({"apiVersion": "v1", "kind": "Pod"}),))
        one = difference(container.workload, found, on_left, on_right, table, values_shown=values_shown)
        yield replace(one, section=ComparisonSection.IMAGES)


# Around the differences


def _skewed_images(side: Side) -> int:
    first, *others = side.read
    alone = [Side(environment=side.environment, clusters=(each,)) for each in (first, *others)]
    return len({container.key for other in alone[1:] for container, _ in image_differences(alone[0], other)})


def _not_compared(left: Side, right: Side) -> Iterator[str]:
    for side in (left, right):
        yield from side.not_compared
        for cluster in side.clusters:
            if cluster.failure is not None:
                yield f"Cluster {cluster.cluster} of {side.environment} could not be read: {cluster.failure.detail}"
            for _, kind in sorted(cluster.unread):
                yield f"{kind}s of {side.environment} on cluster {cluster.cluster} could not be read."
