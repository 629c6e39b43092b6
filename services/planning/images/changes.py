"""Plans the change of each container's image on one cluster, and the problems that prevent or affect it.

Pure. Containers match by the workload's kind and name and the container's name, never by the image alone: two
containers may run the same image for different purposes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.image_mappings import ImageMapping, is_mapped_one, mapped
from domain.image_references import try_parse_image
from domain.images import ContainerImage, ContainerKey, Image, ImageChange
from domain.problems import Problem, Severity
from domain.stored.image_deliveries import REFUSED, ImageDeliveries
from domain.words import Action
from services.planning.health.rollout_drivers import PLURALS
from services.planning.images.ownership import is_delivery_tool, settle_ownership
from services.planning.images.releases import desired_image
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts
from services.planning.objects.declared_images import spelt


def plan_images(
    desired: Sequence[ContainerImage],
    facts: ClusterFacts,
    *,
    pin: bool,
    selected: frozenset[ContainerKey] | None,
    allow: frozenset[str] = frozenset(),
    deliveries: ImageDeliveries = REFUSED,
    mappings: Sequence[ImageMapping] = (),
) -> tuple[tuple[ImageChange, ...], tuple[Problem, ...]]:
    """The changes of all containers that match, unchanged ones too, and the problems of those that change.

    `allow` are the consents (`ImageConsent`), `deliveries` the image deliveries of the app environment. By `mappings`
    the images of `desired` got their names.
    """
    live = facts.by_container
    changes: list[ImageChange] = []
    problems: list[Problem] = []
    for image in desired:
        match = live.get(image.key)
        if match is None or (selected is not None and image.key not in selected):
            continue
        workload, container = match
        change = _change(workload, container, image, pin=pin, mappings=mappings)
        if change.action is Action.UPDATE:
            obstacles = tuple(_obstacles(facts.cluster, workload, change, requested=selected is not None))
            if any(problem.code in _LEFT_OUT for problem in obstacles):
                change = replace(change, action=Action.BLOCKED)
            problems.extend(obstacles)
        elif not pin:
            problems.extend(_moved_tag(facts.cluster, image, change))
        changes.append(change)
    settled, of_owners = settle_ownership(facts, changes, allow, deliveries)
    return settled, _once_each((*of_owners, *problems))


def digests_matter(
    desired: Sequence[ContainerImage],
    facts: ClusterFacts,
    *,
    selected: frozenset[ContainerKey] | None,
    mappings: Sequence[ImageMapping] = (),
) -> bool:
    """Whether planning has to read the digests that pods run, besides the templates.

    Not for a container that gets another name or tag, nor for one whose template has the digest. For all others, the
    digest decides whether they run the desired image already, and it goes into the release.
    """
    desired_by_key = {image.key: image.image for image in desired if selected is None or image.key in selected}
    for image in facts.images:
        after = desired_by_key.get(image.key)
        if image.image.digest is None and (
            after is None or _may_stay(image.image, after) or _may_stay(mapped(image.image, mappings), after)
        ):
            return True
    return False


def _may_stay(before: Image, after: Image) -> bool:
    return before.name == after.name and (before.has_tag_of(after) or None in (before.tag, after.tag))


def runs_already(before: Image, after: Image, *, pin: bool) -> bool:
    """Whether a container already runs the desired image.

    A template with the tag alone whose pods report the desired digest counts as such: writing the digest would restart
    the workload and change nothing. Another tag with the same digest does not, because people read the tag. Two
    references that cannot be parsed are never the same image: nothing is known of what they run.
    """
    if not (before.valid and after.valid):
        return False
    if before.reference == after.reference:
        return True
    if not before.is_called_like(after):
        return False
    known = after.digest is not None and after.digest == before.digest
    if known or pin:
        return known or after.digest is None
    written = try_parse_image(before.reference)
    return written is None or written.digest is None


_SHOWN = 200  # characters of a text that is no image reference
_ALL = 100  # per cent
# With these the container stays as it is, while the rest of the plan may be executed.
_LEFT_OUT = frozenset({"job-immutable", "image-invalid", "image-not-spelt"})


def _change(
    workload: WorkloadFacts,
    container: ContainerFacts,
    image: ContainerImage,
    *,
    pin: bool,
    mappings: Sequence[ImageMapping],
) -> ImageChange:
    after = desired_image(image.image, pin=pin)
    declared = container.declared
    if declared is not None:
        after = spelt(declared.images[0], after, mappings=mappings) or after
    before = container.image
    if before.digest is None and container.has_content(after.digest):
        # From a cache's repository, say: too little to write that digest, enough to leave its pods alone.
        before = Image.of(before.reference, digest=after.digest)
    unchanged = runs_already(before, after, pin=pin) or is_mapped_one(before, after, mappings)
    return ImageChange(
        workload=workload.resource,
        container=container.name,
        init=container.init,
        pointer=container.pointer,
        before=container.image,
        after=container.image if unchanged else after,
        action=Action.UNCHANGED if unchanged else Action.UPDATE,
        written_by=container.written_by.manager if container.written_by else None,
        declared=declared,
    )


def _obstacles(cluster: str, workload: WorkloadFacts, change: ImageChange, *, requested: bool) -> Iterable[Problem]:
    """`requested`: the request names the container, so that leaving it out blocks the plan."""
    label = workload.resource.label
    if workload.resource.group_kind == ("batch", "Job"):
        yield Problem(
            code="job-immutable",
            severity=Severity.BLOCKS if requested else Severity.WARNS,
            detail=(
                f"{label} cannot get another image: Kubernetes makes a Job's template immutable. Delete the Job and "
                "import it again to run it with the new image."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
        return
    if not change.after.valid:
        yield _image_invalid(cluster, change, requested=requested)
        return
    if change.declared is not None and spelt(change.declared.images[0], change.after) != change.after:
        yield _image_not_spelt(cluster, change, requested=requested)
        return
    if workload.template_name is not None:
        yield Problem(
            code="revision-named",
            severity=Severity.BLOCKS,
            detail=(
                f"{label} names its revision {workload.template_name}, so Knative refuses another image under that "
                "name (RevisionNameTaken). Remove spec.template.metadata.name, or leave its containers out."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
    if workload.pinned:
        yield _traffic_pinned(cluster, workload)
    yield from _driven(cluster, workload)
    if workload.paused:
        yield Problem(
            code="rollout-paused",
            severity=Severity.BLOCKS,
            detail=(
                f"{(workload.driven_by or workload.resource).label} is paused, so its new image would not roll out. "
                "Resume it or leave its containers out."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
    elif workload.keeps_pods:
        yield Problem(
            code="pods-not-replaced",
            severity=Severity.WARNS,
            detail=(
                f"{label} gets the new image, and its pods go on with the former one: {workload.keeps_pods}. Delete "
                "them to bring it to them."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
    yield from _written_by_others(cluster, workload, change.container)
    owner = workload.owner
    if owner is not None and not is_delivery_tool(owner.tool):
        yield Problem(
            code="owned-by-controller" if owner.controller else "owned",
            severity=Severity.BLOCKS if owner.controller else Severity.WARNS,
            detail=f"{label} belongs to {owner.tool} ({owner.mark}): {owner.consequence}.",
            cluster=cluster,
            resource=workload.resource,
        )


def _traffic_pinned(cluster: str, workload: WorkloadFacts) -> Problem:
    """Its new revision comes up, and takes less than all traffic, or none, until a person changes that."""
    label, kept = workload.resource.label, sum(percent for _, percent in workload.pinned)
    named = " and ".join(f"{percent} % to {name}" for name, percent in workload.pinned)
    served = "is not served" if kept >= _ALL else f"gets no more than {_ALL - kept} % of the traffic"
    return Problem(
        code="traffic-pinned",
        severity=Severity.WARNS,
        detail=(
            f"{label} sends {named} of its traffic (spec.traffic), so its new image {served}. The operation waits "
            "until a person sends all traffic to the latest revision (latestRevision: true), or until it is cancelled."
        ),
        cluster=cluster,
        resource=workload.resource,
    )


def _driven(cluster: str, workload: WorkloadFacts) -> Iterable[Problem]:
    """What a Rollout or Canary makes of the change, which the workload's own status does not tell."""
    label, driver = workload.resource.label, workload.driven_by
    if driver is not None:
        yield Problem(
            code="rollout-driven",
            severity=Severity.TELLS,
            detail=(
                f"{driver.label} drives {label}: its pods get the new image, step by step, and the change is done when "
                f"{driver.label} is."
            ),
            cluster=cluster,
            resource=workload.resource,
        )
    for kind in workload.hidden_drivers:
        yield Problem(
            code="rollout-driver-hidden",
            severity=Severity.WARNS,
            detail=(
                f"{label} wants 0 pods, and the credential may not list {PLURALS[kind.name]} there: where one drives "
                "it, it is called done before a pod with the new image has started. Give the right (deploy/rbac.yaml), "
                "or look at it yourself."
            ),
            cluster=cluster,
            resource=workload.resource,
        )


def _written_by_others(cluster: str, workload: WorkloadFacts, container: str) -> Iterable[Problem]:
    for writer in workload.writers:
        if writer.writes(container):
            yield Problem(
                code="image-written-by-others",
                severity=Severity.WARNS,
                detail=(
                    f"{writer.tool} writes images of {workload.resource.label} by itself ({writer.mark}): where it "
                    "runs, it may replace what is written here. Remove the mark if Stagecoach shall decide about its "
                    "images."
                ),
                cluster=cluster,
                resource=workload.resource,
            )


def _image_invalid(cluster: str, change: ImageChange, *, requested: bool) -> Problem:
    """A template may have such an image (OpenShift's triggers fill a blank in): only pods are checked."""
    return Problem(
        code="image-invalid",
        severity=Severity.BLOCKS if requested else Severity.WARNS,
        detail=(
            f"The source's image of {change.workload.label}, container {change.container}, is no image reference: "
            f"'{change.after.reference[:_SHOWN]}'. The container keeps the image that it has here."
        ),
        cluster=cluster,
        resource=change.workload,
        field=change.container,
    )


def _image_not_spelt(cluster: str, change: ImageChange, *, requested: bool) -> Problem:
    return Problem(
        code="image-not-spelt",
        severity=Severity.BLOCKS if requested else Severity.WARNS,
        detail=(
            f"{change.workload.label} cannot name {change.after.reference} at {change.container}: what is declared of "
            "its kind has no member for its name, its tag or its digest. It keeps the image that it has here. Deploy a "
            "tag of the same image, or declare the kind so that it can be named."
        ),
        cluster=cluster,
        resource=change.workload,
        field=change.container,
    )


def _moved_tag(cluster: str, image: ContainerImage, change: ImageChange) -> Iterable[Problem]:
    if image.image.digest and change.before.digest and image.image.digest != change.before.digest:
        yield Problem(
            code="tag-moved",
            severity=Severity.WARNS,
            detail=(
                f"{change.workload.label}, container {change.container}, runs another image under the same tag. The "
                "environment pins to tags, so the container changes only when its pods restart."
            ),
            cluster=cluster,
            resource=change.workload,
            field=change.container,
        )


def _once_each(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a workload once, not for each of its containers."""
    return tuple(dict.fromkeys(problems))
