"""Builders of comparisons: sides of objects, as if read from clusters."""

from dataclasses import replace
from typing import Any

from domain.cluster_api import ClusterFailure
from domain.images import ContainerImage
from domain.resources import Manifest
from services.planning.comparing.compare import compare
from services.planning.comparing.expected import Expectations
from services.planning.comparing.values import Comparison, Seen, Side
from services.planning.images.releases import release_images
from services.planning.objects.identity import ObjectKey
from tests.support.objects import FINGERPRINTS


def seen(*objects: Manifest, cluster: str = "dev-1", digests: Any = None, **facts: Any) -> Seen:
    """A cluster with these objects; containers run the images of their templates."""
    return Seen(
        cluster=cluster,
        images={each.key: each for each in release_images(objects, digests=digests)},
        objects={ObjectKey.of(each): each for each in objects},
        **facts,
    )


def side(*objects: Manifest, environment: str = "Development", namespace: str = "shop", **cluster: Any) -> Side:
    """An environment on one cluster."""
    return on_clusters(seen(*objects, **cluster), environment=environment, namespace=namespace)


def on_clusters(*clusters: Seen, environment: str = "Production", namespace: str = "shop") -> Side:
    return Side(environment=environment, namespace=namespace, clusters=clusters)


def of_release(*images: ContainerImage, number: int = 7, environment: str = "Production", cluster: str = "eu") -> Side:
    """What a release holds: images alone."""
    held = Seen(cluster=cluster, images={each.key: each for each in images})
    return Side(environment=environment, clusters=(held,), release=number)


def unread(side: Side, detail: str = "It refuses connections.") -> Side:
    """The side, of which no cluster answers."""
    failure = ClusterFailure(code="cluster-unreachable", detail=detail)
    return replace(side, clusters=tuple(Seen(cluster=each.cluster, failure=failure) for each in side.clusters))


def compared(
    left: Side, right: Side, *, expectations: Expectations | None = None, values_shown: bool = True
) -> Comparison:
    return compare(
        "shop",
        left,
        right,
        expectations=expectations or Expectations(),
        fingerprints=FINGERPRINTS,
        values_shown=values_shown,
    )


def told(comparison: Comparison) -> list[tuple[str, str, str, Any, Any]]:
    """ComparisonSection, object, path and the first value of each side, of every difference."""
    return [
        (each.section.value, each.resource.label, each.path, each.left[0].value, each.right[0].value)
        for each in comparison.differences
    ]
