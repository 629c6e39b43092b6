"""A copy as planned for each target cluster: what is refused, the version that is sent, and the namespace."""

from domain.cluster_api import ClusterFailure, ServedKind, ServedKinds
from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import Kind
from domain.words import Action
from services.planning.copying.facts import CREATE_NAMESPACE, NamespaceState
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from tests.support.copy_plans import blocking, only, planned
from tests.support.objects import (
    FINGERPRINTS,
    config_map,
    deployment,
    facts,
    obj,
    secret,
    served,
    service,
    target,
)


def test_overrides_are_in_what_is_written():
    plan = planned(deployment(), overrides=Overrides(replicas={"Deployment/web": 4}))
    assert only(plan).desired.spec["replicas"] == 4


def test_a_consent_that_does_not_exist_is_told():
    plan = planned(deployment(), overrides=Overrides(allow=("registry-credentials", "everything")))
    assert blocking(plan) == ["unknown-consent"]
    assert "'everything'" in plan.problems[0].detail


def test_resources_come_in_the_order_of_writing():
    plan = planned(deployment(), service(), config_map(), obj("v1", "ServiceAccount"), obj("x.example/v1", "Campaign"))
    kinds = [r.resource.kind.name for r in plan.clusters[0].resources]
    assert kinds == ["ServiceAccount", "ConfigMap", "Service", "Deployment", "Campaign"]


def test_what_is_never_copied_blocks_with_its_rule():
    (problem,) = planned(secret(type="kubernetes.io/service-account-token")).problems
    assert (problem.code, problem.field) == ("not-copyable", "rule:secret-service-account-token")


def test_a_registry_login_needs_consent():
    login = secret(type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": "e30="})
    assert blocking(planned(login)) == ["not-copyable"]
    assert not planned(login, overrides=Overrides(allow=("registry-credentials",))).blocked


def test_a_kind_without_a_namespace_is_refused():
    kind = Kind.of("x.example/v1", "Fleet")
    plan = planned(
        obj("x.example/v1", "Fleet"), served=ServedKinds((ServedKind(kind=kind, plural="fleets", namespaced=False),))
    )
    assert plan.clusters[0].problems[0].field == "rule:cluster-wide"


def test_what_is_not_in_the_source_blocks():
    assert blocking(planned(source_facts={"missing": ("Deployment api",)})) == ["source-missing"]


def test_an_object_that_is_given_twice_blocks():
    assert blocking(planned(config_map(), config_map())) == ["named-twice"]


def test_an_object_is_sent_in_a_version_that_the_target_serves():
    new, old = obj("x.example/v2", "Campaign", spec={"b": 1}), obj("x.example/v1", "Campaign", spec={"a": 1})
    plan = planned(new, source_facts={"conversions": (old,)}, served=served(old))
    assert only(plan).desired.kind == old.kind
    assert not plan.blocked


def test_a_version_that_the_target_lacks_blocks_and_the_others_are_named():
    plan = planned(obj("x.example/v2", "Campaign"), served=served(obj("x.example/v1", "Campaign")))
    (problem,) = plan.clusters[0].problems
    assert (problem.code, problem.severity) == ("missing-api-version", Severity.BLOCKS)
    assert "x.example/v1" in problem.detail


def test_a_kind_that_the_target_does_not_know_blocks():
    assert blocking(planned(obj("x.example/v2", "Campaign"), served=served(config_map()))) == ["missing-api-version"]


def test_a_missing_namespace_is_created_with_what_decides_who_may_run_in_it():
    labels = {"pod-security.kubernetes.io/enforce": "restricted", "istio-injection": "enabled", "team": "a"}
    there = obj("v1", "Namespace", "shop-dev", metadata={"labels": labels})
    plan = planned(config_map(), namespace_state=NamespaceState.MISSING, source_facts={"namespace_object": there})
    assert plan.clusters[0].namespace_action is Action.CREATE
    made = plan.clusters[0].namespace_object
    assert made is not None
    assert made.name == "shop"
    assert set(made.labels) == {"pod-security.kubernetes.io/enforce", "istio-injection"}


def test_a_namespace_that_may_not_be_created_blocks():
    lacking = frozenset({CREATE_NAMESPACE})
    assert blocking(planned(config_map(), namespace_state=NamespaceState.MISSING, lacking=lacking)) == ["missing-right"]


def test_a_namespace_that_is_being_deleted_blocks():
    assert blocking(planned(config_map(), namespace_state=NamespaceState.TERMINATING)) == ["namespace-terminating"]


def test_the_source_itself_is_no_target():
    here = {"namespace": "shop", "cluster_id": "id-of-staging-1"}
    assert blocking(planned(config_map(), source_facts=here)) == ["same-place"]


def test_a_namespace_of_the_system_needs_consent():
    there = {"namespace": "kube-system"}
    assert blocking(planned(config_map(), source_facts=there)) == ["system-namespace"]
    assert blocking(planned(config_map(), source_facts=there, overrides=Overrides(allow=("system-namespaces",)))) == []


def test_a_quota_that_is_too_small_blocks():
    quota = obj("v1", "ResourceQuota", "few", status={"hard": {"configmaps": "1"}, "used": {"configmaps": "1"}})
    assert blocking(planned(config_map(), quotas=(quota,))) == ["quota-exceeded"]


def _two(first, second, *manifests, **choices):
    both = facts(*manifests, targets=(first, second))
    return plan_copy(both, CopyChoices(**choices), FINGERPRINTS)


def test_problems_of_all_clusters_come_back_together():
    eu = target(config_map(data={"mode": "eu"}), knows=(config_map(),), cluster="prod-eu")
    us = target(config_map(data={"mode": "us"}), knows=(config_map(),), cluster="prod-us")
    assert [p.cluster for p in _two(eu, us, config_map()).all_problems] == ["prod-eu", "prod-us"]


def test_a_cluster_that_does_not_answer_blocks_no_other():
    down = target(knows=(), cluster="prod-eu", failure=ClusterFailure(code="cluster-unreachable", detail="No answer."))
    up = target(knows=(config_map(),), cluster="prod-us")
    plan = _two(down, up, config_map())
    assert not plan.blocked
    assert [cluster.reachable for cluster in plan.clusters] == [False, True]
    assert not plan.nothing_to_do


def test_clusters_get_what_each_of_them_needs():
    there = target(config_map(), knows=(config_map(),), cluster="prod-eu")
    empty = target(knows=(config_map(),), cluster="prod-us")
    plan = _two(there, empty, config_map())
    assert [c.resources[0].action for c in plan.clusters] == [Action.UNCHANGED, Action.CREATE]


def test_what_a_person_asks_for_is_written_and_what_an_export_brings_along_is_not():
    asked = {"loadBalancerIP": "192.0.2.7", "selector": {"app": "web"}}
    by_hand = obj("v1", "Service", spec=dict(asked))
    exported = obj("v1", "Service", spec=dict(asked), metadata={"uid": "1"})
    for manifest, expected in ((by_hand, asked), (exported, {"selector": {"app": "web"}})):
        plan = planned(manifest, source_facts={"environment": None, "namespace": None})
        assert only(plan).desired.spec == expected


_PRIVILEGED = {"hostPID": True, "hostNetwork": True}


def test_a_danger_blocks_and_says_who_may_allow_it():
    plan = planned(deployment(pod=_PRIVILEGED))
    (problem,) = plan.all_problems
    assert (problem.code, problem.consent, problem.blocks) == ("danger-privileged-pods", "privileged-pods", True)
    assert problem.detail == (
        "Deployment web uses the node's network (spec.template.spec.hostNetwork), sees all processes of the node "
        "(spec.template.spec.hostPID). An administrator can allow it with the consent 'privileged-pods', or for good "
        "in the environment's policy."
    )


def test_a_danger_that_is_allowed_is_still_named():
    for allowed in (
        planned(deployment(pod=_PRIVILEGED), overrides=Overrides(allow=("privileged-pods",))),
        planned(deployment(pod=_PRIVILEGED), source_facts={"policy": frozenset({"privileged-pods"})}),
    ):
        assert [(p.code, p.blocks) for p in allowed.all_problems] == [("danger-privileged-pods", False)]


def test_a_danger_that_runs_in_the_target_already_is_no_news():
    assert planned(deployment(pod=_PRIVILEGED), live=(deployment(pod=_PRIVILEGED),)).all_problems == ()


def test_a_copy_from_a_source_is_looked_into_as_manifests_are():
    for environment in ("Staging", None):
        plan = planned(deployment(pod=_PRIVILEGED), source_facts={"environment": environment})
        assert blocking(plan) == ["danger-privileged-pods"]


def test_a_consent_that_the_caller_may_not_give_blocks_unless_the_environment_gives_it():
    choices = CopyChoices(not_given=("privileged-pods",))
    cluster = target(knows=(deployment(),))
    plan = plan_copy(facts(deployment(), targets=(cluster,)), choices, FINGERPRINTS)
    assert blocking(plan) == ["consent-not-given"]
    given = facts(deployment(), targets=(cluster,), policy=frozenset({"privileged-pods"}))
    assert blocking(plan_copy(given, choices, FINGERPRINTS)) == []
