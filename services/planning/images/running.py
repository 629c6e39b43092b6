"""What an app environment runs on one cluster: the facts that image plans and overviews use.

Pure. `services.reading.running_images` reads the objects; this module derives which container runs which image with
which digest, who owns each workload, and its health.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.cluster_api import ClusterFailure
from domain.image_references import digest_of_image_id
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import Manifest, ResourceId
from services.planning.health.assessment import assess
from services.planning.health.revisions import pods_running_template
from services.planning.health.values import Children, Health, HealthPolicy, HealthState
from services.planning.objects.owners import Owner, owner_of
from services.planning.objects.workloads import Container, containers

NOT_ASSESSED = Health(state=HealthState.UNKNOWN, message="Its health was not assessed.")


@dataclass(frozen=True, kw_only=True)
class ContainerFacts:
    """A container of a workload's template.

    `digests` are all that pods with the template's images report: several where a tag moved between the starts of two
    pods, none where no pod runs or the image was loaded on the node without a registry. `image.digest` is set only
    where there is exactly one.
    """

    name: str
    init: bool
    pointer: str
    image: Image
    digests: tuple[str, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether its pods run different images under one reference."""
        return self.image.digest is None and len(self.digests) > 1


@dataclass(frozen=True, kw_only=True)
class WorkloadFacts:
    """A workload on one cluster; `health` is current or `NOT_ASSESSED`, `owner` the tool that manages it."""

    resource: ResourceId
    uid: str
    paused: bool
    owner: Owner | None
    health: Health
    containers: tuple[ContainerFacts, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """What runs on one cluster: its workloads and those that are missing, or why it could not be read."""

    cluster: str
    workloads: tuple[WorkloadFacts, ...] = ()
    missing: tuple[ResourceId, ...] = ()
    failure: ClusterFailure | None = None

    @property
    def images(self) -> tuple[ContainerImage, ...]:
        """Every container's image, as a release holds them."""
        return tuple(
            ContainerImage(
                workload=workload.resource, container=container.name, init=container.init, image=container.image
            )
            for workload in self.workloads
            for container in workload.containers
        )

    @property
    def by_container(self) -> Mapping[ContainerKey, tuple[WorkloadFacts, ContainerFacts]]:
        return {
            container_key(workload.resource, container.name): (workload, container)
            for workload in self.workloads
            for container in workload.containers
        }


def cluster_facts(
    cluster: str,
    requested: Sequence[ResourceId],
    found: Iterable[Manifest],
    children: Children,
    *,
    now: datetime,
    policy: HealthPolicy | None,
) -> ClusterFacts:
    """The facts of those of `requested` that were `found` on a cluster, in the order of `requested`.

    Without a `policy` their health is `NOT_ASSESSED`.
    """
    live = {(*manifest.id.group_kind, manifest.name): manifest for manifest in found}
    workloads, missing = [], []
    for resource in requested:
        manifest = live.get((*resource.group_kind, resource.name))
        if manifest is None:
            missing.append(resource)
        else:
            workloads.append(_workload_facts(manifest, children, now=now, policy=policy))
    return ClusterFacts(cluster=cluster, workloads=tuple(workloads), missing=tuple(missing))


def running_digests(workload: Manifest, children: Children) -> dict[str, tuple[str, ...]]:
    """Container name → the distinct digests that pods with the template's images report for it, sorted."""
    digests: dict[str, set[str]] = {}
    if not children.pods:
        return {}
    for pod in pods_running_template(workload, children.pods, children.jobs):
        if pod.metadata.get("deletionTimestamp") or _has_been_replaced(workload, pod):
            continue
        for status in (
            *(pod.status.get("initContainerStatuses") or ()),
            *(pod.status.get("containerStatuses") or ()),
        ):
            digest = digest_of_image_id(str(status.get("imageID") or ""))
            if digest is not None:
                digests.setdefault(str(status.get("name", "")), set()).add(digest)
    return {name: tuple(sorted(reported)) for name, reported in digests.items()}


def _has_been_replaced(workload: Manifest, pod: Manifest) -> bool:
    """An evicted pod stays for days and reports an old digest; the finished pod of a Job counts."""
    ended = pod.status.get("phase") in {"Failed", "Succeeded"}
    return ended and workload.kind.group == "apps"


def _workload_facts(
    manifest: Manifest, children: Children, *, now: datetime, policy: HealthPolicy | None
) -> WorkloadFacts:
    digests = running_digests(manifest, children)
    return WorkloadFacts(
        resource=manifest.id,
        uid=manifest.uid or "",
        paused=bool(manifest.spec.get("paused")),
        owner=owner_of(manifest),
        health=assess(manifest, now=now, policy=policy, children=children) if policy else NOT_ASSESSED,
        containers=tuple(_container_facts(c, digests.get(c.name, ())) for c in containers(manifest)),
    )


def _container_facts(container: Container, digests: tuple[str, ...]) -> ContainerFacts:
    certain = digests[0] if len(digests) == 1 else None
    return ContainerFacts(
        name=container.name,
        init=container.init,
        pointer=container.pointer,
        image=Image.of(container.image, digest=certain),
        digests=digests,
    )
