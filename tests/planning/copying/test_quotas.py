import pytest

from domain.problems import Severity
from services.planning.copying.quotas import NewObject, limit_problems, quota_problems
from services.planning.objects.quantities import amount, same_amount
from tests.support.objects import config_map, deployment, obj, service, workload_spec


def _problems(hard, *made, used=None, spec=None):
    quota = obj("v1", "ResourceQuota", "few", spec=spec or {}, status={"hard": hard, "used": used or {}})
    return list(quota_problems("staging-1", (quota,), made))


def _new(manifest, plural):
    return NewObject(manifest=manifest, plural=plural)


_WEB = deployment(
    replicas=3,
    pod={"containers": [{"name": "web", "resources": {"requests": {"cpu": "500m"}, "limits": {"memory": "1Gi"}}}]},
)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("configmaps", _new(config_map(), "configmaps")),
        ("count/configmaps", _new(config_map(), "configmaps")),
        ("count/deployments.apps", _new(deployment(), "deployments")),
        ("services.loadbalancers", _new(service(type="LoadBalancer"), "services")),
        ("services.nodeports", _new(service(type="NodePort", ports=[{"port": 80}]), "services")),
        (
            "requests.storage",
            _new(
                obj("v1", "PersistentVolumeClaim", spec={"resources": {"requests": {"storage": "1Gi"}}}),
                "persistentvolumeclaims",
            ),
        ),
    ],
)
def test_what_the_server_refuses_at_the_write_blocks(name, made):
    (problem,) = _problems({name: "0"}, made)
    assert (problem.severity, problem.field) == (Severity.BLOCKS, f"spec.hard[{name}]")


@pytest.mark.parametrize(
    ("name", "hard"), [("pods", "2"), ("requests.cpu", "1"), ("cpu", "1"), ("limits.memory", "2Gi")]
)
def test_what_only_keeps_pods_from_being_made_warns(name, hard):
    (problem,) = _problems({name: hard}, _new(_WEB, "deployments"))
    assert problem.severity is Severity.WARNS


def test_what_is_used_already_counts():
    made = _new(config_map(), "configmaps")
    assert _problems({"configmaps": "2"}, made, used={"configmaps": "1"}) == []
    assert len(_problems({"configmaps": "2"}, made, used={"configmaps": "2"})) == 1


def test_a_quota_that_is_not_touched_is_no_problem_even_if_it_is_full():
    assert _problems({"secrets": "0"}, _new(config_map(), "configmaps")) == []


def test_a_quota_with_scopes_is_left_to_the_server():
    assert _problems({"pods": "0"}, _new(_WEB, "deployments"), spec={"scopes": ["BestEffort"]}) == []


def test_a_cron_job_makes_no_pods_at_once():
    job = obj("batch/v1", "CronJob", spec={"jobTemplate": {"spec": workload_spec()}})
    assert _problems({"pods": "0"}, _new(job, "cronjobs")) == []


@pytest.mark.parametrize(
    ("text", "number"), [("500m", "0.5"), ("1Ki", "1024"), ("2", "2"), ("1e3", "1000"), (".5", "0.5"), ("-1", "-1")]
)
def test_quantities_are_numbers(text, number):
    assert amount(text) == amount(number)
    assert same_amount(text, number)


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1KiB", "one", None])
def test_what_is_no_quantity_is_no_number(text):
    assert amount(text) is None


_COUNTED = {"limits.cpu": "100", "requests.memory": "100Gi"}


def _unsaid(**pod):
    problems = _problems(_COUNTED, _new(deployment(pod=pod), "deployments"))
    return [problem.detail for problem in problems if problem.code == "quota-needs-resources"]


def _container(name="web", **resources):
    return {"name": name, "image": "web:1", "resources": resources}


def test_pods_that_do_not_say_what_a_quota_counts_are_refused():
    (detail,) = _unsaid(containers=[_container()])
    assert "limits.cpu, requests.memory" in detail
    assert "Deployment web" in detail
    (of_init,) = _unsaid(
        containers=[_container(limits={"cpu": "1", "memory": "1Gi"})], initContainers=[_container("init")]
    )
    assert "limits.cpu, requests.memory" in of_init


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [_container(limits={"cpu": "1", "memory": "1Gi"})]},  # a request is the limit, where it lacks
        {"containers": [_container(limits={"cpu": "1"}, requests={"memory": "1Gi"})]},
        {"containers": [_container()], "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
    ],
)
def test_what_containers_or_their_pod_say_is_enough(pod):
    assert _unsaid(**pod) == []


def test_a_quota_of_other_things_asks_for_nothing():
    assert _problems({"pods": "100", "requests.nvidia.com/gpu": "1"}, _new(deployment(), "deployments")) == []


def _limits(*made, **limit):
    ranges = (obj("v1", "LimitRange", "bounds", spec={"limits": [{"type": "Container", **limit}]}),)
    return ranges, [problem.code for problem in limit_problems("staging-1", ranges, made)]


def test_a_limit_range_of_the_namespace_says_it_for_them():
    ranges, _ = _limits(default={"cpu": "1", "memory": "1Gi"})
    quota = obj("v1", "ResourceQuota", "few", status={"hard": _COUNTED})
    made = (_new(deployment(), "deployments"),)
    assert list(quota_problems("staging-1", (quota,), made, ranges)) == []


def test_what_a_limit_range_fills_in_counts():
    ranges, _ = _limits(default={"cpu": "2"}, defaultRequest={"cpu": "2"})
    quota = obj("v1", "ResourceQuota", "few", status={"hard": {"requests.cpu": "1"}})
    (problem,) = quota_problems("staging-1", (quota,), (_new(deployment(), "deployments"),), ranges)
    assert (problem.code, problem.field) == ("quota-exceeded", "spec.hard[requests.cpu]")


def test_a_workload_beyond_a_limit_range_gets_no_pods():
    _, codes = _limits(_new(_WEB, "deployments"), max={"memory": "512Mi"})
    assert codes == ["limits-refuse-pods"]
    _, codes = _limits(_new(_WEB, "deployments"), _new(config_map(), "configmaps"), max={"memory": "2Gi"})
    assert codes == []
