from domain.problems import Problem, Severity
from domain.resources import ResourceId
from services.planning.namespaces.adoption import plan_adoption
from tests.support.objects import config_map, deployment, obj, secret

_DOWN = Problem(code="cluster-unreachable", severity=Severity.WARNS, detail="No answer.", cluster="prod-us")


def _plan(*manifests, desired=None, namespace="shop"):
    return plan_adoption(namespace, {"prod-eu": manifests}, desired=desired)


def _codes(plan):
    return [problem.code for problem in plan.problems]


def test_objects_that_no_controller_created_are_adopted():
    plan = _plan(deployment(), config_map())
    assert [r.label for r in plan.adopted] == ["ConfigMap settings", "Deployment web"]


def test_what_clusters_have_differently_is_taken_up_once_and_together():
    found = {"prod-eu": (deployment(), config_map("eu")), "prod-us": (deployment(), config_map("us"))}
    plan = plan_adoption("shop", found, desired=None)
    assert [r.name for r in plan.adopted] == ["eu", "us", "web"]


def test_what_every_namespace_has_is_left_out_with_its_reason():
    plan = _plan(deployment(), obj("v1", "ServiceAccount", "default"), config_map("kube-root-ca.crt"))
    left_out = {each.resource.name: each.reason for each in plan.resources if not each.adopted}
    assert left_out == {
        "default": "Kubernetes creates it in every namespace.",
        "kube-root-ca.crt": "Every cluster publishes its own certificate authority under this name.",
    }


def test_a_registry_login_belongs_to_the_application_though_copying_it_takes_consent():
    assert [r.name for r in _plan(secret("login", type="kubernetes.io/dockerconfigjson")).adopted] == ["login"]


def test_only_named_resources_are_adopted():
    plan = _plan(deployment(), config_map(), desired=(config_map().id,))
    assert plan.adopted == (config_map().id,)


def test_what_is_named_and_not_there_blocks():
    plan = _plan(deployment(), desired=(ResourceId.of("v1", "Secret", "keys"),))
    assert _codes(plan) == ["source-missing"]
    assert plan.blocked


def test_an_empty_namespace_blocks():
    plan = _plan()
    assert _codes(plan) == ["nothing-to-adopt"]
    assert "Check its name" in plan.problems[0].detail


def test_a_namespace_of_objects_that_are_left_out_has_another_problem_than_an_empty_one():
    plan = _plan(obj("v1", "ServiceAccount", "default"))
    assert _codes(plan) == ["nothing-to-adopt"]
    assert "can be adopted" in plan.problems[0].detail


def test_a_namespace_of_the_cluster_blocks():
    assert _codes(_plan(deployment(), namespace="kube-system")) == ["system-namespace"]


def test_an_unreachable_cluster_is_reported_and_blocks_nothing():
    plan = plan_adoption("shop", {"prod-eu": (deployment(),)}, desired=None, unread=[_DOWN])
    assert _codes(plan) == ["cluster-unreachable"]
    assert not plan.blocked


def test_an_empty_namespace_is_no_application_although_another_cluster_is_unreachable():
    plan = plan_adoption("shop", {"prod-eu": ()}, desired=None, unread=[_DOWN])
    assert _codes(plan) == ["cluster-unreachable", "nothing-to-adopt"]
    assert plan.blocked
