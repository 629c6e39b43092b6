"""Overview of an application: what each environment and cluster runs, its health, and which images are offered.

Pure. The input is what was last read of each cluster. An unreachable cluster shows its last known images, marked stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.image_mappings import ImageMapping, is_mapped_one, mapped
from domain.images import ContainerKey, Image, container_key
from domain.resources import ResourceId
from domain.tag_directions import Direction
from domain.words import DeployMode
from services.planning.health.absence import absent
from services.planning.health.values import HealthState, worst_of
from services.planning.images.running import ContainerFacts, WorkloadFacts
from services.planning.overviews.custom import custom_overview
from services.planning.overviews.values import (
    ApplicationOverview,
    ClusterContainerImage,
    ContainerOverview,
    CustomResourceOverview,
    EnvironmentOverview,
    OfferedImage,
    PushedImage,
    SeenCluster,
    SeenEnvironment,
    WorkloadHealth,
    WorkloadOverview,
)
from services.planning.people.hidden_sources import follow_without_source

_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


def application_overview(
    application: str, seen: Iterable[SeenEnvironment], *, read_at: datetime
) -> ApplicationOverview:
    """The overview of all environments by rank; each is offered what the configured environment before it runs.

    What an environment lacks that its source has is left out where the source is not among those that are `seen`; so is
    the name of the one that it follows.
    """
    environments = []
    before: SeenEnvironment | None = None
    by_rank = sorted(seen, key=lambda environment: environment.rank)
    names = {environment.environment for environment in by_rank}
    for number, environment in enumerate(by_rank):
        shown = environment_overview(environment, before=before)
        later = tuple(each.environment for each in by_rank[number + 1 :] if each.configured)
        missing, follow = shown.missing_keys, shown.follow
        environments.append(
            replace(
                shown,
                promotes_to=later if environment.configured else (),
                missing_keys=missing if missing is not None and missing.source in names else None,
                follow=follow if follow is None or follow.source.name in names else follow_without_source(follow),
            )
        )
        if environment.configured:
            before = environment
    return ApplicationOverview(application=application, environments=tuple(environments), read_at=read_at)


def without_times(overview: ApplicationOverview) -> ApplicationOverview:
    """The overview as if everything had been read at one moment: what shows the same is equal then."""
    environments = tuple(
        replace(
            environment,
            clusters=tuple(
                replace(cluster, read_at=None if cluster.read_at is None else _MOMENT)
                for cluster in environment.clusters
            ),
        )
        for environment in overview.environments
    )
    return replace(overview, environments=environments, read_at=_MOMENT)


def environment_overview(seen: SeenEnvironment, *, before: SeenEnvironment | None) -> EnvironmentOverview:
    """The overview of one environment; `before` is the configured environment of the next lower rank."""
    # Promotions into an environment in deploy mode auto are refused, so nothing is offered there.
    offers = _offers(before, seen.image_mappings) if before and seen.deploy_mode is not DeployMode.AUTO else {}
    workloads = tuple(_workload(resource, seen, before, offers) for resource in seen.resources)
    custom = tuple(custom_overview(resource, seen.clusters) for resource in seen.custom)
    healths = [health for workload in workloads for health in workload.health] or _of_custom(custom)
    worst = worst_of((health.health for health in healths), held=any(health.held for health in healths))
    return EnvironmentOverview(
        environment=seen.environment,
        rank=seen.rank,
        configured=seen.configured,
        namespace=seen.namespace,
        deploy_mode=seen.deploy_mode,
        pin=seen.pin,
        clusters=tuple(replace(each, health=_health_on(each.cluster, healths)) for each in seen.clusters),
        workloads=workloads,
        health=worst if seen.configured else HealthState.UNKNOWN,
        skew=any(container.skew for workload in workloads for container in workload.containers),
        stale=any(not cluster.reachable for cluster in seen.clusters),
        active_operation=seen.active_operation,
        last_operation=seen.last_operation,
        divergences=seen.divergences,
        missing_keys=seen.missing_keys,
        custom_resources=custom,
        follow=seen.follow,
        blocked=seen.blocked,
    )


def _of_custom(shown: Iterable[CustomResourceOverview]) -> list[WorkloadHealth]:
    """Where no workload is there, the application is as well as its custom resources are."""
    return [
        WorkloadHealth(
            cluster=each.cluster, health=each.health, reason=each.reason, message=each.message, ready=None, desired=None
        )
        for custom in shown
        for each in custom.health
    ]


def _health_on(cluster: str, healths: Sequence[WorkloadHealth]) -> HealthState:
    """The worst health on one cluster; unknown where nothing is."""
    here = [health for health in healths if health.cluster == cluster]
    if not here:
        return HealthState.UNKNOWN
    return worst_of((health.health for health in here), held=any(health.held for health in here))


def _workload(
    resource: ResourceId,
    seen: SeenEnvironment,
    before: SeenEnvironment | None,
    offers: Mapping[ContainerKey, Image],
) -> WorkloadOverview:
    by_cluster = [(cluster, _find(cluster, resource)) for cluster in seen.clusters]
    names: dict[str, bool] = {}
    for _, workload in by_cluster:
        for container in workload.containers if workload else ():
            names.setdefault(container.name, container.init)
    containers = []
    for name, init in names.items():
        images = tuple(
            _image_on(cluster, container)
            for cluster, workload in by_cluster
            for container in (workload.containers if workload else ())
            if container.name == name
        )
        key = container_key(resource, name)
        offer = offers.get(key)
        containers.append(
            ContainerOverview(
                name=name,
                init=init,
                images=images,
                skew=_differ(images),
                offered=_offered(before, offer, images, seen.image_mappings),
                pushed=_pushed(seen.pushed.get(key), images),
            )
        )
    return WorkloadOverview(
        resource=resource,
        containers=tuple(containers),
        health=tuple(_health(cluster, resource, workload) for cluster, workload in by_cluster),
    )


def _find(cluster: SeenCluster, resource: ResourceId) -> WorkloadFacts | None:
    for workload in cluster.facts.workloads if cluster.facts else ():
        if (workload.resource.group_kind, workload.resource.name) == (resource.group_kind, resource.name):
            return workload
    return None


def _health(cluster: SeenCluster, resource: ResourceId, workload: WorkloadFacts | None) -> WorkloadHealth:
    if not cluster.reachable or cluster.facts is None:
        # Images change rarely and stay shown; health of an earlier moment would mislead.
        return WorkloadHealth(
            cluster=cluster.cluster,
            health=HealthState.UNKNOWN,
            reason=cluster.failure.code if cluster.failure else None,
            message=cluster.error,
            ready=None,
            desired=None,
        )
    health = workload.health if workload is not None else absent(resource)
    return WorkloadHealth(
        cluster=cluster.cluster,
        health=health.state,
        reason=health.reason,
        message=health.message,
        ready=health.ready,
        desired=health.desired,
        held=health.held,
    )


def _image_on(cluster: SeenCluster, container: ContainerFacts) -> ClusterContainerImage:
    """What its pods run; the image of the template besides, where pods keep a former one."""
    return ClusterContainerImage(
        cluster=cluster.cluster,
        image=container.shown,
        written=container.image if container.former else None,
        written_by=container.written_by.manager if container.written_by else None,
    )


def _differ(images: Sequence[ClusterContainerImage]) -> bool:
    return any(not one.image.agrees_with(other.image) for one in images for other in images)


def _offers(before: SeenEnvironment, mappings: Sequence[ImageMapping]) -> dict[ContainerKey, Image]:
    """The images on which the clusters of the environment before agree; a container with skew has no offer.

    They have the names that a promotion would write.
    """
    ran: dict[ContainerKey, list[tuple[str, ContainerFacts]]] = {}
    for cluster in before.clusters:
        for key, (_, container) in (cluster.facts.by_container if cluster.facts else {}).items():
            ran.setdefault(key, []).append((cluster.cluster, container))
    offers = {}
    for key, found in ran.items():
        images = [
            ClusterContainerImage(cluster=cluster, image=container.runs)
            for cluster, container in found
            if container.runs
        ]
        if len(images) == len(found) and not _differ(images):
            offers[key] = mapped(next((one.image for one in images if one.image.digest), images[0].image), mappings)
    return offers


def _offered(
    before: SeenEnvironment | None,
    offer: Image | None,
    images: Sequence[ClusterContainerImage],
    mappings: Sequence[ImageMapping],
) -> OfferedImage | None:
    if before is None or offer is None:
        return None
    others = [one for one in images if not (_same(offer, one.image) or is_mapped_one(one.image, offer, mappings))]
    if not others:
        return None
    return OfferedImage(environment=before.environment, image=offer, direction=_direction(others, offer))


def _direction(images: Sequence[ClusterContainerImage], offer: Image) -> Direction:
    """Where an image leads from those that differ from it; unknown where clusters disagree on that."""
    found = {one.image.direction_to(offer) for one in images if not _same(offer, one.image)}
    return found.pop() if len(found) == 1 else Direction.UNKNOWN


def _pushed(pushed: PushedImage | None, images: Sequence[ClusterContainerImage]) -> PushedImage | None:
    """The offered image push; None where every cluster already runs it, for instance after a promotion."""
    if pushed is None or not images:
        return pushed
    ran = [one.image for one in images]
    if all(_runs(pushed, image) for image in ran):
        return None
    reference = f"{pushed.repository}:{pushed.tag}"
    return replace(pushed, direction=_direction(images, Image.of(reference, digest=pushed.digest)))


def _runs(pushed: PushedImage, image: Image) -> bool:
    if image.tag is None:  # named by its digest alone
        return pushed.digest is not None and pushed.digest == image.digest
    return image.tag == pushed.tag and pushed.digest in {None, image.digest}


def _same(offer: Image, image: Image) -> bool:
    """Another tag of the same digest is offered: people recognise an image by its tag."""
    return offer.agrees_with(image) and offer.is_called_like(image)
