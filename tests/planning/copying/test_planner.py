import copy
from dataclasses import replace
from typing import Any

import pytest

from domain.cluster_api import ClusterFailure, Right, ServedKind, ServedKinds
from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Kind, Manifest
from domain.secret_text import SecretText
from domain.words import Action, OnConflict
from services.planning.copying.facts import CREATE_NAMESPACE, NamespaceState
from services.planning.copying.plan import CopyChoices, CopyPlan, DryRun, DryRuns, WriteMethod, with_dry_run
from services.planning.copying.planner import plan_copy
from services.planning.objects.identity import ObjectKey
from services.planning.plan import Comparison
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
    workload_spec,
)


def _plan(
    *manifests, live=(), on_conflict=OnConflict.FAIL, overrides=None, source_facts=None, **target_facts
) -> CopyPlan:
    """The plan of copying these to one cluster on which `live` is there."""
    place = target(*live, knows=manifests, **target_facts)
    choices = CopyChoices(overrides=overrides or Overrides(), on_conflict=on_conflict)
    return plan_copy(facts(*manifests, targets=(place,), **(source_facts or {})), choices, FINGERPRINTS)


def _codes(plan, severity=None):
    return [p.code for p in plan.all_problems if severity is None or p.severity is severity]


def _blocking(plan):
    return _codes(plan, Severity.BLOCKS)


def _actions(plan):
    return {str(r.resource.label): r.action for cluster in plan.clusters for r in cluster.resources}


def _only(plan):
    (resource,) = plan.clusters[0].resources
    return resource


# What becomes of an object


def test_what_is_not_there_is_created():
    plan = _plan(config_map())
    assert _actions(plan) == {"ConfigMap settings": Action.CREATE}
    assert not plan.blocked


def test_what_is_there_and_equal_is_unchanged():
    plan = _plan(config_map(), live=(config_map(metadata={"uid": "1", "namespace": "shop"}),))
    assert _actions(plan) == {"ConfigMap settings": Action.UNCHANGED}
    assert plan.nothing_to_do


def test_what_is_there_and_differs_blocks():
    plan = _plan(config_map(), live=(config_map(data={"mode": "prod"}),))
    assert _actions(plan) == {"ConfigMap settings": Action.BLOCKED}
    assert _blocking(plan) == ["target-differs"]


def test_what_differs_is_updated_where_the_request_overwrites():
    plan = _plan(config_map(), live=(config_map(data={"mode": "prod"}),), on_conflict=OnConflict.OVERWRITE)
    assert _actions(plan) == {"ConfigMap settings": Action.UPDATE}
    assert [change.path for change in _only(plan).changes] == ["data.mode"]


def test_what_differs_is_left_where_the_request_keeps():
    plan = _plan(config_map(), live=(config_map(data={"mode": "prod"}),), on_conflict=OnConflict.KEEP)
    assert _actions(plan) == {"ConfigMap settings": Action.KEEP}
    assert not plan.blocked
    assert plan.nothing_to_do


def test_the_default_service_account_is_merged_not_refused():
    account = obj("v1", "ServiceAccount", "default", metadata={"annotations": {"a": "b"}})
    plan = _plan(account, live=(obj("v1", "ServiceAccount", "default"),))
    assert _actions(plan) == {"ServiceAccount default": Action.UPDATE}


def test_overrides_are_in_what_is_written():
    plan = _plan(deployment(), overrides=Overrides(replicas={"Deployment/web": 4}))
    assert _only(plan).desired.spec["replicas"] == 4


def test_a_consent_that_does_not_exist_is_told():
    plan = _plan(deployment(), overrides=Overrides(allow=("registry-credentials", "everything")))
    assert _blocking(plan) == ["unknown-consent"]
    assert "'everything'" in plan.problems[0].detail


def test_a_blocked_plan_does_not_say_that_there_is_nothing_to_do():
    plan = _plan(config_map(), live=(config_map(data={"mode": "other"}),))
    assert plan.blocked
    assert not plan.nothing_to_do


def test_resources_come_in_the_order_of_writing():
    plan = _plan(deployment(), service(), config_map(), obj("v1", "ServiceAccount"), obj("x.example/v1", "Campaign"))
    kinds = [r.resource.kind.name for r in plan.clusters[0].resources]
    assert kinds == ["ServiceAccount", "ConfigMap", "Service", "Deployment", "Campaign"]


# Owners


_HELM = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
_CONTROLLED = {"ownerReferences": [{"kind": "Rollout", "name": "web", "controller": True}]}


def test_a_target_object_of_another_owner_blocks():
    plan = _plan(config_map(), live=(config_map(data={"mode": "prod"}, metadata=_HELM),))
    assert _blocking(plan) == ["target-owned"]


def test_a_target_object_of_another_owner_is_overwritten_only_with_a_warning():
    live = config_map(data={"mode": "prod"}, metadata=_HELM)
    plan = _plan(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert _codes(plan, Severity.WARNS) == ["target-owned"]
    assert not plan.blocked


def test_a_target_object_of_a_controller_is_never_overwritten():
    live = config_map(data={"mode": "prod"}, metadata=_CONTROLLED)
    plan = _plan(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert _blocking(plan) == ["target-owned"]


def test_an_owned_target_object_that_is_equal_is_nobodys_trouble():
    assert _blocking(_plan(config_map(), live=(config_map(metadata=_CONTROLLED),))) == []


def test_managers_of_fields_that_are_taken_over_are_named():
    entry = {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:mode": {}}}}
    live = config_map(data={"mode": "prod"}, metadata={"managedFields": [entry]})
    plan = _plan(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    (problem,) = plan.clusters[0].problems
    assert problem.code == "takes-fields-over"
    assert "kubectl-edit" in problem.detail


def test_a_managed_source_is_told():
    plan = _plan(config_map(metadata=_HELM))
    assert _codes(plan) == ["source-managed"]
    assert _only(plan).desired.labels == {}


# What cannot be copied or changed


def test_what_is_never_copied_blocks_with_its_rule():
    (problem,) = _plan(secret(type="kubernetes.io/service-account-token")).problems
    assert (problem.code, problem.field) == ("not-copyable", "rule:secret-service-account-token")


def test_a_registry_login_needs_consent():
    login = secret(type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": "e30="})
    assert _blocking(_plan(login)) == ["not-copyable"]
    assert not _plan(login, overrides=Overrides(allow=("registry-credentials",))).blocked


def test_a_kind_without_a_namespace_is_refused():
    kind = Kind.of("x.example/v1", "Fleet")
    plan = _plan(
        obj("x.example/v1", "Fleet"), served=ServedKinds((ServedKind(kind=kind, plural="fleets", namespaced=False),))
    )
    assert plan.clusters[0].problems[0].field == "rule:cluster-wide"


def test_a_changed_selector_blocks_even_where_the_request_overwrites():
    live = deployment(selector={"matchLabels": {"app": "other"}})
    plan = _plan(deployment(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert [(p.code, p.field) for p in plan.clusters[0].problems] == [("immutable-field", "spec.selector")]
    assert _actions(plan) == {"Deployment web": Action.BLOCKED}


def test_an_immutable_config_map_with_other_data_blocks_and_with_equal_data_does_not():
    frozen = config_map(immutable=True)
    other = config_map(data={"mode": "prod"}, immutable=True)
    assert _blocking(_plan(frozen, live=(other,), on_conflict=OnConflict.OVERWRITE)) == ["immutable-field"]
    assert _actions(_plan(frozen, live=(frozen,))) == {"ConfigMap settings": Action.UNCHANGED}


def test_what_is_not_in_the_source_blocks():
    assert _blocking(_plan(source_facts={"missing": ("Deployment api",)})) == ["source-missing"]


def test_an_object_that_is_given_twice_blocks():
    assert _blocking(_plan(config_map(), config_map())) == ["named-twice"]


# Versions


def test_an_object_is_sent_in_a_version_that_the_target_serves():
    new, old = obj("x.example/v2", "Campaign", spec={"b": 1}), obj("x.example/v1", "Campaign", spec={"a": 1})
    plan = _plan(new, source_facts={"conversions": (old,)}, served=served(old))
    assert _only(plan).desired.kind == old.kind
    assert not plan.blocked


def test_a_version_that_the_target_lacks_blocks_and_the_others_are_named():
    plan = _plan(obj("x.example/v2", "Campaign"), served=served(obj("x.example/v1", "Campaign")))
    (problem,) = plan.clusters[0].problems
    assert (problem.code, problem.severity) == ("missing-api-version", Severity.BLOCKS)
    assert "x.example/v1" in problem.detail


def test_a_kind_that_the_target_does_not_know_blocks():
    assert _blocking(_plan(obj("x.example/v2", "Campaign"), served=served(config_map()))) == ["missing-api-version"]


# Autoscalers


def _autoscaler():
    return obj(
        "autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    )


def _owner_of_replicas(manager, **entry):
    return {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}, **entry}


def test_replicas_are_left_out_where_an_autoscaler_has_the_target():
    live = deployment(replicas=7, metadata={"managedFields": [_owner_of_replicas("kube-controller-manager")]})
    plan = _plan(deployment(), live=(live,), autoscalers=(_autoscaler(),))
    assert "replicas" not in _only(plan).desired.spec
    assert _actions(plan) == {"Deployment web": Action.UNCHANGED}


def test_replicas_that_only_we_own_are_sent_as_they_are_so_that_they_do_not_fall_to_one():
    live = deployment(replicas=7, metadata={"managedFields": [_owner_of_replicas("stagecoach")]})
    plan = _plan(deployment(), live=(live,), autoscalers=(_autoscaler(),))
    assert _only(plan).desired.spec["replicas"] == 7
    assert _actions(plan) == {"Deployment web": Action.UNCHANGED}


def test_a_manager_that_scales_is_an_autoscaler_too():
    entry = _owner_of_replicas("keda", operation="Update", subresource="scale")
    plan = _plan(deployment(), live=(deployment(replicas=7, metadata={"managedFields": [entry]}),))
    assert _codes(plan) == ["replicas-autoscaled"]


@pytest.mark.parametrize("manager", ["kubectl", "kubectl-client-side-apply", "k9s"])
def test_a_person_who_scaled_is_no_autoscaler(manager):
    entry = _owner_of_replicas(manager, operation="Update", subresource="scale")
    live = deployment(replicas=7, metadata={"managedFields": [entry]})
    assert _codes(_plan(deployment(replicas=2), live=(live,))) == ["target-differs"]
    plan = _plan(deployment(replicas=2), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert _only(plan).desired.spec["replicas"] == 2


def test_replicas_are_sent_when_the_object_is_made_first():
    assert _only(_plan(deployment(replicas=3), autoscalers=(_autoscaler(),))).desired.spec["replicas"] == 3


# Repeated keys


def test_a_list_with_repeated_keys_is_replaced_instead_of_applied():
    twice = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}
    plan = _plan(deployment(pod=twice))
    assert _only(plan).method is WriteMethod.REPLACE
    assert _codes(plan) == ["repeated-list-keys"]


def test_an_object_that_is_replaced_keeps_the_replicas_of_its_autoscaler():
    twice = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}
    live = deployment(replicas=7, metadata={"managedFields": [_owner_of_replicas("kube-controller-manager")]})
    plan = _plan(deployment(pod=twice), live=(live,), autoscalers=(_autoscaler(),), on_conflict=OnConflict.OVERWRITE)
    assert _only(plan).desired.spec["replicas"] == 7


def test_ports_with_the_same_number_and_protocol_are_repeated_keys():
    twice = {
        "containers": [{"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}]
    }
    assert _only(_plan(deployment(pod=twice))).method is WriteMethod.REPLACE


def test_other_objects_are_applied():
    assert _only(_plan(deployment())).method is WriteMethod.APPLY


# References


_NEEDS_SETTINGS: dict[str, Any] = {
    "containers": [{"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}]
}
_NEEDS_KEY: dict[str, Any] = {
    "containers": [
        {"name": "web", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}]}
    ]
}
_SETTINGS = ObjectKey.of(config_map())


def _looked_for(*keys, manifests=()):
    return frozenset({*keys, *(ObjectKey.of(m) for m in manifests)})


def test_a_reference_that_leads_nowhere_blocks():
    web = deployment(pod=_NEEDS_SETTINGS)
    plan = _plan(web, looked_for=_looked_for(_SETTINGS))
    assert _blocking(plan) == ["missing-reference"]
    assert plan.clusters[0].problems[0].cluster == "staging-1"


def test_a_reference_that_leads_nowhere_only_warns_where_that_is_allowed():
    web = deployment(pod=_NEEDS_SETTINGS)
    plan = _plan(web, looked_for=_looked_for(_SETTINGS), overrides=Overrides(allow=("missing-references",)))
    assert _codes(plan, Severity.WARNS) == ["missing-reference"]
    assert not plan.blocked


def test_a_reference_to_what_is_copied_too_is_resolved():
    assert _codes(_plan(deployment(pod=_NEEDS_SETTINGS), config_map())) == []


def test_a_reference_to_what_is_in_the_target_is_resolved():
    assert _codes(_plan(deployment(pod=_NEEDS_SETTINGS), live=(config_map(),))) == []


def test_a_key_that_the_copied_object_lacks_is_missing():
    plan = _plan(deployment(pod=_NEEDS_KEY), config_map(data={"other": "1"}))
    assert _blocking(plan) == ["missing-reference"]
    assert "key mode" in plan.clusters[0].problems[0].detail


def test_a_key_that_an_override_takes_out_is_missing():
    overrides = Overrides(config_maps={"settings": {"mode": None}})
    assert _blocking(_plan(deployment(pod=_NEEDS_KEY), config_map(), overrides=overrides)) == ["missing-reference"]


def test_an_optional_reference_may_lead_nowhere():
    pod = copy.deepcopy(_NEEDS_SETTINGS)
    pod["containers"][0]["envFrom"][0]["configMapRef"]["optional"] = True
    assert _codes(_plan(deployment(pod=pod), looked_for=_looked_for(_SETTINGS))) == []


def test_a_class_that_the_target_lacks_is_found_after_mapping():
    claim = obj("v1", "PersistentVolumeClaim", "data", spec={"storageClassName": "fast"})
    fast = ObjectKey(group="storage.k8s.io", kind="StorageClass", name="fast")
    looked_for = _looked_for(fast, replace(fast, name="ssd"))
    ssd = obj("storage.k8s.io/v1", "StorageClass", "ssd")
    assert _blocking(_plan(claim, live=(ssd,), looked_for=looked_for)) == ["missing-reference"]
    overrides = Overrides(storage_classes={"fast": "ssd"})
    assert _blocking(_plan(claim, live=(ssd,), looked_for=looked_for, overrides=overrides)) == []


def test_what_could_not_be_looked_up_is_not_called_missing():
    assert _codes(_plan(deployment(pod=_NEEDS_SETTINGS))) == []


# The cluster


def test_a_missing_right_blocks_and_names_the_verb():
    lacking = frozenset({Right(verb="patch", group="apps", resource="deployments", namespace="shop")})
    (problem,) = _plan(deployment(), lacking=lacking).clusters[0].problems
    assert (problem.code, problem.severity) == ("missing-right", Severity.BLOCKS)
    assert "patch deployments" in problem.detail


def test_a_right_that_is_not_needed_is_not_missed():
    lacking = frozenset({Right(verb="patch", group="apps", resource="deployments", namespace="shop")})
    assert _codes(_plan(deployment(), live=(deployment(),), lacking=lacking)) == []


def test_a_missing_namespace_is_created_with_what_decides_who_may_run_in_it():
    labels = {"pod-security.kubernetes.io/enforce": "restricted", "istio-injection": "enabled", "team": "a"}
    there = obj("v1", "Namespace", "shop-dev", metadata={"labels": labels})
    plan = _plan(config_map(), namespace_state=NamespaceState.MISSING, source_facts={"namespace_object": there})
    assert plan.clusters[0].namespace_action is Action.CREATE
    made = plan.clusters[0].namespace_object
    assert made is not None
    assert made.name == "shop"
    assert set(made.labels) == {"pod-security.kubernetes.io/enforce", "istio-injection"}


def test_a_namespace_that_may_not_be_created_blocks():
    lacking = frozenset({CREATE_NAMESPACE})
    assert _blocking(_plan(config_map(), namespace_state=NamespaceState.MISSING, lacking=lacking)) == ["missing-right"]


def test_a_namespace_that_is_being_deleted_blocks():
    assert _blocking(_plan(config_map(), namespace_state=NamespaceState.TERMINATING)) == ["namespace-terminating"]


def test_the_source_itself_is_no_target():
    here = {"namespace": "shop", "cluster_id": "id-of-staging-1"}
    assert _blocking(_plan(config_map(), source_facts=here)) == ["same-place"]


def test_a_namespace_of_the_system_needs_consent():
    there = {"namespace": "kube-system"}
    assert _blocking(_plan(config_map(), source_facts=there)) == ["system-namespace"]
    assert _blocking(_plan(config_map(), source_facts=there, overrides=Overrides(allow=("system-namespaces",)))) == []


def test_a_host_that_another_namespace_of_the_cluster_serves_blocks():
    rules = {"rules": [{"host": "shop.example", "http": {"paths": [{"path": "/"}]}}]}
    ingress = obj("networking.k8s.io/v1", "Ingress", spec=rules)
    other = obj("networking.k8s.io/v1", "Ingress", "other", metadata={"namespace": "elsewhere"}, spec=rules)
    assert _blocking(_plan(ingress, other_ingresses=(other,))) == ["ingress-host-taken"]
    hosts = Overrides(ingress_hosts={"shop.example": "new.example"})
    assert _blocking(_plan(ingress, other_ingresses=(other,), overrides=hosts)) == []


def test_a_quota_that_is_too_small_blocks():
    quota = obj("v1", "ResourceQuota", "few", status={"hard": {"configmaps": "1"}, "used": {"configmaps": "1"}})
    assert _blocking(_plan(config_map(), quotas=(quota,))) == ["quota-exceeded"]


def test_a_service_for_two_address_families_fits_a_cluster_with_one():
    dual = service(ipFamilyPolicy="RequireDualStack")
    plan = _plan(dual, single_stack=True)
    assert "ipFamilyPolicy" not in _only(plan).desired.spec
    assert _codes(plan) == ["single-stack"]
    assert _only(_plan(dual, single_stack=False)).desired.spec["ipFamilyPolicy"] == "RequireDualStack"


# Several clusters


def _two(first, second, *manifests, **choices):
    both = facts(*manifests, targets=(first, second))
    return plan_copy(both, CopyChoices(**choices), FINGERPRINTS)


def test_problems_of_all_clusters_come_back_together():
    eu = target(config_map(data={"mode": "eu"}), knows=(config_map(),), cluster="prod-eu")
    us = target(config_map(data={"mode": "us"}), knows=(config_map(),), cluster="prod-us")
    assert [p.cluster for p in _two(eu, us, config_map()).all_problems] == ["prod-eu", "prod-us"]


def test_a_cluster_that_does_not_answer_blocks_nobody():
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


# Notes


NOTES = {
    "names-outside-cluster": obj(
        "v1", "ServiceAccount", metadata={"annotations": {"eks.amazonaws.com/role-arn": "arn"}}
    ),
    "injected-container": deployment(pod={"containers": [{"name": "istio-proxy", "image": "x"}]}),
    "paused": deployment(paused=True),
    "data-not-copied": obj("v1", "PersistentVolumeClaim", spec={}),
    "service-without-selector": obj("v1", "Service", spec={"ports": [{"port": 80}]}),
    "load-balancer-class": service(loadBalancerClass="internal"),
    "references-unknown": obj("x.example/v1", "Campaign", spec={}),
}


@pytest.mark.parametrize("code", NOTES)
def test_what_a_person_should_know_is_told_and_stops_nothing(code):
    plan = _plan(NOTES[code])
    assert _codes(plan) == [code]
    assert not plan.blocked
    assert len(_only(plan).notes) == 1


def test_a_stateful_set_with_claims_gets_empty_volumes_and_says_so():
    claims = [{"metadata": {"name": "data"}, "spec": {"volumeName": "pv-1"}}]
    plan = _plan(obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=claims)))
    assert _codes(plan) == ["data-not-copied"]
    assert _only(plan).desired.spec["volumeClaimTemplates"][0]["spec"] == {}


def test_an_external_name_needs_no_selector():
    assert _codes(_plan(obj("v1", "Service", spec={"type": "ExternalName", "externalName": "db.example"}))) == []


# Secrets


def test_of_a_secret_only_the_comparison_is_told():
    live = secret(data={"token": "b2xk", "same": "eA==", "theirs": "eQ=="})
    desired = secret(data={"token": "bmV3", "same": "eA==", "more": "eg=="})
    plan = _plan(desired, live=(live,), on_conflict=OnConflict.OVERWRITE)
    changes = {change.path: change.comparison for change in _only(plan).changes}
    assert changes == {
        "data.more": Comparison.MISSING,
        "data.same": Comparison.SAME,
        "data.token": Comparison.DIFFERS,
    }
    assert all(change.before is None and change.after is None for change in _only(plan).changes)


def test_no_value_of_a_secret_is_in_a_printed_plan():
    overrides = Overrides(secrets={"keys": {"token": SecretText("typed-canary")}})
    live = secret(data={"token": "bGl2ZS1jYW5hcnk="})
    plan = _plan(secret(), live=(live,), on_conflict=OnConflict.OVERWRITE, overrides=overrides)
    text = repr(plan)
    for canary in ("Y2FuYXJ5", "canary", "bGl2ZS1jYW5hcnk", "dHlwZWQtY2FuYXJ5"):
        assert canary not in text


def test_a_secret_that_only_gets_a_label_keeps_its_values_to_itself():
    plan = _plan(secret(metadata={"labels": {"a": "b"}}), live=(secret(),), on_conflict=OnConflict.OVERWRITE)
    assert [(c.path, c.after) for c in _only(plan).changes] == [("metadata.labels.a", "b"), ("data.token", None)]


# The digest


def test_the_same_facts_give_the_same_digest():
    assert _plan(config_map(), deployment()).digest == _plan(config_map(), deployment()).digest


@pytest.mark.parametrize(
    "changed",
    [
        _plan(config_map(data={"mode": "other"})),
        _plan(config_map(), overrides=Overrides(config_maps={"settings": {"a": "b"}})),
        _plan(config_map(), live=(config_map(),)),
        _plan(config_map(), namespace_state=NamespaceState.MISSING),
        _plan(config_map(), on_conflict=OnConflict.KEEP),
        _plan(config_map(), service()),
        _plan(config_map(), cluster="other-1"),
    ],
)
def test_a_plan_that_would_do_something_else_has_another_digest(changed):
    assert changed.digest != _plan(config_map()).digest


def test_what_the_target_has_enters_the_digest_where_it_would_be_changed():
    def plan(mode):
        return _plan(config_map(), live=(config_map(data={"mode": mode}),), on_conflict=OnConflict.OVERWRITE)

    assert plan("a").digest != plan("b").digest


def test_an_autoscaler_at_work_does_not_make_a_plan_outdated():
    def plan(replicas):
        live = deployment(replicas=replicas, metadata={"managedFields": [_owner_of_replicas("stagecoach")]})
        return _plan(deployment(), live=(live,), autoscalers=(_autoscaler(),))

    assert plan(3).digest == plan(7).digest


def test_status_and_versions_do_not_make_a_plan_outdated():
    def plan(version):
        live = config_map(data={"mode": "x"}, metadata={"resourceVersion": version})
        return _plan(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)

    assert plan("1").digest == plan("2").digest


# Dry runs


def test_a_dry_run_that_is_refused_blocks_and_leaves_the_digest():
    plan = _plan(config_map())
    refused = Problem(code="cluster-admission-denied", severity=Severity.BLOCKS, detail="No.", cluster="staging-1")
    answers = {"staging-1": DryRuns(by_resource={_only(plan).resource: DryRun(problems=(refused,))}, skipped=("x",))}
    tried = with_dry_run(plan, answers)
    assert tried.blocked
    assert tried.digest == plan.digest
    assert _actions(tried) == {"ConfigMap settings": Action.BLOCKED}
    assert tried.clusters[0].unchecked == ("x",)


def test_a_dry_run_shows_what_the_server_changes_of_its_own_accord():
    live = deployment()
    desired = deployment(pod={"priorityClassName": "high"})
    answer = deployment(pod={"priorityClassName": "high", "preemption": "Never"})
    plan = _plan(desired, live=(live,), on_conflict=OnConflict.OVERWRITE)
    tried = with_dry_run(plan, {"staging-1": DryRuns(by_resource={_only(plan).resource: DryRun(answer=answer)})})
    paths = [change.path for change in _only(tried).changes]
    assert paths == ["spec.template.spec.priorityClassName", "spec.template.spec.preemption"]


def test_a_plan_carried_out_leaves_nothing_to_do():
    manifests = (config_map(), secret(), service(ports=[{"port": 80}]), deployment(pod=_NEEDS_SETTINGS))
    first = _plan(*manifests)
    live = tuple(Manifest(r.desired.edited()) for r in first.clusters[0].resources if r.desired)
    assert len(live) == len(manifests)
    assert _plan(*manifests, live=live).nothing_to_do
