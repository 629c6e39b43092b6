"""What differs at one moment: drift from the last release, and skew between clusters. Pure.

While an operation is under way nothing is observed: what it has written is of no release yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from domain.configuration import ConfigurationReading
from domain.divergences import Divergence, DivergenceKey, DivergenceKind, FoundFields, FoundImage
from domain.image_references import try_parse_image
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import ResourceId
from services.planning.drift.field_writers import moment_of
from services.planning.drift.fields import by_kind
from services.planning.health.values import HealthState
from services.planning.images.releases import images_for
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts

# In these states pods are being replaced, or it is not known what they run: what differs now may be gone in a moment.
_UNSETTLED = frozenset(
    {HealthState.PENDING, HealthState.PROGRESSING, HealthState.WAITING} | {HealthState.TERMINATING, HealthState.UNKNOWN}
)


@dataclass(frozen=True, kw_only=True)
class ReleaseImages:
    """The images of a release, and the clusters that it was brought to."""

    number: int
    images: tuple[ContainerImage, ...]
    clusters: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What differs, by key. `unsure` cannot be told at the moment; where not `complete`, what is not found may be.

    `unread` are kinds of which not everything is known.
    `release` is the number of the last release, 0 without one.
    """

    found: Mapping[DivergenceKey, Divergence] = field(default_factory=dict)
    unsure: frozenset[DivergenceKey] = frozenset()
    complete: bool = True
    unread: frozenset[DivergenceKind] = frozenset()
    release: int = 0

    def is_absent(self, key: DivergenceKey) -> bool:
        """Whether it certainly does not differ."""
        return self.complete and key[0] not in self.unread and key not in self.found and key not in self.unsure


def with_fields(observed: Observed, readings: Mapping[str, ConfigurationReading | None]) -> Observed:
    """What differs, with drift of keys and fields; `readings` are by cluster, None of one that is not live.

    What was read before the last release was compared with another one, and says nothing.
    """
    found = dict(observed.found)
    fields: dict[DivergenceKey, list[FoundFields]] = {}
    objects: dict[DivergenceKey, ResourceId] = {}
    complete = True
    for cluster, reading in readings.items():
        if reading is None or reading.release != observed.release:
            complete = False
            continue
        for resource, differing in reading.differing.items():
            for kind, each in by_kind(resource, differing):
                key = (kind, container_key(resource, ""))
                objects.setdefault(key, resource)
                fields.setdefault(key, []).append(FoundFields(cluster=cluster, fields=each))
    for key, clusters in fields.items():
        found[key] = Divergence(
            kind=key[0],
            workload=objects[key],
            container="",
            init=False,
            fields=tuple(clusters),
            release=observed.release,
        )
    unread = frozenset() if complete else frozenset(kind for kind in DivergenceKind if kind.is_of_fields)
    return replace(observed, found=found, unread=unread)


@dataclass(frozen=True, kw_only=True)
class _On:
    """A container on one cluster."""

    cluster: str
    workload: WorkloadFacts
    container: ContainerFacts

    @property
    def settled(self) -> bool:
        return self.workload.observed and self.workload.health.state not in _UNSETTLED


def observe(clusters: Mapping[str, ClusterFacts | None], release: ReleaseImages | None) -> Observed:
    """What differs; facts are None of a cluster that is not live."""
    known = {name: facts for name, facts in clusters.items() if facts is not None and facts.failure is None}
    containers: dict[ContainerKey, list[_On]] = {}
    for name, facts in known.items():
        for key, (workload, container) in facts.by_container.items():
            containers.setdefault(key, []).append(_On(cluster=name, workload=workload, container=container))
    released = {
        name: {each.key: each.image for each in images_for(release.images, name)} if release is not None else {}
        for name in known
    }
    brought = release.clusters if release is not None else frozenset()
    expected = {name: images for name, images in released.items() if name in brought}
    left_behind = {name: images for name, images in released.items() if name not in brought}
    number = release.number if release is not None else 0
    found: dict[DivergenceKey, Divergence] = {}
    unsure: set[DivergenceKey] = set()
    for key, places in containers.items():
        for kind, images, doubt in (
            (DivergenceKind.IMAGE_DRIFT, *_image_drift(places, expected)),
            (DivergenceKind.DIGEST_DRIFT, *_digest_drift(places, expected)),
            (DivergenceKind.SKEW, *_skew(places, left_behind)),
        ):
            if images:
                first = places[0]
                found[kind, key] = Divergence(
                    kind=kind,
                    workload=first.workload.resource,
                    container=first.container.name,
                    init=first.container.init,
                    found=images,
                    release=number,
                )
            elif doubt:
                unsure.add((kind, key))
    return Observed(found=found, unsure=frozenset(unsure), complete=len(known) == len(clusters), release=number)


_Expected = Mapping[str, Mapping[ContainerKey, Image]]
_Found = tuple[tuple[FoundImage, ...], bool]
"""The images that differ, and whether others may."""


def _image_drift(places: Sequence[_On], expected: _Expected) -> _Found:
    differ = [(each, had) for each, had in _with_expected(places, expected) if _is_another(each.container.image, had)]
    seen = [(each, had) for each, had in differ if each.workload.observed]
    return tuple(_found(each, each.container.image, had) for each, had in seen), len(seen) < len(differ)


def _is_another(template: Image, had: Image) -> bool:
    """Whether the template names another image than the release: by name and tag, or by the digest that it writes."""
    parsed = try_parse_image(template.reference)
    written = parsed.digest if parsed is not None else None
    if written is not None and had.digest is not None and written != had.digest:
        return True
    return not had.is_called_like(template)


def _digest_drift(places: Sequence[_On], expected: _Expected) -> _Found:
    """Pods that run other content under the release's name: its tag moved, and pods were made since."""
    found, doubt = [], False
    for each, had in _with_expected(places, expected):
        if had.digest is None or _is_another(each.container.image, had) or each.container.former:
            continue
        if not each.settled:
            doubt = True
            continue
        elsewhere = [one.digest for one in each.container.elsewhere if one.digest is not None]
        other = [digest for digest in (*each.container.digests, *elsewhere) if digest != had.digest]
        if other:
            image = Image.of(each.container.image.unpinned.reference, digest=other[0])
            found.append(FoundImage(cluster=each.cluster, image=image, expected=had))
    return tuple(found), doubt


def _skew(places: Sequence[_On], left_behind: _Expected) -> _Found:
    """Clusters that run different images. What the last release, which did not come there, has is expected.

    What somebody left behind stays so, whatever its pods are doing: a crash loop hides it at no moment.
    """
    if not any(not one.container.shown.agrees_with(other.container.shown) for one, other in combinations(places, 2)):
        return (), False
    lacking = {
        each.cluster: had for each, had in _with_expected(places, left_behind) if _is_another(each.container.image, had)
    }
    if not lacking and not all(each.settled for each in places):
        return (), True
    return tuple(_found(each, each.container.shown, lacking.get(each.cluster)) for each in places), False


def _with_expected(places: Iterable[_On], expected: _Expected) -> list[tuple[_On, Image]]:
    """The containers for which an image is expected on their cluster.

    Drift is only on clusters to which the release was brought: what others run is of an earlier one, which is skew.
    """
    pairs = []
    for each in places:
        key = container_key(each.workload.resource, each.container.name)
        had = expected.get(each.cluster, {}).get(key)
        if had is not None:
            pairs.append((each, had))
    return pairs


def _found(on: _On, image: Image, expected: Image | None) -> FoundImage:
    writer = on.container.written_by
    return FoundImage(
        cluster=on.cluster,
        image=image,
        expected=expected,
        manager=writer.manager if writer else None,
        written_at=moment_of(writer.at) if writer and writer.at else None,
    )
