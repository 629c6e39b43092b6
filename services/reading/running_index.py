"""Builds the index of running images, by which an image push finds the app environments that use its repository.

Its rows come from releases and from reads of clusters; what a cluster reports now takes precedence over it. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from db.records.images import RunningImageRecord
from domain.image_references import image_name
from domain.images import ContainerImage, ContainerKey, ContainerRef, Image
from services.planning.images.running import ClusterFacts

_Kept = Mapping[ContainerKey, tuple[str, ...]]
_NOTHING_KEPT: _Kept = {}


def index_of(
    app_environment_id: str, images: Iterable[ContainerImage], *, kept: _Kept = _NOTHING_KEPT
) -> tuple[RunningImageRecord, ...]:
    """One row for each container, of its first image: pass those of the primary cluster first."""
    found: dict[ContainerKey, RunningImageRecord] = {}
    for each in images:
        repository = image_name(each.image.reference)
        if repository is None or each.key in found:
            continue
        found[each.key] = RunningImageRecord(
            app_environment_id=app_environment_id,
            resource=each.workload,
            container=each.container,
            init=each.init,
            repository=repository,
            reference=each.image.pinned.reference,
            kept=kept.get(each.key, ()),
        )
    return tuple(found.values())


def index_of_facts(app_environment_id: str, facts: Iterable[ClusterFacts]) -> tuple[RunningImageRecord, ...]:
    """The rows of what was read of clusters, the primary one first; empty where none could be read.

    They hold the images of templates: where pods keep a former one, a push must not look newer than what is written.
    What the pods keep stands beside it, for what asks what runs.
    """
    read = tuple(facts)
    return index_of(app_environment_id, (image for one in read for image in one.images), kept=kept_of(read))


def kept_of(facts: Iterable[ClusterFacts]) -> _Kept:
    """What pods run, where it is not the template's image alone; of the first cluster that has the container."""
    found: dict[ContainerKey, tuple[str, ...]] = {}
    for one in facts:
        for key, (_, container) in one.by_container.items():
            found.setdefault(key, tuple(image.pinned.reference for image in container.kept))
    return found


def run_by_pods(rows: Iterable[RunningImageRecord]) -> tuple[ContainerImage, ...]:
    """What the containers were last known to run: several images of one container where its pods differ."""
    return tuple(
        ContainerImage(workload=row.resource, container=row.container, init=row.init, image=Image.of(reference))
        for row in rows
        for reference in row.kept or (row.reference,)
    )


def merged_over(
    former: Iterable[RunningImageRecord], images: Iterable[RunningImageRecord], *, read: _Kept = _NOTHING_KEPT
) -> tuple[RunningImageRecord, ...]:
    """`former` with the rows of `images` in place of those of the same containers.

    Where a template has the same image as before, its pods keep what they kept, unless they were `read`.
    """
    by_container = {container_of(each).key: each for each in former}
    for each in images:
        key = container_of(each).key
        before = by_container.get(key)
        same = before is not None and before.reference == each.reference and key not in read
        by_container[key] = replace(each, kept=before.kept) if before is not None and same else each
    return tuple(by_container.values())


def differs(one: Iterable[RunningImageRecord], other: Iterable[RunningImageRecord]) -> bool:
    """Whether two indexes differ in their containers or images."""

    def known(rows: Iterable[RunningImageRecord]) -> set[tuple[ContainerKey, str, tuple[str, ...]]]:
        return {(container_of(each).key, each.reference, each.kept) for each in rows}

    return known(one) != known(other)


def container_of(row: RunningImageRecord) -> ContainerRef:
    return ContainerRef(workload=row.resource, container=row.container)
