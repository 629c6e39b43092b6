"""Which workloads are restarted, and which read a ConfigMap or Secret."""

from datetime import UTC, datetime

import pytest

from domain.cluster_api import ClusterFailure
from domain.problems import Severity
from domain.resources import Manifest, ResourceId
from domain.stored.restarts import RestartRequest, StoredRestarts
from services.planning.health.values import Children
from services.planning.images.running import ClusterFacts, cluster_facts
from services.planning.releases.restarting import consumers_of, plan_restarts
from tests.support.objects import deployment, obj, workload_spec

SETTINGS, KEYS = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "keys")
WEB, JOB = ResourceId.of("apps/v1", "Deployment", "web"), ResourceId.of("batch/v1", "Job", "migrate")


def facts(*workloads: Manifest, asked: tuple[ResourceId, ...] = ()) -> ClusterFacts:
    resources = tuple(dict.fromkeys((*(each.id for each in workloads), *asked)))
    return cluster_facts("eu", resources, workloads, Children(), now=datetime(2026, 1, 1, tzinfo=UTC), policy=None)


def reading(**pod: object) -> Manifest:
    return deployment(pod={"containers": [{"name": "web", "image": "web:1"}], **pod})


@pytest.mark.parametrize(
    ("pod", "read"),
    [
        (
            {"containers": [{"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}]},
            SETTINGS,
        ),
        ({"volumes": [{"name": "v", "configMap": {"name": "settings"}}]}, SETTINGS),
        ({"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "keys"}}]}}]}, KEYS),
    ],
)
def test_a_workload_whose_pods_read_an_object_is_its_consumer(pod, read):
    workload = reading(**pod)
    assert consumers_of([read], [workload]) == (WEB,)
    assert consumers_of([ResourceId.of("v1", read.kind.name, "other")], [workload]) == ()


def test_without_names_everything_that_has_a_controller_is_restarted_without_a_word_of_the_rest():
    job = obj("batch/v1", "Job", "migrate", spec=workload_spec("migrate"))
    plan = plan_restarts(facts(reading(), job), None)
    assert (plan.workloads, plan.problems) == ((WEB,), ())


@pytest.mark.parametrize(
    ("workload", "code"),
    [
        (obj("batch/v1", "Job", "migrate", spec=workload_spec("migrate")), "not-restartable"),
        (deployment(paused=True), "rollout-paused"),
    ],
)
def test_what_is_named_and_cannot_be_restarted_blocks(workload, code):
    plan = plan_restarts(facts(workload), (workload.id,))
    assert [(each.code, each.severity, each.cluster) for each in plan.problems] == [(code, Severity.BLOCKS, "eu")]
    assert plan.workloads == ()


def test_what_is_not_on_a_cluster_is_left_out_there_with_a_warning():
    plan = plan_restarts(facts(asked=(WEB,)), (WEB,))
    assert ([each.severity for each in plan.problems], plan.workloads) == ([Severity.WARNS], ())


def test_a_cluster_that_does_not_answer_is_planned_when_it_does():
    failed = ClusterFacts(cluster="eu", failure=ClusterFailure(code="cluster-unreachable", detail="Gone."))
    assert not plan_restarts(failed, None).read


@pytest.mark.parametrize("workloads", [None, (WEB,)])
def test_what_rows_keep_of_a_restart_reads_back(workloads):
    request = RestartRequest(workloads=workloads, plan_digest="sha256:1")
    assert RestartRequest.from_json(request.to_json()) == request
    restarts = StoredRestarts(clusters={"eu": (WEB,), "us": None}, asked=workloads)
    assert StoredRestarts.from_json(restarts.to_json()) == restarts
