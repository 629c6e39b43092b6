"""What becomes of each container's image on one cluster, and what stands in the way.

Pure. Containers match by the workload's kind and name and the container's name, never by the image alone: two
containers may run one image for different ends.
"""

from collections.abc import Iterable, Sequence

from domain.image_references import try_parse_image
from domain.images import ContainerImage, ContainerKey, Image, ImageChange
from domain.problems import Problem, Severity
from domain.words import Action
from services.planning.images.releases import desired_image
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts


def plan_images(
    desired: Sequence[ContainerImage], facts: ClusterFacts, *, pin: bool, selected: frozenset[ContainerKey] | None
) -> tuple[tuple[ImageChange, ...], tuple[Problem, ...]]:
    """Every container that matches, unchanged ones too, and the problems of those that would change."""
    live = facts.by_container
    changes: list[ImageChange] = []
    problems: list[Problem] = []
    for image in desired:
        match = live.get(image.key)
        if match is None or (selected is not None and image.key not in selected):
            continue
        workload, container = match
        change = _change(workload, container, image, pin=pin)
        if change.action is Action.UPDATE:
            found = tuple(_obstacles(facts.cluster, workload, change, asked=selected is not None))
            if any(problem.code in _NOT_DONE for problem in found):
                change = _blocked(change)
            problems.extend(found)
        elif not pin:
            problems.extend(_moved_tag(facts.cluster, image, change))
        changes.append(change)
    return tuple(changes), _once_each(problems)


def digests_matter(
    desired: Sequence[ContainerImage], facts: ClusterFacts, *, selected: frozenset[ContainerKey] | None
) -> bool:
    """Whether planning needs to know which digests a cluster runs, besides what its templates say.

    It does not for a container that is given another name or tag, nor for one whose template names its digest. It does
    for all that stay: whether they run what they would be given, and what a release is to remember of them.
    """
    given = {image.key: image.image for image in desired if selected is None or image.key in selected}
    for image in facts.images:
        after = given.get(image.key)
        stays = after is None or (after.name, after.tag) == (image.image.name, image.image.tag)
        if stays and image.image.digest is None:
            return True
    return False


def is_there(before: Image, after: Image, *, pin: bool) -> bool:
    """Whether a container already runs what it would be given.

    A template with the tag alone whose pods report the very digest counts as there: writing the digest would restart
    the workload and change nothing. Another tag of the same digest does not: people read the tag.
    """
    if before.reference == after.reference:
        return True
    if (before.name, before.tag) != (after.name, after.tag):
        return False
    if pin:
        return after.digest is None or after.digest == before.digest
    written = try_parse_image(before.reference)
    return written is None or written.digest is None or written.digest == after.digest


# With these the container stays as it is, while the rest of the plan may be carried out.
_NOT_DONE = frozenset({"job-immutable"})


def _change(workload: WorkloadFacts, container: ContainerFacts, image: ContainerImage, *, pin: bool) -> ImageChange:
    after = desired_image(image.image, pin=pin)
    there = is_there(container.image, after, pin=pin)
    return ImageChange(
        workload=workload.resource,
        container=container.name,
        init=container.init,
        pointer=container.pointer,
        before=container.image,
        after=container.image if there else after,
        action=Action.UNCHANGED if there else Action.UPDATE,
    )


def _blocked(change: ImageChange) -> ImageChange:
    return ImageChange(
        workload=change.workload,
        container=change.container,
        init=change.init,
        pointer=change.pointer,
        before=change.before,
        after=change.after,
        action=Action.BLOCKED,
    )


def _obstacles(cluster: str, workload: WorkloadFacts, change: ImageChange, *, asked: bool) -> Iterable[Problem]:
    """`asked`: the container was picked by name, so that leaving it out silently is no answer."""
    label = workload.resource.label
    if workload.resource.group_kind == ("batch", "Job"):
        yield Problem(
            code="job-immutable",
            severity=Severity.BLOCKS if asked else Severity.WARNS,
            detail=(
                f"{label} cannot be given another image: Kubernetes does not let a Job's template change. Delete it "
                "and import it again if it is to run with the new image."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
        return
    if workload.paused:
        yield Problem(
            code="rollout-paused",
            severity=Severity.BLOCKS,
            detail=f"{label} is paused, so its new image would not roll out. Resume it or leave its containers out.",
            cluster=cluster,
            resource=workload.resource,
        )
    owner = workload.owner
    if owner is not None:
        yield Problem(
            code="owned-by-controller" if owner.controller else "owned",
            severity=Severity.BLOCKS if owner.controller else Severity.WARNS,
            detail=f"{label} belongs to {owner.tool} ({owner.mark}): {owner.consequence}.",
            cluster=cluster,
            resource=workload.resource,
        )
    if try_parse_image(change.after.reference) is None:
        yield Problem(
            code="image-invalid",
            severity=Severity.BLOCKS,
            detail=f"What the source runs in {label}, container {change.container}, is no image reference.",
            cluster=cluster,
            resource=workload.resource,
            field=change.container,
        )


def _moved_tag(cluster: str, image: ContainerImage, change: ImageChange) -> Iterable[Problem]:
    if image.image.digest and change.before.digest and image.image.digest != change.before.digest:
        yield Problem(
            code="tag-moved",
            severity=Severity.WARNS,
            detail=(
                f"{change.workload.label}, container {change.container}, runs another image under the same tag. The "
                "environment pins to tags, so it only changes when its pods are started anew."
            ),
            cluster=cluster,
            resource=change.workload,
            field=change.container,
        )


def _once_each(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What is wrong with a workload is said once, not for each of its containers."""
    return tuple(dict.fromkeys(problems))
