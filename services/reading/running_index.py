"""Builds the index of running images, by which an image push finds the app environments that use its repository.

Its rows come from releases and from reads of clusters; what a cluster reports now takes precedence over it. Pure.
"""

from collections.abc import Iterable, Mapping

from db.records import RunningImageRecord
from domain.image_references import image_name
from domain.images import ContainerImage, ContainerKey, ContainerRef
from services.planning.images.running import ClusterFacts


def index_of(app_environment_id: str, images: Iterable[ContainerImage]) -> tuple[RunningImageRecord, ...]:
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
        )
    return tuple(found.values())


def index_of_facts(app_environment_id: str, facts: Iterable[ClusterFacts]) -> tuple[RunningImageRecord, ...]:
    """The rows of what was read of clusters, the primary one first; empty where none could be read.

    They hold the images of templates: where pods keep a former one, a push must not look newer than what is written.
    """
    return index_of(app_environment_id, (image for one in facts for image in one.images))


def merged_over(
    former: Iterable[RunningImageRecord], images: Iterable[RunningImageRecord]
) -> tuple[RunningImageRecord, ...]:
    """`former` with the rows of `images` in place of those of the same containers."""
    by_container: Mapping[ContainerKey, RunningImageRecord] = {
        container_of(each).key: each for each in (*former, *images)
    }
    return tuple(by_container.values())


def differs(one: Iterable[RunningImageRecord], other: Iterable[RunningImageRecord]) -> bool:
    """Whether two indexes differ in their containers or images."""
    return {(container_of(each).key, each.reference) for each in one} != {
        (container_of(each).key, each.reference) for each in other
    }


def container_of(row: RunningImageRecord) -> ContainerRef:
    return ContainerRef(workload=row.resource, container=row.container)
