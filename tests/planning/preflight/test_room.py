"""Whether the pods of a new image would be created and scheduled."""

import pytest

from services.planning.preflight.findings import findings_on
from tests.planning.preflight.facts import ASKS, daemons, facts, found, planned, stateful, web
from tests.support.objects import obj

BLOCKS_FOR_QUOTA = [("quota-stalls-rollout", "blocks")]


def quota(hard, used=None, **spec):
    return obj("v1", "ResourceQuota", "few", spec=spec, status={"hard": hard, "used": used or {}})


def bounds(type_="Container", **limit):
    return obj("v1", "LimitRange", "bounds", spec={"limits": [{"type": type_, **limit}]})


def node(name="node-1", labels=None, **spec):
    return obj("v1", "Node", name, metadata={"labels": labels or {}}, spec=spec)


FULL = quota({"requests.cpu": "1500m"}, {"requests.cpu": "1500m"})


def test_a_healthy_workload_with_room_has_no_finding():
    room_left = quota({"requests.cpu": "2", "pods": "10"}, {"requests.cpu": "1500m", "pods": "3"})
    assert found(web(), stateful(), daemons(), quotas=(room_left,), limit_ranges=(bounds(max={"cpu": "1"}),)) == []


def test_a_full_quota_stalls_a_rollout_that_makes_a_new_pod_first():
    assert found(web(), quotas=(FULL,)) == BLOCKS_FOR_QUOTA
    (problem,) = findings_on(facts(web(), quotas=(FULL,)), planned(web()))
    assert problem.detail == (
        "Quota few allows 1500m of requests.cpu; 1500m are used, and one new pod of Deployment web needs 0.5: a new "
        "pod comes before an old one goes (maxUnavailable is 0), so no new pod is created and the rollout stands "
        "still. Make room there, or allow 'without-room' to begin all the same."
    )
    assert (problem.resource, problem.cluster, problem.consent) == (web().id, "eu", "without-room")


@pytest.mark.parametrize(
    ("workload", "stalls"),
    [
        (web(4), False),  # 25 % of 4 may be unavailable, so an old pod goes first
        (web(3), True),  # 25 % of 3 round down to none
        (web(3, strategy={"type": "Recreate"}), False),
        (web(3, strategy={"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}), False),
        (web(4, strategy={"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "50%"}}), True),
        (web(3, strategy={"rollingUpdate": {"maxUnavailable": "10%", "maxSurge": "0%"}}), False),
        (web(0), False),
        (stateful(), False),
        (daemons(), False),
        (daemons(updateStrategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}), True),
        (daemons(updateStrategy={"type": "OnDelete"}), False),
    ],
)
def test_whether_a_full_quota_stalls_depends_on_which_pod_comes_first(workload, stalls):
    problems = [each for each in found(workload, quotas=(FULL,)) if each[0] == "quota-stalls-rollout"]
    assert problems == (BLOCKS_FOR_QUOTA if stalls else [])


def test_a_quota_below_what_runs_takes_pods_away_from_who_stops_them_first():
    lowered = quota({"requests.cpu": "500m"}, {"requests.cpu": "1500m"})
    assert found(stateful(), quotas=(lowered,)) == BLOCKS_FOR_QUOTA


@pytest.mark.parametrize(
    "harmless",
    [
        quota({"limits.memory": "1Gi"}, {"limits.memory": "1Gi"}, scopes=["BestEffort"]),
        quota({"requests.storage": "1Gi"}, {"requests.storage": "1Gi"}),
        quota({"requests.nvidia.com/gpu": "0"}),
    ],
)
def test_a_quota_of_what_the_pods_do_not_ask_for_stalls_nothing(harmless):
    assert found(web(), quotas=(harmless,)) == []


def test_pods_that_do_not_say_what_a_quota_counts_are_refused_unless_a_limit_range_says_it():
    counts_memory = quota({"requests.memory": "10Gi"})
    assert found(web(), quotas=(counts_memory,)) == [("quota-needs-resources", "blocks")]
    says_it = bounds(defaultRequest={"memory": "1Gi"})
    assert found(web(), quotas=(counts_memory,), limit_ranges=(says_it,)) == []


def test_what_a_limit_range_fills_in_is_counted_too():
    nearly_full = quota({"requests.memory": "4Gi"}, {"requests.memory": "3Gi"})
    fills_in = bounds(defaultRequest={"memory": "2Gi"})
    assert found(web(), quotas=(nearly_full,), limit_ranges=(fills_in,)) == BLOCKS_FOR_QUOTA


def test_a_container_beyond_a_limit_range_blocks():
    assert found(web(), limit_ranges=(bounds(max={"cpu": "500m"}),)) == [("limits-refuse-pods", "blocks")]


def test_with_the_consent_no_lack_of_room_blocks():
    allow = frozenset({"without-room"})
    assert found(web(), quotas=(FULL,), allow=allow) == [("quota-stalls-rollout", "warns")]
    assert found(web(), limit_ranges=(bounds(max={"cpu": "500m"}),), allow=allow) == [("limits-refuse-pods", "warns")]


def test_a_workload_that_gets_no_new_image_needs_no_room():
    assert findings_on(facts(web(), quotas=(FULL,)), planned()) == ()


@pytest.mark.parametrize(
    ("pod", "nodes", "warns"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, (node(labels={"disk": "ssd"}),), False),
        ({"nodeSelector": {"disk": "ssd"}}, (node(),), True),
        ({"nodeSelector": {"disk": "ssd"}}, (), False),  # they may not be listed
        ({}, (node(taints=[{"key": "team", "value": "ml", "effect": "NoSchedule"}]),), True),
    ],
)
def test_a_node_that_no_node_is_like_is_a_warning(pod, nodes, warns):
    workload = web(pod={"containers": [ASKS], **pod})
    assert found(workload, nodes=nodes) == ([("no-node-fits", "warns")] if warns else [])
