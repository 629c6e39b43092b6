"""A cluster is known not to be level where it lacks what another one of its environment has."""

from domain.configuration import ConfigurationReading
from domain.resources import ResourceId
from services.planning.health.absence import absent
from services.planning.health.values import Health, HealthState
from services.planning.images.custom_facts import CustomResourceFacts
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.levels.lacking import KnownOn, lacking
from tests.support.rollouts import START

WEB = ResourceId.of("apps/v1", "Deployment", "web")
MIGRATE = ResourceId.of("batch/v1", "Job", "migrate")
SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
CERTIFICATE = ResourceId.of("cert-manager.io/v1", "Certificate", "web")
ALL = (WEB, MIGRATE, SETTINGS, CERTIFICATE)


def on(cluster: str, *present: ResourceId, configuration: ConfigurationReading | None = None) -> KnownOn:
    """A cluster that has these workloads, and none of the others."""
    ready = Health(state=HealthState.READY, message="", ready=1, desired=1)
    found = tuple(
        WorkloadFacts(resource=each, uid="u", paused=False, owner=None, health=ready, containers=()) for each in present
    )
    names = {each.name for each in present}
    missing = tuple(each for each in (WEB, MIGRATE) if each.name not in names)
    return KnownOn(facts=ClusterFacts(cluster=cluster, workloads=found, missing=missing), configuration=configuration)


def with_certificate(cluster: str, health: Health) -> KnownOn:
    found = CustomResourceFacts(resource=CERTIFICATE, health=health)
    return KnownOn(facts=ClusterFacts(cluster=cluster, custom=(found,)))


def reading(*, keys: tuple[str, ...] = (), absent: bool = False) -> ConfigurationReading:
    name = ("ConfigMap", "settings")
    return ConfigurationReading(
        read_at=START, keys={name: frozenset(keys)} if keys else {}, absent=frozenset([name] if absent else [])
    )


def test_a_workload_that_another_cluster_has_is_lacked():
    assert lacking([on("eu", WEB), on("us")], ALL) == {"us": (WEB,)}


def test_clusters_that_have_the_same_are_level():
    assert lacking([on("eu", WEB, MIGRATE), on("us", WEB, MIGRATE)], ALL) == {}


def test_what_no_cluster_has_puts_none_behind_another():
    assert lacking([on("eu"), on("us")], ALL) == {}


def test_a_job_that_has_ended_and_is_deleted_is_lacked_by_nobody():
    assert lacking([on("eu", MIGRATE), on("us")], ALL) == {}


def test_a_config_map_that_another_cluster_has_is_lacked():
    has, lacks = reading(keys=("MODE",)), reading(absent=True)
    assert lacking([on("eu", WEB, configuration=has), on("us", WEB, configuration=lacks)], ALL) == {"us": (SETTINGS,)}


def test_configuration_that_was_not_read_is_not_lacked():
    has = reading(keys=("MODE",))
    assert lacking([on("eu", WEB, configuration=has), on("us", WEB)], ALL) == {}


def test_an_object_of_another_environment_is_not_looked_for():
    has, lacks = reading(keys=("MODE",)), reading(absent=True)
    assert lacking([on("eu", WEB, configuration=has), on("us", WEB, configuration=lacks)], [WEB]) == {}


def test_a_custom_resource_that_another_cluster_has_is_lacked():
    ready = Health(state=HealthState.READY, message="")
    assert lacking([with_certificate("eu", ready), with_certificate("us", absent(CERTIFICATE))], ALL) == {
        "us": (CERTIFICATE,)
    }


def test_a_custom_resource_of_which_nothing_is_known_is_not_lacked():
    ready, unknown = Health(state=HealthState.READY, message=""), Health(state=HealthState.UNKNOWN, message="")
    assert lacking([with_certificate("eu", ready), with_certificate("us", unknown)], ALL) == {}


def test_clusters_may_serve_a_kind_in_different_versions():
    older = ResourceId.of("apps/v1beta1", "Deployment", "web")
    assert lacking([on("eu", older), KnownOn(facts=ClusterFacts(cluster="us", missing=(older,)))], ALL) == {
        "us": (WEB,)
    }
