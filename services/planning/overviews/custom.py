"""An app environment's custom resources as screens show them: by cluster on its page, summed up in its cell. Pure.

They count apart from workloads: what promotes or deploys goes by the health of these alone.
"""

from collections.abc import Sequence

from domain.resources import ResourceId
from services.planning.health.absence import absent
from services.planning.health.values import Health, HealthState, urgency
from services.planning.images.custom_facts import CustomResourceFacts
from services.planning.overviews.values import (
    ClusterImage,
    CustomImageOverview,
    CustomResourceHealth,
    CustomResourceOverview,
    EnvironmentOverview,
    SeenCluster,
)

# Those that nobody has to look at; of what is unknown, the page says why.
_QUIET = frozenset({HealthState.READY, HealthState.SUSPENDED, HealthState.UNKNOWN})


def custom_overview(resource: ResourceId, clusters: Sequence[SeenCluster]) -> CustomResourceOverview:
    """A custom resource on all clusters of an environment."""
    by_cluster = [(cluster, _find(cluster, resource)) for cluster in clusters]
    return CustomResourceOverview(
        resource=resource,
        health=tuple(_health(cluster, resource, found) for cluster, found in by_cluster),
        images=_images(by_cluster),
    )


def unhealthy(shown: EnvironmentOverview) -> tuple[tuple[ResourceId, CustomResourceHealth], ...]:
    """Its custom resources that are unhealthy on a cluster that answers, each as it is where it is worst.

    The one that needs a person soonest comes first.
    """
    down = {cluster.cluster for cluster in shown.clusters if not cluster.reachable}
    found = [
        (custom.resource, min(here, key=lambda each: urgency(each.health)))
        for custom in shown.custom_resources
        if (here := [each for each in custom.health if each.cluster not in down and each.health not in _QUIET])
    ]
    return tuple(sorted(found, key=lambda pair: urgency(pair[1].health)))


def _find(cluster: SeenCluster, resource: ResourceId) -> CustomResourceFacts | None:
    for each in cluster.facts.custom if cluster.facts else ():
        if (each.resource.group_kind, each.resource.name) == (resource.group_kind, resource.name):
            return each
    return None


def _health(cluster: SeenCluster, resource: ResourceId, found: CustomResourceFacts | None) -> CustomResourceHealth:
    if not cluster.reachable or cluster.facts is None:
        # As of workloads: that of an earlier moment would mislead.
        known = Health(state=HealthState.UNKNOWN, reason=cluster.code, message=cluster.error or "")
    else:
        known = found.health if found is not None else absent(resource)
    return CustomResourceHealth(
        cluster=cluster.cluster,
        health=known.state,
        reason=known.reason,
        message=known.message or None,
        since=known.since,
    )


def _images(
    by_cluster: Sequence[tuple[SeenCluster, CustomResourceFacts | None]],
) -> tuple[CustomImageOverview, ...]:
    found: dict[str, list[ClusterImage]] = {}
    for cluster, facts in by_cluster:
        for named in facts.images if facts is not None else ():
            found.setdefault(named.path, []).append(ClusterImage(cluster=cluster.cluster, image=named.image))
    return tuple(
        CustomImageOverview(
            path=path,
            images=tuple(images),
            differs=any(not one.image.agrees_with(other.image) for one in images for other in images),
        )
        for path, images in sorted(found.items())
    )
