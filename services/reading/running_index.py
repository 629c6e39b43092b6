"""The index of what runs where, by which a pushed image finds the app environments that it is for.

Made of images as releases and clusters tell them; the clusters stay the truth.
"""

from collections.abc import Iterable, Mapping

from db.records import ResourceRecord, RunningImageRecord
from domain.image_references import image_name
from domain.images import ContainerImage, ContainerKey, ContainerRef
from domain.resources import ResourceId
from services.planning.images.running import ClusterFacts


def index_of(app_environment_id: str, images: Iterable[ContainerImage]) -> tuple[RunningImageRecord, ...]:
    """Of several images of one container the first counts: give those of the primary cluster first."""
    found: dict[ContainerKey, RunningImageRecord] = {}
    for each in images:
        repository = image_name(each.image.reference)
        if repository is None or each.key in found:
            continue
        kind = each.workload.kind
        found[each.key] = RunningImageRecord(
            app_environment_id=app_environment_id,
            resource=ResourceRecord(api_version=kind.api_version, kind=kind.name, name=each.workload.name),
            container=each.container,
            init=each.init,
            repository=repository,
            reference=each.image.pinned.reference,
        )
    return tuple(found.values())


def index_of_facts(app_environment_id: str, facts: Iterable[ClusterFacts]) -> tuple[RunningImageRecord, ...]:
    """Of what was read of clusters, the primary first; none where none could be read."""
    return index_of(app_environment_id, (image for one in facts for image in one.images))


def on_top_of(
    former: Iterable[RunningImageRecord], images: Iterable[RunningImageRecord]
) -> tuple[RunningImageRecord, ...]:
    """What is known after an operation that may have had only a part of the containers to tell of."""
    merged: Mapping[ContainerKey, RunningImageRecord] = {container_of(each).key: each for each in (*former, *images)}
    return tuple(merged.values())


def differs(one: Iterable[RunningImageRecord], other: Iterable[RunningImageRecord]) -> bool:
    """Whether two indexes tell different things."""
    return {(container_of(each).key, each.reference) for each in one} != {
        (container_of(each).key, each.reference) for each in other
    }


def container_of(row: RunningImageRecord) -> ContainerRef:
    resource = row.resource
    return ContainerRef(
        workload=ResourceId.of(resource.api_version, resource.kind, resource.name), container=row.container
    )
