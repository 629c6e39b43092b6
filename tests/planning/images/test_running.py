"""The facts of an app environment on one cluster."""

import pytest

from domain.resources import Manifest, ResourceId
from services.planning.health.values import Children, HealthPolicy, HealthState
from services.planning.images.running import cluster_facts
from tests.support.rollouts import START
from tests.support.running import pod, sha, workload

ONE = sha("1")


@pytest.mark.parametrize("served", ["apps/v1", "apps/v2"])
def test_facts_are_of_the_requested_resources_whatever_version_is_served(served):
    web = workload("web", {"web": "shop/web:1"}, paused=True)
    live = web.edited()
    live["apiVersion"] = served
    desired = [ResourceId.of("apps/v1", "Deployment", name) for name in ("api", "web")]
    found = [Manifest(live), workload("stranger", {"web": "shop/web:1"})]
    below = Children(pods=(pod(web, {"web": "shop/web:1"}, {"web": f"shop/web@{ONE}"}),))
    facts = cluster_facts("eu", desired, found, below, now=START, policy=HealthPolicy())
    assert [one.resource.name for one in facts.workloads] == ["web"]
    assert facts.missing == (desired[0],)
    assert facts.workloads[0].paused
    assert facts.workloads[0].health.state is HealthState.PENDING
    assert facts.workloads[0].containers[0].image.digest == ONE
    assert facts.workloads[0].containers[0].pointer == "/spec/template/spec/containers/0"
