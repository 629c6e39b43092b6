"""After a failed import a workload is no resource of the target: that it "has no container" would be untrue."""

from services.planning.images.running import ClusterFacts
from tests.support.image_plans import ONE, cluster, promote, ref, resource, workload

_STAGING = cluster(
    "staging-1",
    workload("web", {"web": ("shop/web:2", ONE), "proxy": ("shop/proxy:2", ONE)}),
    workload("api", {"api": ("shop/api:2", ONE)}),
)
_API = workload("api", {"api": ("shop/api:1", ONE)})


def _unmatched(plan):
    return [problem.detail for problem in plan.all_problems if problem.code == "container-unmatched"]


def test_a_workload_that_is_no_member_is_said_once_with_the_way_out():
    assert _unmatched(promote(_STAGING, cluster("prod-eu", _API))) == [
        (
            "Deployment web is no resource of the target app environment on prod-eu, so the source's image is not used "
            "there. Import or adopt it there first."
        )
    ]


def test_a_member_without_the_container_is_said_to_have_none():
    bare = workload("web", {"web": ("shop/web:1", ONE)})
    assert _unmatched(promote(_STAGING, cluster("prod-eu", _API, bare))) == [
        "Deployment web has no container proxy on prod-eu, so the source's image is not used there."
    ]


def test_a_member_that_is_missing_on_a_cluster_is_no_stranger():
    missing = ClusterFacts(cluster="prod-eu", workloads=(_API,), missing=(resource("web"),))
    assert all("is no resource" not in detail for detail in _unmatched(promote(_STAGING, missing)))


def test_a_requested_workload_that_is_no_member_blocks():
    plan = promote(_STAGING, cluster("prod-eu", _API), selected=[ref("web", "web"), ref("web", "proxy")])
    assert plan.blocked
