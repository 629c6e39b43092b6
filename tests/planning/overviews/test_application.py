from dataclasses import replace

import pytest

from domain.cluster_api import ClusterFailure
from domain.image_mappings import ImageMapping
from domain.images import Image
from domain.resources import ResourceId
from domain.tag_directions import Direction
from domain.words import DeployMode, OperationKind, OperationState, Pin
from services.planning.comparing.missing import MissingKeys, MissingObject
from services.planning.health.values import Health, HealthState, worst_of
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts
from services.planning.overviews.application import application_overview
from services.planning.overviews.values import LastOperation, SeenCluster, SeenEnvironment
from tests.support.rollouts import START

ONE, TWO = ("sha256:" + letter * 64 for letter in "12")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
DOWN = ClusterFailure(code="cluster-unreachable", detail="The cluster cannot be reached.")


def seen(
    name: str, image: str | None, *, digest: str | None = None, failure=None, state=HealthState.READY
) -> SeenCluster:
    """A cluster where web's container runs `image`; None where it was never read."""
    if image is None:
        return SeenCluster(cluster=name, facts=None, read_at=None, failure=failure)
    containers = tuple(
        ContainerFacts(name=container, init=init, pointer="", image=Image.of(image, digest=digest), digests=())
        for container, init in (("prepare", True), ("web", False))
    )
    health = Health(state=state, message="So it is.", ready=1, desired=2)
    web = WorkloadFacts(resource=WEB, uid="u", paused=False, owner=None, health=health, containers=containers)
    return SeenCluster(cluster=name, facts=ClusterFacts(cluster=name, workloads=(web,)), read_at=START, failure=failure)


def environment(name: str, rank: int, *clusters: SeenCluster, **more) -> SeenEnvironment:
    defaults = {
        "configured": True,
        "namespace": "shop",
        "deploy_mode": DeployMode.MANUAL,
        "pin": Pin.DIGEST,
        "active_operation": None,
        "resources": (WEB,),
    }
    return SeenEnvironment(environment=name, rank=rank, clusters=clusters, **{**defaults, **more})


def overview(*environments: SeenEnvironment):
    return application_overview("shop", environments, read_at=START).environments


def web_of(environment_overview):
    return environment_overview.workloads[0].containers[1]


def test_environments_are_ordered_by_rank_and_images_by_cluster():
    production = environment("Production", 2, seen("eu", "web:1"), seen("us", "web:1"))
    shown = overview(production, environment("Staging", 1, seen("st", "web:1")))
    assert [one.environment for one in shown] == ["Staging", "Production"]
    assert [(i.cluster, i.image.tag) for i in web_of(shown[1]).images] == [("eu", "1"), ("us", "1")]
    assert not shown[1].skew


def test_clusters_that_run_different_images_are_skewed():
    shown = overview(environment("Production", 1, seen("eu", "web:1", digest=ONE), seen("us", "web:1", digest=TWO)))
    assert web_of(shown[0]).skew
    assert shown[0].skew


def test_what_the_environment_before_runs_is_offered():
    shown = overview(
        environment("Staging", 1, seen("st", "web:2", digest=TWO)),
        environment("Production", 2, seen("eu", "web:1", digest=ONE)),
    )
    offered = web_of(shown[1]).offered
    assert (offered.environment, offered.image.tag, offered.image.digest) == ("Staging", "2", TWO)
    assert web_of(shown[0]).offered is None


@pytest.mark.parametrize(
    "production",
    [
        environment("Production", 2, seen("eu", "web:2", digest=TWO)),
        environment("Production", 2, seen("eu", "web:2")),
        environment("Production", 2, seen("eu", "web:1", digest=ONE), deploy_mode=DeployMode.AUTO),
    ],
    ids=["runs it", "runs its tag", "deploys by itself"],
)
def test_nothing_is_offered_where_nothing_is_to_be_promoted(production):
    shown = overview(environment("Staging", 1, seen("st", "web:2", digest=TWO)), production)
    assert web_of(shown[1]).offered is None


def test_what_one_cluster_of_an_environment_lacks_is_offered():
    production = environment("Production", 2, seen("eu", "web:2", digest=TWO), seen("us", "web:1", digest=ONE))
    shown = overview(environment("Staging", 1, seen("st", "web:2", digest=TWO)), production)
    assert web_of(shown[1]).offered is not None


def test_a_skewed_environment_offers_nothing():
    staging = environment("Staging", 1, seen("s1", "web:2", digest=TWO), seen("s2", "web:3", digest=ONE))
    assert web_of(overview(staging, environment("Production", 2, seen("eu", "web:1")))[1]).offered is None


def test_unconfigured_environments_are_skipped_by_offers():
    shown = overview(
        environment("Development", 1, seen("dev", "web:3")),
        environment("Staging", 2, configured=False, resources=()),
        environment("Production", 3, seen("eu", "web:1")),
    )
    assert web_of(shown[2]).offered.environment == "Development"
    assert (shown[1].configured, shown[1].health, shown[1].workloads) == (False, HealthState.UNKNOWN, ())


def test_an_unreachable_cluster_shows_its_last_images_and_no_health():
    shown = overview(environment("Production", 1, seen("eu", "web:1"), seen("us", "web:1", failure=DOWN)))[0]
    assert [(c.cluster, c.reachable, c.stale, c.error) for c in shown.clusters] == [
        ("eu", True, False, None),
        ("us", False, True, DOWN.detail),
    ]
    assert [health.health for health in shown.workloads[0].health] == [HealthState.READY, HealthState.UNKNOWN]
    assert [image.cluster for image in web_of(shown).images] == ["eu", "us"]
    assert shown.stale
    assert shown.health is HealthState.UNKNOWN


def test_a_cluster_that_was_never_read_still_lists_the_workloads():
    shown = overview(environment("Production", 1, seen("eu", None, failure=DOWN)))[0]
    assert [workload.resource for workload in shown.workloads] == [WEB]
    assert shown.workloads[0].containers == ()
    assert not shown.clusters[0].stale


def test_a_workload_that_a_cluster_lacks_is_missing():
    api = ResourceId.of("apps/v1", "Deployment", "api")
    shown = overview(environment("Production", 1, seen("eu", "web:1"), resources=(WEB, api)))[0]
    assert shown.workloads[1].health[0].health is HealthState.MISSING
    assert shown.health is HealthState.MISSING


@pytest.mark.parametrize("state", [HealthState.READY, HealthState.PROGRESSING, HealthState.FAILED])
def test_a_workloads_health_is_shown_as_assessed(state):
    health = overview(environment("Production", 1, seen("eu", "web:1", state=state)))[0].workloads[0].health[0]
    assert (health.health, health.message, health.ready, health.desired) == (state, "So it is.", 1, 2)


def test_the_worst_counts():
    assert worst_of([]) is HealthState.READY
    assert worst_of([HealthState.READY, HealthState.PROGRESSING]) is HealthState.PROGRESSING
    assert worst_of(list(HealthState)) is HealthState.FAILED


@pytest.mark.parametrize(
    ("runs", "offered", "direction"),
    [("1.4.0", "1.5.0", "upgrade"), ("1.5.0", "1.4.0", "downgrade"), ("1.5.0", "main", "unknown")],
)
def test_an_offer_says_whether_it_is_older_or_newer(runs, offered, direction):
    shown = overview(
        environment("Staging", 1, seen("st", f"web:{offered}", digest=TWO)),
        environment("Production", 2, seen("eu", f"web:{runs}", digest=ONE)),
    )
    assert web_of(shown[1]).offered.direction == direction


def test_an_offer_has_no_direction_where_clusters_disagree_on_it():
    shown = overview(
        environment("Staging", 1, seen("st", "web:1.5.0", digest=TWO)),
        environment("Production", 2, seen("eu", "web:1.4.0"), seen("us", "web:1.6.0")),
    )
    assert web_of(shown[1]).offered.direction == "unknown"


def test_an_environment_is_promoted_to_the_configured_ones_after_it():
    shown = overview(
        environment("Development", 1, seen("dev", "web:1")),
        environment("Test", 2, configured=False),
        environment("Staging", 3, seen("st", "web:1")),
        environment("Production", 4, seen("eu", "web:1")),
    )
    assert [one.promotes_to for one in shown] == [("Staging", "Production"), (), ("Production",), ()]


def test_the_health_of_a_cluster_is_the_worst_on_it_by_the_order_that_counts_everywhere():
    """What rolls out needs a person sooner than what is being deleted."""
    api = ResourceId.of("apps/v1", "Deployment", "api")
    rolling = seen("eu", "web:1", state=HealthState.PROGRESSING)
    leaving = seen("eu", "web:1", state=HealthState.TERMINATING)
    assert rolling.facts is not None
    assert leaving.facts is not None
    [other] = leaving.facts.workloads
    workloads = (*rolling.facts.workloads, replace(other, resource=api))
    both = replace(rolling, facts=replace(rolling.facts, workloads=workloads))
    [shown] = overview(environment("Production", 1, both, seen("us", "web:1"), resources=(WEB, api)))
    assert [each.health for each in shown.clusters] == [HealthState.PROGRESSING, HealthState.MISSING]


def test_a_cluster_without_workloads_has_no_known_health():
    [shown] = overview(environment("Production", 1, seen("eu", None), resources=()))
    assert [each.health for each in shown.clusters] == [HealthState.UNKNOWN]


def test_the_last_operation_is_passed_on():
    last = LastOperation(id="op-1", kind=OperationKind.PROMOTION, state=OperationState.FAILED)
    [shown] = overview(environment("Production", 1, seen("eu", "web:1"), last_operation=last))
    assert shown.last_operation == last


LACKS = MissingKeys(source="Staging", objects=(MissingObject(kind="ConfigMap", name="settings", keys=("URL",)),))


def test_an_environment_says_what_it_lacks_that_its_source_has():
    production = environment("Production", 2, seen("eu", "web:1"), missing_keys=LACKS)
    shown = overview(environment("Staging", 1, seen("st", "web:1")), production)
    assert [one.missing_keys for one in shown] == [None, LACKS]


def test_who_does_not_see_the_source_sees_neither_its_name_nor_what_is_missing():
    production = environment("Production", 2, seen("eu", "web:1"), missing_keys=LACKS)
    (shown,) = overview(production)
    assert shown.missing_keys is None


def test_what_is_offered_has_the_name_under_which_the_environment_pulls_it():
    mappings = (ImageMapping(source="docker.io/library", target="registry.prod"),)
    staging = environment("Staging", 1, seen("st", "web:2", digest=TWO))

    def offered(reference: str, digest: str):
        production = environment("Production", 2, seen("eu", reference, digest=digest), image_mappings=mappings)
        return web_of(overview(staging, production)[1]).offered

    first = offered("registry.prod/web:1", ONE)
    assert (first.image.reference, first.direction) == ("registry.prod/web:2", Direction.UPGRADE)
    assert offered("registry.prod/web:2", TWO) is None
    assert offered("web:2", TWO) is None  # one digest is one image
    assert offered("web:2", ONE) is not None
