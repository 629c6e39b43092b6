"""What a copy does to each object: create, update, leave or refuse it, and how it writes it."""

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.secret_text import SecretText
from domain.words import Action, OnConflict
from services.planning.copying.plan import WriteMethod
from services.planning.plan import Comparison
from tests.support.copy_plans import actions, autoscaler, blocking, codes, only, owner_of_replicas, planned
from tests.support.objects import (
    config_map,
    deployment,
    obj,
    secret,
    service,
)


def test_what_is_not_there_is_created():
    plan = planned(config_map())
    assert actions(plan) == {"ConfigMap settings": Action.CREATE}
    assert not plan.blocked


def test_what_is_there_and_equal_is_unchanged():
    plan = planned(config_map(), live=(config_map(metadata={"uid": "1", "namespace": "shop"}),))
    assert actions(plan) == {"ConfigMap settings": Action.UNCHANGED}
    assert plan.nothing_to_do


def test_what_is_there_and_differs_blocks():
    plan = planned(config_map(), live=(config_map(data={"mode": "prod"}),))
    assert actions(plan) == {"ConfigMap settings": Action.BLOCKED}
    assert blocking(plan) == ["target-differs"]


def test_what_differs_is_updated_where_the_request_overwrites():
    plan = planned(config_map(), live=(config_map(data={"mode": "prod"}),), on_conflict=OnConflict.OVERWRITE)
    assert actions(plan) == {"ConfigMap settings": Action.UPDATE}
    assert [change.path for change in only(plan).changes] == ["data.mode"]


def test_what_differs_is_left_where_the_request_keeps():
    plan = planned(config_map(), live=(config_map(data={"mode": "prod"}),), on_conflict=OnConflict.KEEP)
    assert actions(plan) == {"ConfigMap settings": Action.KEEP}
    assert not plan.blocked
    assert plan.nothing_to_do


def test_the_default_service_account_is_merged_not_refused():
    account = obj("v1", "ServiceAccount", "default", metadata={"annotations": {"a": "b"}})
    plan = planned(account, live=(obj("v1", "ServiceAccount", "default"),))
    assert actions(plan) == {"ServiceAccount default": Action.UPDATE}


_HELM = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
_CONTROLLED = {"ownerReferences": [{"kind": "Rollout", "name": "web", "controller": True}]}


def test_a_target_object_of_another_owner_blocks():
    plan = planned(config_map(), live=(config_map(data={"mode": "prod"}, metadata=_HELM),))
    assert blocking(plan) == ["target-owned"]


def test_a_target_object_of_another_owner_is_overwritten_only_with_a_warning():
    live = config_map(data={"mode": "prod"}, metadata=_HELM)
    plan = planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert codes(plan, Severity.WARNS) == ["target-owned"]
    assert not plan.blocked


def test_a_target_object_of_a_controller_is_never_overwritten():
    live = config_map(data={"mode": "prod"}, metadata=_CONTROLLED)
    plan = planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert blocking(plan) == ["target-owned"]


def test_an_owned_target_object_that_is_equal_is_no_problem():
    assert blocking(planned(config_map(), live=(config_map(metadata=_CONTROLLED),))) == []


def test_managers_of_fields_that_are_taken_over_are_named():
    entry = {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:mode": {}}}}
    live = config_map(data={"mode": "prod"}, metadata={"managedFields": [entry]})
    plan = planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    (problem,) = plan.clusters[0].problems
    assert problem.code == "takes-fields-over"
    assert "kubectl-edit" in problem.detail


def test_a_managed_source_is_told():
    plan = planned(config_map(metadata=_HELM))
    assert codes(plan) == ["source-managed"]
    assert only(plan).desired.labels == {}


def test_replicas_are_left_out_where_an_autoscaler_has_the_target():
    live = deployment(replicas=7, metadata={"managedFields": [owner_of_replicas("kube-controller-manager")]})
    plan = planned(deployment(), live=(live,), autoscalers=(autoscaler(),))
    assert "replicas" not in only(plan).desired.spec
    assert actions(plan) == {"Deployment web": Action.UNCHANGED}


def test_replicas_that_only_we_own_are_sent_as_they_are_so_that_they_do_not_fall_to_one():
    live = deployment(replicas=7, metadata={"managedFields": [owner_of_replicas("stagecoach")]})
    plan = planned(deployment(), live=(live,), autoscalers=(autoscaler(),))
    assert only(plan).desired.spec["replicas"] == 7
    assert actions(plan) == {"Deployment web": Action.UNCHANGED}


def test_a_manager_that_scales_is_an_autoscaler_too():
    entry = owner_of_replicas("keda", operation="Update", subresource="scale")
    plan = planned(deployment(), live=(deployment(replicas=7, metadata={"managedFields": [entry]}),))
    assert codes(plan) == ["replicas-autoscaled"]


@pytest.mark.parametrize("manager", ["kubectl", "kubectl-client-side-apply", "k9s"])
def test_a_person_who_scaled_is_no_autoscaler(manager):
    entry = owner_of_replicas(manager, operation="Update", subresource="scale")
    live = deployment(replicas=7, metadata={"managedFields": [entry]})
    assert codes(planned(deployment(replicas=2), live=(live,))) == ["target-differs"]
    plan = planned(deployment(replicas=2), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert only(plan).desired.spec["replicas"] == 2


def test_replicas_are_sent_when_the_object_is_made_first():
    assert only(planned(deployment(replicas=3), autoscalers=(autoscaler(),))).desired.spec["replicas"] == 3


def test_a_list_with_repeated_keys_is_replaced_instead_of_applied():
    twice = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}
    plan = planned(deployment(pod=twice))
    assert only(plan).method is WriteMethod.REPLACE
    assert codes(plan) == ["repeated-list-keys"]


def test_an_object_that_is_replaced_keeps_the_replicas_of_its_autoscaler():
    twice = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}
    live = deployment(replicas=7, metadata={"managedFields": [owner_of_replicas("kube-controller-manager")]})
    plan = planned(deployment(pod=twice), live=(live,), autoscalers=(autoscaler(),), on_conflict=OnConflict.OVERWRITE)
    assert only(plan).desired.spec["replicas"] == 7


def test_ports_with_the_same_number_and_protocol_are_repeated_keys():
    twice = {
        "containers": [{"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}]
    }
    assert only(planned(deployment(pod=twice))).method is WriteMethod.REPLACE


def test_other_objects_are_applied():
    assert only(planned(deployment())).method is WriteMethod.APPLY


def test_a_service_for_two_address_families_fits_a_cluster_with_one():
    dual = service(ipFamilyPolicy="RequireDualStack")
    plan = planned(dual, single_stack=True)
    assert "ipFamilyPolicy" not in only(plan).desired.spec
    assert codes(plan) == ["single-stack"]
    assert only(planned(dual, single_stack=False)).desired.spec["ipFamilyPolicy"] == "RequireDualStack"


def test_of_a_secret_only_the_comparison_is_told():
    live = secret(data={"token": "b2xk", "same": "eA==", "theirs": "eQ=="})
    desired = secret(data={"token": "bmV3", "same": "eA==", "more": "eg=="})
    plan = planned(desired, live=(live,), on_conflict=OnConflict.OVERWRITE)
    changes = {change.path: change.comparison for change in only(plan).changes}
    assert changes == {
        "data.more": Comparison.MISSING,
        "data.same": Comparison.SAME,
        "data.token": Comparison.DIFFERS,
    }
    assert all(change.before is None and change.after is None for change in only(plan).changes)


def test_no_value_of_a_secret_is_in_a_printed_plan():
    overrides = Overrides(secrets={"keys": {"token": SecretText("typed-canary")}})
    live = secret(data={"token": "bGl2ZS1jYW5hcnk="})
    plan = planned(secret(), live=(live,), on_conflict=OnConflict.OVERWRITE, overrides=overrides)
    text = repr(plan)
    for canary in ("Y2FuYXJ5", "canary", "bGl2ZS1jYW5hcnk", "dHlwZWQtY2FuYXJ5"):
        assert canary not in text


def test_a_secret_that_only_gets_a_label_keeps_its_values_to_itself():
    plan = planned(secret(metadata={"labels": {"a": "b"}}), live=(secret(),), on_conflict=OnConflict.OVERWRITE)
    assert [(c.path, c.after) for c in only(plan).changes] == [("metadata.labels.a", "b"), ("data.token", None)]


def _controller(image: str, **spec):
    template = {"spec": {"containers": [{"name": "h", "image": image}]}}
    return obj("v1", "ReplicationController", "herald", spec={"selector": {"run": "h"}, "template": template, **spec})


def test_a_new_template_that_reaches_no_pod_is_announced():
    plan = planned(_controller("h:2"), live=(_controller("h:1"),), on_conflict=OnConflict.OVERWRITE)
    (told,) = (each for each in plan.all_problems if each.code == "pods-not-replaced")
    assert told.severity is Severity.WARNS
    assert "a ReplicationController never replaces its pods" in told.detail


@pytest.mark.parametrize("live", [(), (_controller("h:2", replicas=2),)], ids=["created", "scaled"])
def test_a_write_that_every_pod_follows_announces_nothing(live):
    plan = planned(_controller("h:2", replicas=1), live=live, on_conflict=OnConflict.OVERWRITE)
    assert "pods-not-replaced" not in codes(plan)
