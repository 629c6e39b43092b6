"""Whether one object fits one target cluster: its references, hosts, rights and immutable fields."""

import copy
from dataclasses import replace
from typing import Any

from domain.cluster_api import Right
from domain.overrides import Overrides
from domain.problems import Severity
from domain.words import Action, OnConflict
from services.planning.objects.identity import ObjectKey
from tests.support.copy_plans import (
    NEEDS_SETTINGS,
    actions,
    blocking,
    codes,
    planned,
)
from tests.support.objects import (
    config_map,
    deployment,
    obj,
)


def test_a_changed_selector_blocks_even_where_the_request_overwrites():
    live = deployment(selector={"matchLabels": {"app": "other"}})
    plan = planned(deployment(), live=(live,), on_conflict=OnConflict.OVERWRITE)
    assert [(p.code, p.field) for p in plan.clusters[0].problems] == [("immutable-field", "spec.selector")]
    assert actions(plan) == {"Deployment web": Action.BLOCKED}


def test_an_immutable_config_map_with_other_data_blocks_and_with_equal_data_does_not():
    frozen = config_map(immutable=True)
    other = config_map(data={"mode": "prod"}, immutable=True)
    assert blocking(planned(frozen, live=(other,), on_conflict=OnConflict.OVERWRITE)) == ["immutable-field"]
    assert actions(planned(frozen, live=(frozen,))) == {"ConfigMap settings": Action.UNCHANGED}


_NEEDS_KEY: dict[str, Any] = {
    "containers": [
        {"name": "web", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}]}
    ]
}
_SETTINGS = ObjectKey.of(config_map())


def _looked_for(*keys, manifests=()):
    return frozenset({*keys, *(ObjectKey.of(m) for m in manifests)})


def test_a_reference_that_leads_nowhere_blocks():
    web = deployment(pod=NEEDS_SETTINGS)
    plan = planned(web, looked_for=_looked_for(_SETTINGS))
    assert blocking(plan) == ["missing-reference"]
    assert {problem.consent for problem in plan.all_problems if problem.blocks} == {"missing-references"}
    assert plan.clusters[0].problems[0].cluster == "staging-1"


def test_a_reference_that_leads_nowhere_only_warns_where_that_is_allowed():
    web = deployment(pod=NEEDS_SETTINGS)
    plan = planned(web, looked_for=_looked_for(_SETTINGS), overrides=Overrides(allow=("missing-references",)))
    assert codes(plan, Severity.WARNS) == ["missing-reference"]
    assert not plan.blocked


def test_a_reference_to_what_is_copied_too_is_resolved():
    assert codes(planned(deployment(pod=NEEDS_SETTINGS), config_map())) == []


def test_a_reference_to_what_is_in_the_target_is_resolved():
    assert codes(planned(deployment(pod=NEEDS_SETTINGS), live=(config_map(),))) == []


def test_a_key_that_the_copied_object_lacks_is_missing():
    plan = planned(deployment(pod=_NEEDS_KEY), config_map(data={"other": "1"}))
    assert blocking(plan) == ["missing-reference"]
    assert "key mode" in plan.clusters[0].problems[0].detail


def test_a_key_that_an_override_takes_out_is_missing():
    overrides = Overrides(config_maps={"settings": {"mode": None}})
    assert blocking(planned(deployment(pod=_NEEDS_KEY), config_map(), overrides=overrides)) == ["missing-reference"]


def test_an_optional_reference_may_lead_nowhere():
    pod = copy.deepcopy(NEEDS_SETTINGS)
    pod["containers"][0]["envFrom"][0]["configMapRef"]["optional"] = True
    assert codes(planned(deployment(pod=pod), looked_for=_looked_for(_SETTINGS))) == []


def test_a_class_that_the_target_lacks_is_found_after_mapping():
    claim = obj("v1", "PersistentVolumeClaim", "data", spec={"storageClassName": "fast"})
    fast = ObjectKey(group="storage.k8s.io", kind="StorageClass", name="fast")
    looked_for = _looked_for(fast, replace(fast, name="ssd"))
    ssd = obj("storage.k8s.io/v1", "StorageClass", "ssd")
    assert blocking(planned(claim, live=(ssd,), looked_for=looked_for)) == ["missing-reference"]
    overrides = Overrides(storage_classes={"fast": "ssd"})
    assert blocking(planned(claim, live=(ssd,), looked_for=looked_for, overrides=overrides)) == []


def test_what_could_not_be_looked_up_is_not_called_missing():
    assert codes(planned(deployment(pod=NEEDS_SETTINGS))) == []


def test_a_missing_right_blocks_and_names_the_verb():
    lacking = frozenset({Right(verb="patch", group="apps", resource="deployments", namespace="shop")})
    (problem,) = planned(deployment(), lacking=lacking).clusters[0].problems
    assert (problem.code, problem.severity) == ("missing-right", Severity.BLOCKS)
    assert "patch deployments" in problem.detail


def test_a_right_that_is_not_needed_is_not_missed():
    lacking = frozenset({Right(verb="patch", group="apps", resource="deployments", namespace="shop")})
    assert codes(planned(deployment(), live=(deployment(),), lacking=lacking)) == []


def test_a_host_that_another_namespace_of_the_cluster_serves_blocks():
    rules = {"rules": [{"host": "shop.example", "http": {"paths": [{"path": "/"}]}}]}
    ingress = obj("networking.k8s.io/v1", "Ingress", spec=rules)
    other = obj("networking.k8s.io/v1", "Ingress", "other", metadata={"namespace": "elsewhere"}, spec=rules)
    assert blocking(planned(ingress, other_ingresses=(other,))) == ["ingress-host-taken"]
    hosts = Overrides(ingress_hosts={"shop.example": "new.example"})
    assert blocking(planned(ingress, other_ingresses=(other,), overrides=hosts)) == []
