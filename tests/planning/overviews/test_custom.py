"""Custom resources on the page of an application and in its cell of the matrix."""

from domain.cluster_api import ClusterFailure
from domain.images import Image
from domain.resources import ResourceId
from domain.words import DeployMode, Pin
from services.planning.health.values import Health, HealthState
from services.planning.images.custom_facts import CustomResourceFacts, NamedImage
from services.planning.images.running import ClusterFacts
from services.planning.overviews.application import environment_overview
from services.planning.overviews.matrix import MatrixCustomResources, cell_of
from services.planning.overviews.values import EnvironmentOverview, SeenCluster, SeenEnvironment
from tests.support.image_plans import PRODUCTION
from tests.support.rollouts import at

CERTIFICATE = ResourceId.of("cert-manager.io/v1", "Certificate", "web")
DATABASE = ResourceId.of("shop.example/v1", "Database", "db")


def facts(resource: ResourceId, state: HealthState, *, image: str = "") -> CustomResourceFacts:
    return CustomResourceFacts(
        resource=resource,
        health=Health(state=state, reason=f"Is{state.value}", message="So it is.", since=at(5)),
        images=(NamedImage(path="spec.image", image=Image.of(image)),) if image else (),
    )


def cluster(name: str, *custom: CustomResourceFacts, error: str = "") -> SeenCluster:
    return SeenCluster(
        cluster=name,
        facts=ClusterFacts(cluster=name, workloads=PRODUCTION.workloads, custom=custom),
        read_at=at(0),
        failure=ClusterFailure(code="cluster-unreachable", detail=error) if error else None,
    )


def shown(*clusters: SeenCluster, custom=(CERTIFICATE, DATABASE), workloads: bool = True) -> EnvironmentOverview:
    seen = SeenEnvironment(
        environment="Production",
        rank=2,
        configured=True,
        namespace="shop",
        deploy_mode=DeployMode.MANUAL,
        pin=Pin.DIGEST,
        active_operation=None,
        resources=tuple(each.resource for each in PRODUCTION.workloads) if workloads else (),
        clusters=clusters,
        custom=custom,
    )
    return environment_overview(seen, before=None)


def test_each_is_shown_by_cluster_with_its_state_why_and_since_when():
    one = shown(cluster("eu", facts(CERTIFICATE, HealthState.FAILED)), cluster("us"), custom=(CERTIFICATE,))
    (certificate,) = one.custom_resources
    eu, us = certificate.health
    assert (eu.cluster, eu.health, eu.reason, eu.message, eu.since) == (
        "eu",
        HealthState.FAILED,
        "Isfailed",
        "So it is.",
        at(5),
    )
    assert (us.cluster, us.health) == ("us", HealthState.MISSING)


def test_on_a_cluster_that_does_not_answer_it_is_unknown_and_counts_as_no_trouble():
    one = shown(cluster("eu", facts(CERTIFICATE, HealthState.FAILED), error="No route."), custom=(CERTIFICATE,))
    (health,) = one.custom_resources[0].health
    assert (health.health, health.reason, health.message) == (HealthState.UNKNOWN, "cluster-unreachable", "No route.")
    assert cell_of(one).custom_resources == MatrixCustomResources(total=1, unhealthy=0)


def test_the_cell_counts_those_in_trouble_and_names_the_one_to_look_at_first():
    eu = cluster("eu", facts(CERTIFICATE, HealthState.PROGRESSING), facts(DATABASE, HealthState.READY))
    us = cluster("us", facts(CERTIFICATE, HealthState.READY), facts(DATABASE, HealthState.FAILED))
    assert cell_of(shown(eu, us)).custom_resources == MatrixCustomResources(
        total=2,
        unhealthy=2,
        resource="Database/db",
        health=HealthState.FAILED,
        reason="Isfailed",
        since=at(5),
    )


def test_what_is_ready_suspended_or_may_not_be_read_is_no_trouble():
    for state in (HealthState.READY, HealthState.SUSPENDED, HealthState.UNKNOWN):
        seen = cluster("eu", facts(CERTIFICATE, state), facts(DATABASE, state))
        assert cell_of(shown(seen)).custom_resources == MatrixCustomResources(total=2, unhealthy=0)


def test_without_custom_resources_the_cell_says_nothing_of_them():
    assert cell_of(shown(cluster("eu"), custom=())).custom_resources is None


def test_the_health_of_an_application_is_that_of_its_workloads_and_only_without_any_of_its_custom_resources():
    seen = cluster("eu", facts(CERTIFICATE, HealthState.FAILED), facts(DATABASE, HealthState.READY))
    healthy = shown(seen, custom=())
    assert shown(seen).health is healthy.health
    alone = shown(seen, workloads=False)
    assert (alone.health, alone.clusters[0].health) == (HealthState.FAILED, HealthState.FAILED)


def test_images_that_differ_between_clusters_are_marked():
    eu = cluster("eu", facts(DATABASE, HealthState.READY, image="shop/db:1"))
    us = cluster("us", facts(DATABASE, HealthState.READY, image="shop/db:2"))
    (database,) = shown(eu, us, custom=(DATABASE,)).custom_resources
    (image,) = database.images
    assert (image.path, image.differs) == ("spec.image", True)
    assert [(each.cluster, each.image.tag) for each in image.images] == [("eu", "1"), ("us", "2")]
    (same,) = shown(eu, eu, custom=(DATABASE,)).custom_resources[0].images
    assert not same.differs
