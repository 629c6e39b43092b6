from decimal import Decimal

import pytest

from services.planning.objects.pod_amounts import asked_for, broken_bounds, unnamed, usage_of
from tests.support.objects import config_map, deployment, obj


def _container(name="web", requests=None, limits=None, **more):
    return {"name": name, "image": "web:1", "resources": {"requests": requests or {}, "limits": limits or {}}, **more}


def _range(name="bounds", type_="Container", **limit):
    return obj("v1", "LimitRange", name, spec={"limits": [{"type": type_, **limit}]})


def _sentences(workload, *limit_ranges):
    return [(bound.container, bound.sentence) for bound in broken_bounds(workload, limit_ranges)]


def test_a_request_that_is_missing_is_the_limit():
    asked = asked_for(deployment(pod={"containers": [_container(limits={"cpu": "500m"})]}))
    assert asked is not None
    assert asked.requests == {"cpu": Decimal("0.5")}


def test_a_limit_range_fills_in_what_a_container_does_not_say():
    limits = _range(default={"cpu": "1", "memory": "1Gi"}, defaultRequest={"cpu": "250m", "memory": "512Mi"})
    asked = asked_for(deployment(pod={"containers": [_container(requests={"cpu": "100m"})]}), (limits,))
    assert asked is not None
    assert asked.requests == {"cpu": Decimal("0.1"), "memory": Decimal(2) ** 29}
    assert asked.limits == {"cpu": Decimal(1), "memory": Decimal(2) ** 30}


@pytest.mark.parametrize(
    ("init", "cpu"),
    [
        ([_container("small", {"cpu": "1"})], "2"),  # runs before the two others, which need more together
        ([_container("big", {"cpu": "3"})], "3"),
        ([_container("beside", {"cpu": "1"}, restartPolicy="Always")], "3"),
        ([_container("beside", {"cpu": "1"}, restartPolicy="Always"), _container("big", {"cpu": "3"})], "4"),
    ],
)
def test_a_pod_asks_for_what_runs_at_the_same_time(init, cpu):
    pod = {"initContainers": init, "containers": [_container("a", {"cpu": "1"}), _container("b", {"cpu": "1"})]}
    asked = asked_for(deployment(pod=pod))
    assert asked is not None
    assert asked.requests["cpu"] == Decimal(cpu)


def test_what_the_pod_says_as_a_whole_comes_first():
    pod = {"resources": {"limits": {"cpu": "4"}, "requests": {"cpu": "2"}}, "containers": [_container()]}
    asked = asked_for(deployment(pod=pod))
    assert asked is not None
    assert (asked.requests["cpu"], asked.limits["cpu"]) == (Decimal(2), Decimal(4))


def test_an_object_without_pods_asks_for_nothing():
    assert asked_for(config_map()) is None
    assert unnamed(config_map(), "requests", "cpu") is False


def test_a_quota_counts_requests_under_two_names():
    asked = asked_for(deployment(pod={"containers": [_container(requests={"cpu": "1", "nvidia.com/gpu": "2"})]}))
    assert asked is not None
    usage = usage_of(asked)
    assert {usage["cpu"], usage["requests.cpu"], usage["pods"]} == {Decimal(1)}
    assert usage["requests.nvidia.com/gpu"] == Decimal(2)
    assert "nvidia.com/gpu" not in usage


@pytest.mark.parametrize(
    ("limit", "resources", "sentence"),
    [
        (
            {"max": {"memory": "1Gi"}},
            {"limits": {"memory": "2Gi"}},
            "at most 1Gi of memory for a container, and the limit is 2147483648",
        ),
        (
            {"min": {"cpu": "100m"}},
            {"requests": {"cpu": "50m"}},
            "at least 100m of cpu for a container, and the request is 0.05",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}},
            "a limit of cpu of at most 2 times the request for a container, and the request is 1, the limit 3",
        ),
    ],
)
def test_a_bound_that_a_container_breaks_is_named(limit, resources, sentence):
    workload = deployment(pod={"containers": [_container(**resources)]})
    assert _sentences(workload, _range(**limit)) == [("web", sentence)]


def test_the_bounds_of_a_pod_are_those_of_its_sum():
    pod = {"containers": [_container("a", limits={"cpu": "1"}), _container("b", limits={"cpu": "1"})]}
    ((container, sentence),) = _sentences(deployment(pod=pod), _range(type_="Pod", max={"cpu": "1500m"}))
    assert container is None
    assert "for a pod, and the limit is 2" in sentence


def test_a_pod_without_a_limit_is_beyond_the_most_of_a_pod():
    ((_, sentence),) = _sentences(deployment(), _range(type_="Pod", max={"cpu": "1"}))
    assert sentence == "at most 1 of cpu for a pod, and the limit is not set"


def test_what_is_within_the_bounds_or_filled_in_breaks_none():
    limits = _range(max={"cpu": "2"}, min={"cpu": "10m"}, default={"cpu": "1"}, defaultRequest={"cpu": "500m"})
    assert _sentences(deployment(), limits) == []
    assert _sentences(deployment(), _range(type_="PersistentVolumeClaim", max={"storage": "1Gi"})) == []


def test_nothing_is_said_where_two_limit_ranges_have_different_defaults():
    one, other = _range("one", default={"cpu": "1"}), _range("other", default={"cpu": "4"}, max={"cpu": "2"})
    assert _sentences(deployment(), one, other) == []
    assert len(_sentences(deployment(), other)) == 1
