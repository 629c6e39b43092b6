"""A cell of the matrix is short for what the page of its application shows; and which workloads need a closer look."""

from dataclasses import replace

import pytest

from domain.cluster_api import ClusterFailure
from domain.resources import Manifest
from domain.words import DeployMode, Pin
from services.planning.health.values import Health, HealthPolicy, HealthState
from services.planning.images.running import ClusterFacts
from services.planning.overviews.application import environment_overview
from services.planning.overviews.matrix import cell_of, images_of, status_decides
from services.planning.overviews.values import EnvironmentOverview, SeenCluster, SeenEnvironment
from tests.support.image_plans import PRODUCTION
from tests.support.rollouts import at, progressing_deployment, stamp, workload

NOW = at(3600)


def available(since: float) -> Manifest:
    status = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True", "lastTransitionTime": stamp(since)},
    ]
    return workload(spec={"replicas": 2}, status={**status, "conditions": conditions})


def on_delete(*, updated: int) -> Manifest:
    status = {**dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), 3), "updatedReplicas": updated}
    revisions = {"currentRevision": "ledger-1", "updateRevision": "ledger-2"}
    spec = {"replicas": 3, "updateStrategy": {"type": "OnDelete"}}
    return workload("StatefulSet", spec=spec, status={**status, **revisions})


@pytest.mark.parametrize(
    ("manifest", "decides"),
    [
        (available(0), True),
        (available(3500), False),
        (progressing_deployment(), False),
        (workload("CronJob"), True),
        (workload("ReplicaSet", spec={"replicas": 1}, status={"availableReplicas": 1}), False),
        (workload("Job", status={"conditions": [{"type": "Complete", "status": "True"}]}), True),
        (workload("Job", status={"active": 1}), False),
        (on_delete(updated=1), False),
        (on_delete(updated=3), True),
    ],
    ids=[
        "ready",
        "ready since a moment",
        "rolling out",
        "CronJob",
        "replaces nothing",
        "completed",
        "running",
        "keeps pods",
        "keeps no pod any more",
    ],
)
def test_pods_are_read_only_of_what_its_status_does_not_decide(manifest, decides):
    assert status_decides(manifest, now=NOW, policy=HealthPolicy()) is decides


def _environment(*clusters: SeenCluster) -> SeenEnvironment:
    return SeenEnvironment(
        environment="Production",
        rank=2,
        configured=True,
        namespace="shop",
        deploy_mode=DeployMode.MANUAL,
        pin=Pin.DIGEST,
        active_operation="0190",
        resources=tuple(each.resource for each in PRODUCTION.workloads),
        clusters=clusters,
    )


def shown(*clusters: SeenCluster) -> EnvironmentOverview:
    return environment_overview(_environment(*clusters), before=None)


def seen(name: str = "prod-eu", *, facts: ClusterFacts | None = PRODUCTION, down: bool = False) -> SeenCluster:
    failure = ClusterFailure(code="cluster-unreachable", detail="No route.") if down else None
    return SeenCluster(cluster=name, facts=facts, read_at=NOW, failure=failure)


def test_a_cell_is_what_the_page_of_its_application_shows_in_short():
    page = shown(seen())
    cell = cell_of(page)
    assert (cell.environment, cell.configured, cell.active_operation) == ("Production", True, "0190")
    assert (cell.health, cell.skew, cell.stale) == (page.health, page.skew, page.stale)
    assert cell.images == images_of(PRODUCTION)


def test_the_images_are_those_of_a_cluster_that_answers_or_else_of_one_that_did():
    (web,) = PRODUCTION.workloads
    without = replace(PRODUCTION, workloads=(replace(web, containers=web.containers[:1]),))
    assert cell_of(shown(seen(down=True), seen("prod-us", facts=without))).images == images_of(without)
    assert cell_of(shown(seen(down=True), seen("prod-us", facts=None, down=True))).images == images_of(PRODUCTION)
    assert cell_of(shown(seen(facts=None, down=True))).images == ()


@pytest.mark.parametrize(("held", "state"), [(True, HealthState.SUSPENDED), (False, HealthState.READY)])
def test_pods_that_keep_a_former_image_are_seen_beside_workloads_that_are_ready(held, state):
    (web,) = PRODUCTION.workloads
    ready = Health(state=HealthState.READY, message="All pods are ready.")
    waits = Health(state=HealthState.SUSPENDED, message="It waits.", held=held)
    other = replace(web, resource=replace(web.resource, name="other"), health=waits)
    both = replace(PRODUCTION, workloads=(replace(web, health=ready), other))
    resources = tuple(each.resource for each in both.workloads)
    environment = replace(_environment(seen(facts=both)), resources=resources)
    assert cell_of(environment_overview(environment, before=None)).health is state
