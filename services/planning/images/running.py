"""What an app environment runs on one cluster: the facts that image plans and overviews use.

Pure. `services.reading.running_images` reads the objects; this module derives which container runs which image with
which digest, who owns each workload, and its health.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.cluster_api import ClusterFailure
from domain.declared_kinds import NONE_DECLARED, Declaration, DeclaredKinds
from domain.image_references import only
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import Kind, Manifest, ResourceId
from services.planning.health.absence import absent
from services.planning.health.assessment import assess, generation_seen
from services.planning.health.custom_resources import is_suspended
from services.planning.health.rollout_drivers import driver_of, hidden_drivers
from services.planning.health.rollout_rules import is_paused, pinned_traffic, template_name
from services.planning.health.values import Children, Health, HealthPolicy, HealthState
from services.planning.images.custom_facts import CustomResourceFacts
from services.planning.images.pod_images import Elsewhere, PodImages, agreed, keeps_pods, pod_images
from services.planning.images.ways import ImagePlace
from services.planning.images.writers import ImageWriter, LastWriter, image_writers, last_writers
from services.planning.objects.declared_images import containers_of
from services.planning.objects.helm_records import HelmRelease, ReleaseName
from services.planning.objects.manager_entries import ManagerEntry, entries_of
from services.planning.objects.owner_chains import OwnerChain, with_chain
from services.planning.objects.owners import Owner, owner_of
from services.planning.objects.workload_owners import OwnerObject, WorkloadOwner, workload_owner
from services.planning.objects.workloads import Container, image_volumes

NO_RELEASES: Mapping[ReleaseName, HelmRelease | None] = {}
NO_CHAINS: Mapping[OwnerObject, OwnerChain] = {}
NOT_ASSESSED = Health(state=HealthState.UNKNOWN, message="Its health was not assessed.")


@dataclass(frozen=True, kw_only=True)
class ContainerFacts:
    """A container of a workload's template.

    `digests` are all that pods with the template's images report: several where a tag moved between the starts of two
    pods, none where no pod runs or the image was loaded on the node without a registry. `image.digest` is set only
    where there is exactly one. `elsewhere` are other names under which they run. `former` are the images of pods that
    have another one and are not replaced; `current` says whether a pod has the template's besides. `written_by` wrote
    the template's image last; None for Stagecoach. `declared` is as in `Container`.
    """

    name: str
    init: bool
    pointer: str
    image: Image
    digests: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    former: tuple[Image, ...] = ()
    current: bool = True
    written_by: LastWriter | None = None
    declared: Declaration | None = None

    @property
    def place(self) -> ImagePlace:
        """Where its object has the image."""
        return ImagePlace(container=self.name, pointer=self.pointer, declared=self.declared is not None)

    @property
    def ambiguous(self) -> bool:
        """Whether its pods run different images under one reference."""
        return self.image.digest is None and len(self.digests) > 1

    @property
    def runs(self) -> Image | None:
        """What its pods run: the template's image unless they are kept with a former one; None where they differ."""
        if not self.former:
            return self.image
        return None if self.current else agreed(self.former)

    @property
    def shown(self) -> Image:
        """What its pods run; the template's image where they run several."""
        return self.runs or self.image

    @property
    def kept(self) -> tuple[Image, ...]:
        """All images that its pods run, where that is not the template's alone; else none."""
        return (*self.former, self.image) if self.former and self.current else self.former

    def has_content(self, digest: str | None) -> bool:
        """Whether all its pods run this digest, whichever repository they have it from: equal digest, equal content."""
        known = {*self.digests, *(one.digest for one in self.elsewhere)}
        return digest is not None and known == {digest} and not self.former


@dataclass(frozen=True, kw_only=True)
class WorkloadFacts:
    """A workload on one cluster; `health` is current or `NOT_ASSESSED`.

    `keeps_pods` says why its controller leaves pods of a former template alone, None where it replaces them. `writers`
    are tools that write its images by themselves. `volumes` are its image volumes, by name (KEP-4639). `delivered_by`
    is the Helm release, or what of Argo CD or Flux, whose images these are; `owner` whoever else's mark it has.
    `entries` say who owns which of its fields. `observed`: its controller has seen its template as it is.
    `template_name` is the name of a template that has to have another one with each change: a person gives it.
    `pinned` are the revisions that a person has named to take traffic, each with its percentage.
    `driven_by` is the Rollout or Canary whose pods run its template; `hidden_drivers` are kinds of these that might
    drive it, as it wants no pods, and may not be listed.
    """

    resource: ResourceId
    uid: str
    paused: bool
    owner: Owner | None
    health: Health
    containers: tuple[ContainerFacts, ...]
    keeps_pods: str | None = None
    writers: tuple[ImageWriter, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    delivered_by: WorkloadOwner | None = None
    entries: tuple[ManagerEntry, ...] = ()
    observed: bool = True
    template_name: str | None = None
    pinned: tuple[tuple[str, int], ...] = ()
    driven_by: ResourceId | None = None
    hidden_drivers: tuple[Kind, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """What runs on one cluster: its workloads and those that are missing, or why it could not be read.

    `custom` are the custom resources, where they were asked for: screens show them, plans read them apart. `manifests`
    are the workloads as they were read, for pre-flight.
    """

    cluster: str
    workloads: tuple[WorkloadFacts, ...] = ()
    missing: tuple[ResourceId, ...] = ()
    custom: tuple[CustomResourceFacts, ...] = ()
    failure: ClusterFailure | None = None
    manifests: tuple[Manifest, ...] = field(default=(), repr=False, compare=False)

    @property
    def finds_any(self) -> bool:
        """Whether anything of the application is there."""
        return bool(self.workloads) or any(each.health.state is not HealthState.MISSING for each in self.custom)

    @property
    def images(self) -> tuple[ContainerImage, ...]:
        """The image of every container's template, as a release holds them."""
        return tuple(
            ContainerImage(
                workload=workload.resource, container=container.name, init=container.init, image=container.image
            )
            for workload in self.workloads
            for container in workload.containers
        )

    @property
    def running(self) -> tuple[ContainerImage, ...]:
        """The image that every container's pods run; the template's where they run several."""
        return tuple(
            ContainerImage(
                workload=workload.resource,
                container=container.name,
                init=container.init,
                image=container.shown,
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
    releases: Mapping[ReleaseName, HelmRelease | None] = NO_RELEASES,
    chains: Mapping[OwnerObject, OwnerChain] = NO_CHAINS,
    declared: DeclaredKinds = NONE_DECLARED,
) -> ClusterFacts:
    """The facts of those of `requested` that were `found` on a cluster, in the order of `requested`.

    Without a `policy` their health is `NOT_ASSESSED`. `releases` are as in `workload_owner`, `chains` what
    is above the objects that own workloads.
    """
    live = {(*manifest.id.group_kind, manifest.name): manifest for manifest in found}
    workloads, missing = [], []
    for resource in requested:
        manifest = live.get((*resource.group_kind, resource.name))
        if manifest is None:
            missing += [resource] if absent(resource).state is HealthState.MISSING else []
        else:
            owner = with_chain(workload_owner(manifest, releases), chains, manifest)
            declaration = declared.of(manifest.kind)
            workloads.append(_workload_facts(manifest, children, declaration, now=now, policy=policy, owner=owner))
    return ClusterFacts(cluster=cluster, workloads=tuple(workloads), missing=tuple(missing))


def _workload_facts(
    manifest: Manifest,
    children: Children,
    declaration: Declaration | None,
    *,
    now: datetime,
    policy: HealthPolicy | None,
    owner: WorkloadOwner | None,
) -> WorkloadFacts:
    said, written_by = pod_images(manifest, children), last_writers(manifest)
    driver = driver_of(manifest, children.drivers.found)
    return WorkloadFacts(
        resource=manifest.id,
        uid=manifest.uid or "",
        paused=is_paused(driver if driver is not None else manifest)
        or (declaration is not None and is_suspended(manifest)),
        owner=owner_of(manifest),
        health=assess(manifest, now=now, policy=policy, children=children, declaration=declaration)
        if policy
        else NOT_ASSESSED,
        containers=tuple(
            _container_facts(each, said.get(each.name) or PodImages(), written_by.get(each.name))
            for each in containers_of(manifest, declaration)
        ),
        keeps_pods=keeps_pods(manifest),
        writers=image_writers(manifest),
        volumes=image_volumes(manifest),
        delivered_by=owner,
        entries=entries_of(manifest),
        observed=generation_seen(manifest),
        template_name=template_name(manifest),
        pinned=pinned_traffic(manifest),
        driven_by=driver.id if driver is not None else None,
        hidden_drivers=hidden_drivers(manifest, children.drivers),
    )


def _container_facts(container: Container, said: PodImages, written_by: LastWriter | None) -> ContainerFacts:
    return ContainerFacts(
        name=container.name,
        init=container.init,
        pointer=container.pointer,
        image=Image.of(container.image, digest=only(said.digests)),
        digests=said.digests,
        elsewhere=said.elsewhere,
        former=said.former,
        current=said.current,
        written_by=written_by,
        declared=container.declared,
    )
